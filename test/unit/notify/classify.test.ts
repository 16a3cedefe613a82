import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HttpResult } from '../../../src/lib/http.ts';
import type { Answer, Channel, Delivery } from '../../../src/notify/channel.ts';
import { dingtalk } from '../../../src/notify/channels/dingtalk.ts';
import { feishuBot } from '../../../src/notify/channels/feishu-bot.ts';
import { slackWebhook } from '../../../src/notify/channels/slack-webhook.ts';
import { wecom } from '../../../src/notify/channels/wecom.ts';
import { judgeResult, quote, retryAfter, tidyWords } from '../../../src/notify/classify.ts';

const NOW = Date.parse('2026-11-22T02:00:00Z');
const answer = (over: Partial<Answer>): Answer => ({
  kind: 'answer',
  status: 200,
  headers: {},
  body: '',
  complete: true,
  ms: 1,
  ...over,
});
const judge = (channel: Channel, result: HttpResult): Delivery =>
  judgeResult(result, NOW, (a) => channel.classify(a, { url: '' }), channel.wait);

/** Each vendor's success rule, written a second time and without the code under test. */
const rules: [Channel, (a: Answer) => boolean][] = [
  [dingtalk, (a) => a.status === 200 && codeOf(a, 'errcode') === 0],
  [wecom, (a) => a.status === 200 && codeOf(a, 'errcode') === 0],
  [
    feishuBot,
    (a) => a.status === 200 && (codeOf(a, 'code') !== undefined ? codeOf(a, 'code') : codeOf(a, 'StatusCode')) === 0,
  ],
  [slackWebhook, (a) => a.status === 200 && a.body === 'ok'],
];

function codeOf(a: Answer, key: string): unknown {
  try {
    const value = JSON.parse(a.body);
    return Array.isArray(value) ? undefined : value?.[key];
  } catch {
    return undefined;
  }
}

const code = fc.oneof(
  fc.constantFrom<unknown>(
    0,
    -0,
    '0',
    0.5,
    null,
    true,
    false,
    [],
    {},
    '',
    -1,
    130101,
    310000,
    45009,
    11232,
    19021,
    93000,
  ),
  fc.integer(),
  fc.string(),
);
const json = fc
  .record(
    {
      errcode: code,
      code,
      StatusCode: code,
      errmsg: fc.oneof(fc.string(), fc.constant(7)),
      msg: fc.string(),
      status: code,
      ok: code,
    },
    { requiredKeys: [] },
  )
  .map((value) => JSON.stringify(value));
const body = fc.oneof(
  json,
  json.map((text) => text.slice(0, -2)),
  json.map((text) => `[${text}]`),
  fc.constantFrom(
    '',
    'ok',
    'ok\n',
    '"ok"',
    'OK',
    '0',
    'null',
    '<html>ok</html>',
    'no_service',
    'rollup_error',
    '{"errcode":0}',
    '{"code":0}',
    '{"StatusCode":0}',
    '{"errcode":0,"errcode":1}',
  ),
  fc.string(),
);
const results: fc.Arbitrary<HttpResult> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('answer' as const),
      status: fc.oneof(
        { weight: 3, arbitrary: fc.constant(200) },
        fc.constantFrom(201, 202, 204, 301, 302, 400, 401, 403, 404, 408, 410, 429, 500, 502, 503, 504),
      ),
      headers: fc.constantFrom<Record<string, string>>(
        {},
        { 'retry-after': '3' },
        { 'retry-after': 'soon' },
        { 'content-type': 'text/html' },
      ),
      body,
      complete: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
      ms: fc.constant(1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('failed' as const),
      sent: fc.boolean(),
      reason: fc.constantFrom('timeout', 'ECONNRESET', 'ECONNREFUSED', 'X'),
      ms: fc.constant(1),
    }),
  },
);

describe.each(rules)('$kind', (channel, rule) => {
  test('delivered when, and only when, the vendor’s rule holds; never a silent reason', () => {
    fc.assert(
      fc.property(results, (result) => {
        const verdict = judge(channel, result);
        const holds = result.kind === 'answer' && result.complete && rule(result);
        expect(verdict.outcome === 'delivered').toBe(holds);
        expect(verdict.outcome).not.toBe('accepted');
        expect(verdict.code).not.toBe('');
        expect(verdict.reason === '').toBe(holds);
        if (result.kind === 'answer' && result.status === 429) expect(verdict.outcome).toBe('throttled');
        if (result.kind === 'failed') expect(verdict.outcome).toBe(result.sent ? 'unknown' : 'refused');
        // What the vendor refused for good is not asked again.
        if (verdict.outcome === 'delivered') expect(verdict.retry).toBeUndefined();
      }),
      { numRuns: 3000 },
    );
  });
});

test('a `code` of null is no success, whatever the older `StatusCode` says', () => {
  expect(judge(feishuBot, answer({ body: '{"code":null,"StatusCode":0}' })).outcome).not.toBe('delivered');
  expect(judge(feishuBot, answer({ body: '{"StatusCode":0,"StatusMessage":"success"}' })).outcome).toBe('delivered');
});

test('DingTalk’s ban is never met with another try', () => {
  for (const errcode of [130101, 410100]) {
    const verdict = judge(dingtalk, answer({ body: JSON.stringify({ errcode, errmsg: 'x' }) }));
    expect(verdict).toMatchObject({ outcome: 'throttled', code: String(errcode) });
    expect(verdict.retry).toBeUndefined();
  }
});

test('Retry-After in seconds, fractions and dates', () => {
  const at = (value: string) => retryAfter(answer({ headers: { 'retry-after': value } }), NOW);
  expect(at('3')).toBe(3000);
  expect(at('0.25')).toBe(250);
  expect(at(new Date(NOW + 5000).toUTCString())).toBe(5000);
  expect(at(new Date(NOW - 5000).toUTCString())).toBe(0);
  expect(at('soon')).toBeUndefined();
  expect(retryAfter(answer({}), NOW)).toBeUndefined();
});

describe('a vendor’s words', () => {
  const say = (text: string, secret = '~~') =>
    tidyWords(`Refused (${quote(text)}): do this.`, (t) => t.replaceAll(secret, '***'));
  test('are one short line without addresses and personal data', () => {
    const words = 'bad\r\n::error::x\u001b[31m see https://h.example/x?access_token=abc or 13800001234';
    expect(say(words)).toBe('Refused (bad ::error::x [31m see <url> or [phone]): do this.');
    expect(say('x'.repeat(500)).length).toBeLessThanOrEqual(190);
    expect(say('x'.repeat(500))).toMatch(/…\): do this\.$/);
  });
  test('are cut only when their secrets are out: no half of one is left', () => {
    const secret = 'SEC0123456789abcdef13800001234zz';
    for (let before = 100; before < 170; before++) {
      const text = say(`${'x'.repeat(before)} ${secret} and more`, secret);
      expect(text).not.toMatch(/SEC|0123|abcdef|zz/);
    }
  });
  test('can’t end their own quotation', () => {
    expect(say('a\u0003b\u0002c')).toBe('Refused (a b c): do this.');
  });
});
