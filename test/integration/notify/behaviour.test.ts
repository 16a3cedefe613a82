import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RunOptions, runAction } from '../../support/action.ts';
import { strictReceivers } from '../../support/receivers/index.ts';
import { type ReceiverServer, startReceivers } from '../../support/receivers/server.ts';

let server: ReceiverServer;
beforeEach(async () => {
  server = await startReceivers(Object.values(strictReceivers).map((make) => make()));
});
afterEach(() => server.close());

const DING = 'dingtalktoken0123456789';
const WECOM = 'wecomkey-0123-4567-89ab';
const REFUSED = { do: 'answer', status: 200, body: '{"errcode":310000,"errmsg":"sign not match"}' } as const;

const pick = (...channels: string[]) =>
  Object.fromEntries(Object.entries(server.inputs).filter(([name]) => channels.some((c) => name.startsWith(`${c}-`))));

async function run(inputs: Record<string, string>, options: RunOptions = {}) {
  const result = await runAction('notify', { event: 'failure', ...inputs }, options);
  const receipts = JSON.parse(result.outputs.receipts ?? '[]') as Record<string, unknown>[];
  return { ...result, receipts, told: receipts.map((r) => `${r.target} ${r.outcome}`) };
}

describe('receipts', () => {
  test('four signed channels at once: delivered, counted, tabled', async () => {
    const result = await run({ ...server.inputs, text: '库存服务 5xx', mentions: 'all' });
    expect(result.exitCode, result.stdout).toBe(0);
    expect(Object.keys(result.receipts[0]!)).toEqual([
      'target',
      'channel',
      'outcome',
      'code',
      'reason',
      'attempts',
      'ms',
    ]);
    expect(result.told).toEqual(['dingtalk delivered', 'wecom delivered', 'feishu delivered', 'slack delivered']);
    expect(result.outputs).toMatchObject({ delivered: '4', accepted: '0', failed: '0', 'error-code': '' });
    expect(result.outputs.receipts).not.toContain('\n');
    expect(server.received.every(({ taken }) => taken)).toBe(true);
    expect(server.received.map(({ rings }) => rings.length)).toEqual([1, 1, 1, 1]);
    expect(result.summary).toMatch(/4 of 4 targets were told/);
    expect(result.summary).toMatch(/\| `dingtalk` \| delivered \| `0` \|/);
  });

  test('nobody told: outputs first, then one error line with the code and what to do', async () => {
    server.script(DING, REFUSED);
    const result = await run(pick('dingtalk'));
    expect(result.exitCode).toBe(1);
    expect(result.errors).toHaveLength(1);
    expect(result.errors[0]).toMatch(/^NOTIFY_UNDELIVERED: .*dingtalk-secret/);
    expect(result.outputs).toMatchObject({ delivered: '0', failed: '1', 'error-code': 'NOTIFY_UNDELIVERED' });
    expect(result.receipts[0]).toMatchObject({ outcome: 'refused', code: '310000', attempts: 1 });
  });

  test('a wrong secret is refused by the signature, not believed', async () => {
    const result = await run({
      ...pick('dingtalk', 'feishu'),
      'dingtalk-secret': 'SECwrong',
      'feishu-secret': 'wrong!!',
    });
    expect(result.receipts.map((r) => [r.outcome, r.code])).toEqual([
      ['refused', '310000'],
      ['refused', '19021'],
    ]);
  });

  test('a host where nobody listens: refused, nothing was sent', async () => {
    const result = await run({ 'wecom-webhook': 'http://127.0.0.1:1/cgi-bin/webhook/send?key=abcdef', timeout: '1s' });
    expect(result.receipts[0]).toMatchObject({ outcome: 'refused', code: 'ECONNREFUSED' });
    expect(result.receipts[0]!.reason).toMatch(/Nothing was sent/);
  });

  test('a hang costs the timeout and no more', async () => {
    server.script(DING, { do: 'hang' });
    const result = await run({ ...server.inputs, timeout: '4s', require: 'any' });
    expect(result.exitCode).toBe(0);
    expect(result.receipts[0]).toMatchObject({ outcome: 'unknown', code: 'timeout', attempts: 1 });
    // Once, and not as long as the client's own deadlines.
    expect(result.receipts[0]!.ms).toBeGreaterThanOrEqual(3990);
    expect(result.receipts[0]!.ms).toBeLessThan(60_000);
    expect(result.told.slice(1)).toEqual(['wecom delivered', 'feishu delivered', 'slack delivered']);
  });

  test('no time at all is an error, not a message that was lost', async () => {
    const result = await run({ ...server.inputs, timeout: '0s' });
    expect(result.errors).toEqual([expect.stringMatching(/^INPUT_INVALID: timeout: /)]);
    expect(server.received).toEqual([]);
  });

  test('a lost answer is asked again only for a critical message', async () => {
    server.script(WECOM, { do: 'reset' });
    expect((await run(pick('wecom'))).receipts[0]!.attempts).toBe(1);
    server.script(WECOM, { do: 'reset' }, { do: 'answer', status: 200, body: '{"errcode":0}' });
    const critical = await run({ ...pick('wecom'), severity: 'critical' });
    expect(critical.receipts[0]).toMatchObject({ outcome: 'delivered', attempts: 2 });
  });
});

