import { afterEach, describe, expect, test } from 'vitest';
import { type RunOptions, runAction } from '../../support/action.ts';
import { inputsOf } from '../../support/notify-facts.ts';
import { aliyun } from '../../support/receivers/aliyun.ts';
import { discord } from '../../support/receivers/discord.ts';
import { feishuApp } from '../../support/receivers/feishu-app.ts';
import { grafana } from '../../support/receivers/grafana.ts';
import { appReceivers, otherReceivers } from '../../support/receivers/index.ts';
import { type PagerdutyState, pagerduty } from '../../support/receivers/pagerduty.ts';
import type { Receiver } from '../../support/receivers/receiver.ts';
import { type ReceiverServer, startReceivers } from '../../support/receivers/server.ts';
import { slackApi } from '../../support/receivers/slack-api.ts';
import { telegram } from '../../support/receivers/telegram.ts';
import { twilio } from '../../support/receivers/twilio.ts';

let server: ReceiverServer;
afterEach(() => server?.close());
const serve = async (...receivers: Receiver[]) => {
  server = await startReceivers(receivers);
};

async function run(inputs: Record<string, string>, options: RunOptions = {}) {
  const from = server.received.length;
  const result = await runAction('notify', { ...server.inputs, ...inputs }, options);
  const receipts = JSON.parse(result.outputs.receipts ?? '[]') as Record<string, unknown>[];
  return { ...result, receipts, came: server.received.slice(from) };
}

const told = (receipts: Record<string, unknown>[]) =>
  Object.fromEntries(receipts.map((r) => [r.channel as string, r.outcome]));

describe('every channel', () => {
  test('takes a failure in both languages, by its own contract', async () => {
    await serve(...Object.values({ ...otherReceivers, ...appReceivers }).map((make) => make()));
    const sent = { discord: 'delivered', telegram: 'delivered', webhook: 'delivered', alertmanager: 'delivered' };
    for (const locale of ['zh-CN', 'en']) {
      // One SMS a minute and number is all Aliyun allows.
      const spare = { 'aliyun-phones': locale === 'en' ? '13800002222' : '13800001111' };
      const result = await run({ event: 'failure', locale, text: 'a*b_c <b>@all</b> @everyone & `x`', ...spare });
      expect(result.exitCode, result.stdout).toBe(0);
      expect(told(result.receipts)).toEqual({
        feishu: 'delivered',
        slack: 'delivered',
        teams: 'accepted',
        ...sent,
        pagerduty: 'accepted',
        grafana: 'delivered',
        aliyun: 'delivered',
        twilio: 'accepted',
        serverchan: 'accepted',
        bark: 'delivered',
        ntfy: 'delivered',
        googlechat: 'delivered',
      });
      const counted = result.came.filter(({ path }) => !path.includes('/auth/'));
      expect(counted.filter(({ taken }) => !taken)).toEqual([]);
      // Text rings nobody: only pagers and phones, which are there to ring.
      expect(counted.filter(({ rings }) => rings.length).map(({ channel }) => channel)).toEqual(
        expect.not.arrayContaining(['discord', 'telegram', 'slack', 'teams', 'feishu', 'googlechat']),
      );
    }
  });

  test('rings those named in its own way, and no others', async () => {
    await serve(...Object.values({ ...otherReceivers, ...appReceivers }).map((make) => make()));
    const mentions = [
      'googlechat:42',
      'slack:U123',
      'teams:mei@example.com',
      'discord:42',
      'telegram:@mei_wang',
      'feishu:ou_1',
    ];
    const { came } = await run({ event: 'alert', mentions: mentions.join('\n') });
    const rings = Object.fromEntries(came.filter((r) => r.rings.length).map((r) => [r.channel, r.rings]));
    expect(rings).toMatchObject({
      slack: ['U123'],
      teams: ['mei@example.com'],
      discord: ['42'],
      telegram: ['mei_wang'],
      feishu: ['ou_1'],
      googlechat: ['42'],
    });
  });
});

