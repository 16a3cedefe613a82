import { expect, test } from 'vitest';
import { metaOf } from '../../../src/lib/inputs.ts';
import { schema } from '../../../src/notify/inputs.ts';
import { secretsInUrl } from '../../../src/notify/targets.ts';
import { runAction } from '../../support/action.ts';
import { otherReceivers, strictReceivers } from '../../support/receivers/index.ts';
import { type Fault, startReceivers } from '../../support/receivers/server.ts';

const shape = schema.shape as Record<string, Parameters<typeof metaOf>[0]>;

test('a vendor that repeats every secret, in whatever form and status, is never quoted with one', async () => {
  const server = await startReceivers(Object.values({ ...strictReceivers, ...otherReceivers }).map((make) => make()));
  try {
    const secrets = Object.entries(server.inputs)
      .filter(([name]) => metaOf(shape[name]!).secret)
      .flatMap(([, value]) => [value, ...secretsInUrl(value, true)])
      .flatMap((value) => {
        const encoded = encodeURIComponent(value);
        const lower = encoded.replace(/%../g, (byte) => byte.toLowerCase());
        return [value, encoded, lower, new URLSearchParams({ a: value }).toString().slice(2)];
      });
    const { 'twilio-account-sid': sid, 'twilio-auth-token': auth, 'webhook-secret': signing } = server.inputs;
    secrets.push(Buffer.from(`${sid}:${auth}`).toString('base64'), signing!.slice('whsec_'.length));
    expect(secrets.length).toBeGreaterThan(20);
    const said = secrets.join(' ');
    // Those whose beginning is no word of ours.
    const pure = secrets.filter((secret) => /^[\w-]{12,}$/.test(secret) && /\d/.test(secret.slice(0, 8)));
    const loud: Record<string, unknown> = {
      errcode: 310000,
      errmsg: said,
      code: said,
      msg: said,
      ok: false,
      error: said,
    };
    Object.assign(loud, {
      error_code: 400,
      description: said,
      message: said,
      Code: said,
      Message: said,
      errors: [said],
    });
    const answers: Fault[] = [400, 200, 500].map((status) => ({ do: 'answer', status, body: JSON.stringify(loud) }));
    answers.push(
      { do: 'answer', status: 400, body: said },
      { do: 'answer', status: 302, body: '', headers: { location: server.inputs['slack-webhook']! } },
    );
    for (const answer of answers) {
      server.script('', answer);
      const result = await runAction(
        'notify',
        { event: 'failure', require: 'none', severity: 'critical', timeout: '2s', text: said, ...server.inputs },
        { env: { RUNNER_DEBUG: '1', ACTIONS_STEP_DEBUG: 'true' } },
      );
      expect(JSON.parse(result.outputs.receipts!)).toHaveLength(
        Object.keys({ ...strictReceivers, ...otherReceivers }).length,
      );
      const masks = /^::add-mask::.*$/gm;
      const printed = [
        result.stdout.replace(masks, ''),
        result.stderr,
        result.summary,
        JSON.stringify(result.outputs),
      ].join('\n');
      for (const secret of secrets) expect(printed.includes(secret), secret).toBe(false);
      // Nor the beginning of one, left over by a cut.
      for (const secret of pure) expect(printed.includes(secret.slice(0, 8)), secret).toBe(false);
    }
    const sent = JSON.stringify(server.received.map(({ message }) => (message as { text?: unknown })?.text ?? ''));
    for (const secret of secrets) expect(sent.includes(secret), secret).toBe(false);
  } finally {
    await server.close();
  }
});