describe('require', () => {
  test('all: one missing fails, and a fallback that was told heals', async () => {
    server.script(DING, REFUSED);
    const failing = await run({ ...pick('dingtalk', 'wecom'), require: 'all' });
    expect([failing.exitCode, failing.outputs['error-code']]).toEqual([1, 'NOTIFY_UNDELIVERED']);
    const healed = await run({ ...pick('dingtalk', 'wecom'), require: 'all', fallback: 'dingtalk\nwecom' });
    expect([healed.exitCode, healed.told]).toEqual([0, ['dingtalk refused', 'wecom delivered']]);
    // One name alone stands behind all others, those included whom a route names and not it.
    const behind = { fallback: 'wecom', routes: 'warning: dingtalk' };
    const last = await run({ ...pick('dingtalk', 'wecom'), require: 'all', ...behind });
    expect([last.exitCode, last.told]).toEqual([0, ['dingtalk refused', 'wecom delivered']]);
  });

  test('none: never fails, but an undelivered critical message is an error annotation', async () => {
    server.script(DING, REFUSED);
    const calm = await run({ ...pick('dingtalk'), require: 'none' });
    expect([calm.exitCode, calm.errors]).toEqual([0, []]);
    const critical = await run({ ...pick('dingtalk'), require: 'none', severity: 'critical' });
    expect(critical.exitCode).toBe(0);
    expect(critical.errors[0]).toMatch(/^NOTIFY_UNDELIVERED: /);
    expect(critical.outputs['error-code']).toBe('');
  });

  test('nobody configured is no success', async () => {
    const result = await run({});
    expect([result.exitCode, result.outputs['error-code']]).toEqual([1, 'NOTIFY_NO_TARGET']);
  });

  test('skipped on purpose is green, unless it was critical', async () => {
    const quiet = await run({ ...pick('dingtalk'), 'quiet-hours': '00:00-24:00 UTC' });
    expect([quiet.exitCode, quiet.told]).toEqual([0, ['dingtalk skipped']]);
    const lost = await run({ ...pick('dingtalk'), severity: 'critical', routes: 'critical: none' });
    expect([lost.exitCode, lost.outputs['error-code']]).toEqual([1, 'NOTIFY_UNDELIVERED']);
    expect(server.received).toHaveLength(0);
  });
});

describe('modes', () => {
  test('drill says so first, in both languages, and shows who was reached', async () => {
    for (const [locale, prefix] of [
      ['zh-CN', '【演练】'],
      ['en', '[DRILL]'],
    ] as const) {
      const result = await run({ ...server.inputs, mode: 'drill', event: 'alert', locale });
      expect(result.exitCode).toBe(0);
      expect(result.summary).toMatch(/Drill: 4 of 4 targets were told, the slowest in/);
      const last = server.received.slice(-4);
      for (const { message, channel } of last) {
        const texts = JSON.stringify(message).replaceAll('### ', '');
        expect(texts, channel).toMatch(new RegExp(`"${prefix.replace(/[[\]]/g, '\\$&')}`));
      }
    }
  });

  test('check sends nothing and claims nothing', async () => {
    const result = await run({ ...server.inputs, mode: 'check' });
    expect(result.exitCode).toBe(0);
    expect(new Set(result.told.map((t) => t.split(' ')[1]))).toEqual(new Set(['skipped']));
    expect(result.receipts[0]!.reason).toMatch(/No silent probe exists/);
    expect(result.outputs.delivered).toBe('0');
    expect(server.received).toHaveLength(0);
  });
});