describe('one message a deploy', () => {
  test('is edited in place; a failure is said anew, in the thread where there is one', async () => {
    await serve(slackApi(), discord(), telegram(), feishuApp(), grafana());
    const start = await run({ event: 'start' });
    const refs = JSON.parse(start.outputs['message-refs']!).refs;
    expect(Object.keys(refs).sort()).toEqual(['discord', 'feishu', 'grafana', 'slack', 'telegram']);

    const success = await run({ event: 'success', 'message-refs': start.outputs['message-refs']! });
    const edits = success.came.filter(({ path }) => !path.includes('/auth/'));
    expect(
      edits.map(({ channel, method, path }) => `${channel} ${method} ${path.split('?')[0]!.split('/').at(-1)}`).sort(),
    ).toEqual([
      `discord PATCH ${refs.discord.id}`,
      `feishu PATCH ${refs.feishu.id}`,
      `grafana PATCH ${refs.grafana.id}`,
      'slack POST chat.update',
      'telegram POST editMessageText',
    ]);
    expect(edits.every(({ taken, rings }) => taken && rings.length === 0)).toBe(true);

    const failure = await run({ event: 'failure', 'message-refs': success.outputs['message-refs']! });
    expect(failure.receipts.every(({ outcome }) => outcome === 'delivered')).toBe(true);
    const slack = failure.came.filter(({ channel }) => channel === 'slack');
    expect(slack.map(({ path }) => path.split('/').at(-1))).toEqual(['chat.update', 'chat.postMessage']);
    expect(slack[1]!.message).toMatchObject({ thread_ts: refs.slack.ts, reply_broadcast: true });
    expect(failure.came.filter(({ channel }) => channel === 'grafana')).toHaveLength(1);
    expect(failure.came.find(({ path }) => path.endsWith('/reply'))!.path).toContain(refs.feishu.id);
    expect(failure.came.filter(({ channel }) => channel === 'discord').map(({ method }) => method)).toEqual([
      'PATCH',
      'POST',
    ]);
    // The deploy's own message stays the one to edit.
    expect(JSON.parse(failure.outputs['message-refs']!).refs).toEqual(refs);
  });

  test('the same edit twice is well on Telegram', async () => {
    await serve(telegram());
    const start = await run({ event: 'start' });
    const again = await run({ event: 'start', 'message-refs': start.outputs['message-refs']! });
    expect(again.receipts[0]).toMatchObject({ outcome: 'delivered', attempts: 1 });
    expect(again.came[0]!.reply).toMatch(/not modified/);
  });

  test('a message that is gone is posted anew, and the new one is handed on', async () => {
    await serve(slackApi(), discord(), telegram(), feishuApp(), grafana());
    const refs = {
      slack: { channel: 'C0123456789', ts: '1.000001' },
      discord: { id: '777' },
      telegram: { id: '777' },
      feishu: { id: 'om_gone' },
      grafana: { id: '777' },
    };
    const result = await run({ event: 'success', 'message-refs': JSON.stringify({ event: 'start', refs }) });
    expect(result.receipts.map(({ outcome }) => outcome)).toEqual(Array(5).fill('delivered'));
    const next = JSON.parse(result.outputs['message-refs']!).refs;
    for (const [name, ref] of Object.entries(refs)) expect(next[name], name).not.toEqual(ref);
  });

  test('Grafana’s point becomes a region', async () => {
    const annotations: Parameters<typeof grafana>[0] = { annotations: [] };
    await serve(grafana(annotations));
    const start = await run({ event: 'start' });
    await run({ event: 'failure', 'message-refs': start.outputs['message-refs']! });
    const [region, ...more] = annotations.annotations!;
    expect(more).toEqual([]);
    expect(region!.timeEnd).toBeGreaterThan(region!.time);
    expect(region!.tags).toContain('failure');
  });
});