describe('targets', () => {
  const yaml =
    '- name: ops\n  channel: dingtalk\n  webhook: OPS_HOOK\n  secret: $OPS_SECRET\n- name: dev\n  channel: dingtalk\n  webhook-env: DEV_HOOK\n';
  const env = () => ({
    OPS_HOOK: server.inputs['dingtalk-webhook']!,
    OPS_SECRET: server.inputs['dingtalk-secret']!,
    DEV_HOOK: `${server.url}/robot/send?access_token=devtoken987654`,
  });

  test('several of one kind, secrets by name of a variable', async () => {
    const result = await run({ targets: yaml }, { env: env() });
    expect(result.told).toEqual(['ops delivered', 'dev refused']);
    expect(result.receipts[0]).toMatchObject({ target: 'ops', channel: 'dingtalk' });
    expect(result.stdout.replace(/^::add-mask::.*$/gm, '')).not.toMatch(/devtoken987654|SECdemo|dingtalktoken/);
  });

  test.each([
    ['an unknown channel', '- {name: a, channel: icq, webhook: X}', /needs a channel/],
    [
      'one name twice',
      '- {name: a, channel: slack, webhook: OPS_HOOK}\n- {name: a, channel: slack, webhook: OPS_HOOK}',
      /Two targets/,
    ],
    ['no YAML', '- {name: a', /not valid YAML/],
  ])('%s is an input error before anything is sent', async (_, targets, words) => {
    const result = await run({ ...pick('wecom'), targets }, { env: env() });
    expect([result.exitCode, result.outputs['error-code']]).toEqual([1, 'INPUT_INVALID']);
    expect(result.errors[0]).toMatch(words);
    expect(server.received).toHaveLength(0);
  });
});

describe('one bad channel silences nobody', () => {
  const both = (...more: string[]) => ['wecom delivered', ...more].sort();
  test.each([
    ['dingtalk-secret without its webhook', { 'dingtalk-secret': 'SECx' }, 'dingtalk', /dingtalk-webhook is missing/],
    ['a bot token without its channel', { 'slack-token': 'xoxb-1-2-abcdef' }, 'slack', /slack-channel is missing/],
    ['a webhook that is no URL', { 'slack-webhook': 'hooks.slack.com/x' }, 'slack', /slack-webhook is not an http/],
    [
      'an address of another vendor',
      { 'feishu-webhook': 'https://hooks.slack.com/x' },
      'feishu',
      /an address of slack/,
    ],
    [
      'a secret written out',
      { targets: '- {name: a, channel: slack, webhook: "https://hooks.slack.com/services/T/B/topsecret"}' },
      'a',
      /is a secret/,
    ],
    [
      'an unset variable',
      { targets: '- {name: a, channel: slack, webhook: NOT_SET_ANYWHERE}' },
      'a',
      /empty or not set/,
    ],
    ['an unknown setting', { targets: '- {name: a, channel: slack, colour: red}' }, 'a', /not known/],
  ] as [string, Record<string, string>, string, RegExp][])('%s', async (_, inputs, name, words) => {
    const result = await run({ ...pick('wecom'), ...inputs });
    expect(result.told.sort()).toEqual(both(`${name} refused`));
    expect(result.receipts.find(({ target }) => target === name)).toMatchObject({
      code: 'INPUT_INVALID',
      reason: expect.stringMatching(words),
      attempts: 0,
    });
    expect(result.exitCode, result.stdout).toBe(0);
    expect(result.stdout).toMatch(new RegExp(`::warning::${name} was not told`));
    expect(result.stdout.replace(/^::add-mask::.*$/gm, '')).not.toContain('topsecret');
    expect(server.received).toHaveLength(1);
  });

  test('require: all fails for it, after the others were told; a fallback behind it is asked', async () => {
    const bad = { ...pick('wecom'), 'slack-token': 'xoxb-1' };
    const all = await run({ ...bad, require: 'all' });
    expect([all.exitCode, all.outputs['error-code'], server.received.length]).toEqual([1, 'NOTIFY_UNDELIVERED', 1]);
    const chain = await run({ ...bad, require: 'all', fallback: 'slack\nwecom' });
    expect([chain.exitCode, chain.told.sort()]).toEqual([0, both('slack refused')]);
  });

  test('where nobody can be asked, it is the inputs that are wrong', async () => {
    const result = await run({ 'slack-token': 'xoxb-1' });
    expect([result.exitCode, result.outputs['error-code']]).toEqual([1, 'INPUT_INVALID']);
    expect([result.told, result.outputs.failed]).toEqual([['slack refused'], '1']);
    expect(result.errors[0]).toMatch(/^INPUT_INVALID: .*slack-channel is missing/);
  });
});

describe('inputs that contradict are errors before anything is sent', () => {
  test.each([
    ['an unknown route', { routes: 'loud: dingtalk' }, /routes/],
    ['an unknown fallback', { fallback: 'pager' }, /fallback/],
    ['a bad zone', { 'quiet-hours': '22:00-08:00 Moon/Base' }, /quiet-hours/],
    ['a mention of nobody', { mentions: 'bob' }, /mentions/],
    ['a broken template', { text: '{{#x}}' }, /text/],
    ['a bad event', { event: 'party' }, /event/],
    ['a typo', { 'dingtalk-webhok': 'x' }, /did you mean "dingtalk-webhook"/],
  ] as [string, Record<string, string>, RegExp][])('%s', async (_, inputs, words) => {
    const result = await run({ ...pick('wecom'), ...inputs });
    expect(result.exitCode).toBe(1);
    expect(result.errors).toHaveLength(1);
    expect(result.errors[0]).toMatch(words);
    expect(server.received).toHaveLength(0);
  });
});

describe('secrets', () => {
  test('a vendor that repeats the token is quoted without it, at debug level too', async () => {
    server.script(DING, {
      do: 'answer',
      status: 200,
      body: `{"errcode":300005,"errmsg":"token ${DING} is not exist, see ${server.url}/x?access_token=${DING}"}`,
    });
    const result = await run(
      { ...pick('dingtalk'), text: `the hook is ${server.inputs['dingtalk-webhook']}` },
      { env: { RUNNER_DEBUG: '1' } },
    );
    const printed =
      result.stdout.replace(/^::add-mask::.*$/gm, '') + result.stderr + result.summary + JSON.stringify(result.outputs);
    expect(result.receipts[0]!.reason).toContain('is not exist');
    expect(printed).not.toContain(DING);
    expect(printed).not.toContain('SECdemo');
    expect(JSON.stringify(server.received[0]!.message)).not.toContain(DING);
  });

  test('plain http to another machine is warned about, to this one it is not', async () => {
    const away = await run({
      ...pick('slack'),
      'wecom-webhook': 'http://192.0.2.1/cgi-bin/webhook/send?key=abcdefgh',
      timeout: '300ms',
    });
    expect(away.stdout).toMatch(/::warning::wecom-webhook goes over plain http/);
    expect((await run(pick('slack'))).stdout).not.toContain('plain http');
  });
});

describe('what was said before', () => {
  test('recovered follows a failure only, by message-refs', async () => {
    const failed = await run(pick('dingtalk'));
    expect(JSON.parse(failed.outputs['message-refs']!)).toEqual({ event: 'failure', refs: {} });
    const recovered = await run({
      ...pick('dingtalk'),
      event: 'recovered',
      'message-refs': failed.outputs['message-refs']!,
    });
    expect(recovered.told).toEqual(['dingtalk delivered']);
    const again = await run({
      ...pick('dingtalk'),
      event: 'recovered',
      'message-refs': recovered.outputs['message-refs']!,
    });
    expect([again.exitCode, again.told]).toEqual([0, ['dingtalk skipped']]);
    expect(server.received).toHaveLength(2);
  });

  test('a digest of all jobs from toJSON(needs)', async () => {
    const needs = JSON.stringify({
      build: { result: 'success', outputs: {} },
      deploy: { result: 'failure', outputs: {} },
      verify: { result: 'skipped', outputs: {} },
    });
    const result = await run({ ...pick('wecom'), event: '', needs });
    expect(result.exitCode).toBe(0);
    const text = JSON.stringify(server.received[0]!.message);
    expect(text).toContain('3 个任务中 1 个未成功：deploy。');
    expect(text).toContain('build：成功');
  });
});