describe('quiet hours', () => {
  test('are silent where the channel can, and rest the others', async () => {
    await serve(discord(), telegram(), slackApi());
    const { came, receipts } = await run({
      event: 'failure',
      'quiet-hours': '00:00-12:00 UTC\n12:00-00:00 UTC',
      mentions: 'discord:42\ntelegram:mei_wang',
    });
    expect(told(receipts)).toEqual({ discord: 'delivered', telegram: 'delivered', slack: 'skipped' });
    expect(came.map(({ rings }) => rings)).toEqual([[], []]);
  });
});

describe('PagerDuty', () => {
  const env = { env: { GITHUB_REPOSITORY: 'o/shop' } };
  const event = (name: string, more = {}) => run({ event: name, environment: 'production', ...more }, env);
  const open = async () => {
    const state: PagerdutyState = { open: new Map(), changes: [] };
    await serve(pagerduty({ state }));
    return state;
  };

  test('triggers once; the next good deploy pages nobody and closes it', async () => {
    const state = await open();
    expect((await event('alert')).came[0]!.rings).toEqual(['on-call']);
    expect((await event('alert')).came[0]!.rings).toEqual([]);
    expect(state.open.size).toBe(1);
    // A rehearsal neither joins the incident nor ends it.
    await event('alert', { mode: 'drill' });
    expect(state.open.size).toBe(2);
    await event('recovered', { mode: 'drill' });
    expect([state.open.size, state.changes.length]).toEqual([1, 0]);
    const good = await event('success');
    expect([state.open.size, state.changes.length]).toEqual([0, 1]);
    expect(good.came.flatMap(({ rings }) => rings)).toEqual([]);
  });

  test('a deploy and the watch have an incident each; a watch ends its own, a good deploy both', async () => {
    const state = await open();
    await event('failure');
    await event('alert');
    expect([...state.open.keys()].map((key) => key.replace(/-[0-9a-f]+$/, '')).sort()).toEqual([
      'seatrial-deploy',
      'seatrial-watch',
    ]);
    await event('recovered', { verdict: 'pass' });
    expect(state.open.size).toBe(1);
    await event('alert');
    await event('success');
    expect(state.open.size).toBe(0);
    await event('failure');
    await event('recovered');
    expect(state.open.size).toBe(0);
  });

  test('what is no good deploy closes nothing: unchanged, waiting, skipped', async () => {
    const state = await open();
    await event('failure');
    for (const one of ['unchanged', 'pending 10']) await run(inputsOf(`${one} | | `), env);
    await run({ needs: '{"deploy":{"result":"skipped"}}', environment: 'production' }, env);
    expect(state.open.size).toBe(1);
  });

  test('a page opened by a route for what is critical is closed past that route, in quiet hours too', async () => {
    const state = await open();
    const routes = 'critical: pagerduty\ninfo: none';
    await event('alert', { routes });
    const good = await event('success', { routes, 'quiet-hours': '00:00-24:00 UTC' });
    expect([state.open.size, state.changes.length, good.receipts[0]!.outcome]).toEqual([0, 0, 'accepted']);
    await event('alert', { routes });
    const none = await event('success', { routes: `${routes}\nsuccess: none` });
    expect([state.open.size, none.receipts[0]!.code]).toEqual([1, 'route']);
  });
});

describe('Teams', () => {
  test.each([
    ['https://contoso.webhook.office.com/webhookb2/a/IncomingWebhook/b/c', /retired/],
    ['https://outlook.office.com/webhook/a/IncomingWebhook/b/c', /retired/],
    ['https://prod-12.westeurope.logic.azure.com:443/workflows/a/triggers/manual/paths/invoke?sig=x', /2025-11-30/],
  ])('%s is refused without being asked, the others are told', async (url, says) => {
    await serve(discord());
    const result = await run({ event: 'failure', 'teams-webhook': url });
    expect(result.exitCode).toBe(0);
    expect(result.receipts).toMatchObject([
      { channel: 'teams', outcome: 'refused', code: 'retired', attempts: 0 },
      { channel: 'discord', outcome: 'delivered' },
    ]);
    expect(result.receipts[0]!.reason).toMatch(says);
    const alone = await runAction('notify', { event: 'failure', 'teams-webhook': url });
    expect(alone.exitCode).toBe(1);
    expect(alone.errors[0]).toMatch(says);
  });
});

describe('Feishu app', () => {
  const urgent = { 'feishu-urgent': 'phone', 'feishu-urgent-users': 'ou_oncall' };

  test('rings urgently for what is critical only', async () => {
    await serve(feishuApp());
    expect((await run({ event: 'failure', ...urgent })).came.filter(({ path }) => path.includes('urgent'))).toEqual([]);
    const { came, receipts } = await run({ event: 'alert', ...urgent });
    expect(came.at(-1)!.path).toMatch(/urgent_phone/);
    expect(came.at(-1)!.rings).toEqual(['ou_oncall']);
    expect(receipts[0]).toMatchObject({ outcome: 'delivered', attempts: 3 });
  });

  test('a person it can’t ring is a refusal that says the message stands', async () => {
    await serve(feishuApp());
    const { receipts, exitCode } = await run({ event: 'alert', ...urgent, 'feishu-urgent-users': 'ou_stranger' });
    expect(exitCode).toBe(1);
    expect(receipts[0]).toMatchObject({ outcome: 'refused', code: 'invalid_user_id' });
    expect(receipts[0]!.reason).toMatch(/The message stands; ringing by/);
  });

  test('no token, no message', async () => {
    await serve(feishuApp());
    const { receipts, came } = await run({ event: 'failure', 'feishu-app-secret': 'wrong-secret-0123' });
    expect(receipts[0]).toMatchObject({ outcome: 'refused', code: '10014', attempts: 1 });
    expect(receipts[0]!.reason).toMatch(/No message went out/);
    expect(came).toHaveLength(1);
  });
});

describe('SMS and calls', () => {
  test('a wrong number does not silence those after it', async () => {
    await serve(twilio({ to: ['+8613800001111', 'nonsense', '+8613800002222'] }));
    const { receipts, came } = await run({ event: 'alert' });
    expect(came.flatMap(({ rings }) => rings)).toEqual(['+8613800001111', '+8613800002222']);
    expect(receipts[0]).toMatchObject({ outcome: 'refused', code: '21211', attempts: 3 });
    expect(receipts[0]!.reason).toMatch(/^2 of 3 went through, but SMS 2/);
  });

  test('phones ring for what is critical, beside the SMS', async () => {
    await serve(aliyun(), twilio());
    const voice = {
      'aliyun-voice-template-code': 'TTS_000000001',
      'aliyun-voice-phones': '13800001111\n13800002222',
      'twilio-voice-to': '+8613800003333',
    };
    const quiet = await run({ event: 'failure', ...voice });
    expect(quiet.came.filter(({ path }) => /TtsCode|Calls/.test(path))).toEqual([]);
    const loud = await run({ event: 'alert', ...voice, 'aliyun-phones': '13800004444' });
    expect(told(loud.receipts)).toEqual({ aliyun: 'delivered', twilio: 'accepted' });
    expect(
      loud.came
        .filter(({ path }) => /TtsCode|Calls/.test(path))
        .flatMap(({ rings }) => rings)
        .sort(),
    ).toEqual(['+8613800003333', '13800001111', '13800002222']);
  });

  test('a retry is signed anew: a nonce is taken once', async () => {
    await serve(aliyun());
    server.script('TemplateCode', { do: 'answer', status: 503, body: '' }, { do: 'slow', ms: 1 });
    const { receipts, came } = await run({ event: 'alert' });
    expect(receipts[0]).toMatchObject({ outcome: 'delivered', attempts: 2 });
    const nonces = came.map(({ headers }) => headers['x-acs-signature-nonce']);
    expect(new Set(nonces).size).toBe(2);
  });
});
