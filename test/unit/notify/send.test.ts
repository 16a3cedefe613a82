import { describe, expect, test } from 'vitest';
import type { Clock } from '../../../src/lib/clock.ts';
import type { HttpResult } from '../../../src/lib/http.ts';
import type { Ref, Target } from '../../../src/notify/channel.ts';
import { dingtalk } from '../../../src/notify/channels/dingtalk.ts';
import { slackApi } from '../../../src/notify/channels/slack-api.ts';
import { twilio } from '../../../src/notify/channels/twilio.ts';
import type { Event, Severity } from '../../../src/notify/events.ts';
import { type Dependencies, sendTo } from '../../../src/notify/send.ts';
import { contextAt, documentOf } from '../../support/notify.ts';

const answer = (status: number, body: string, headers: Record<string, string> = {}): HttpResult => ({
  kind: 'answer',
  status,
  headers,
  body,
  complete: true,
  ms: 1,
});
const broke = (sent: boolean, reason: string): HttpResult => ({ kind: 'failed', sent, reason, ms: 1 });

interface Told {
  event?: Event;
  severity?: Severity;
  signal?: AbortSignal;
  onSleep?: () => void;
  target?: Target;
  ref?: Ref;
  timeoutMs?: number;
}

const DINGTALK: Target = {
  name: 'dingtalk',
  channel: dingtalk,
  settings: { webhook: 'https://h.example/?access_token=t' },
};
const HANG = 'hang';

/** Sends to a vendor that gives these answers in turn, on a clock that moves by our own waits and by hangs only. */
async function tell(results: (HttpResult | typeof HANG)[], told: Told = {}) {
  const { event = 'failure', severity = 'warning', signal, onSleep, target = DINGTALK, ref, timeoutMs = 10_000 } = told;
  let now = 0;
  const slept: number[] = [];
  const came: { path: string; timeoutMs: number }[] = [];
  const clock: Clock = {
    now: () => now,
    mono: () => now,
    async sleep(ms, stop) {
      slept.push(ms);
      onSleep?.();
      stop?.throwIfAborted();
      now += ms;
    },
  };
  const deps: Dependencies = {
    http: async ({ url, timeoutMs }) => {
      const result = results[Math.min(came.length, results.length - 1)]!;
      came.push({ path: new URL(url).pathname, timeoutMs });
      if (result !== HANG) return result;
      await new Promise(setImmediate); // whoever is asked at the same time is asked before it is over
      now += timeoutMs;
      return broke(true, 'timeout');
    },
    clock,
    random: () => 0,
    env: {},
    scrub: (text) => text,
    debug: () => {},
    signal,
  };
  const document = documentOf({ event, severity });
  const receipt = await sendTo({ target, document, context: contextAt(0), ref, timeoutMs }, deps);
  return { ...receipt, slept, came, asked: came.length };
}

const OK = answer(200, '{"errcode":0}');

describe('another try', () => {
  test.each([
    ['a 503', answer(503, '<html>', { 'retry-after': '4' })],
    ['a 429', answer(429, '', { 'retry-after': '4' })],
    ['a refusal in HTTP 200', answer(200, '{"errcode":-1}', { 'retry-after': '4' })],
  ])('comes when %s said it may', async (_, first) => {
    expect(await tell([first, OK])).toMatchObject({ outcome: 'delivered', attempts: 2, slept: [4000] });
  });

  test('does not come when that would be too late, nor in a ban', async () => {
    const late = answer(503, '<html>', { 'retry-after': '60' });
    expect(await tell([late, OK])).toMatchObject({ outcome: 'unknown', attempts: 1, slept: [] });
    const ban = answer(429, '{"errcode":130101}', { 'retry-after': '1' });
    expect(await tell([ban, OK])).toMatchObject({ outcome: 'throttled', code: '130101', attempts: 1 });
  });

  test('does not come for a certificate nobody vouches for', async () => {
    const receipt = await tell([broke(false, 'DEPTH_ZERO_SELF_SIGNED_CERT'), OK]);
    expect(receipt).toMatchObject({ outcome: 'refused', attempts: 1 });
    expect(receipt.reason).toMatch(/not trusted/);
  });
});

test('a lost answer stays unknown, although the next try could not be sent', async () => {
  const receipt = await tell([broke(true, 'ECONNRESET'), broke(false, 'ECONNREFUSED')], { severity: 'critical' });
  expect(receipt).toMatchObject({ outcome: 'unknown', code: 'ECONNRESET', attempts: 3 });
  expect(receipt.reason).not.toMatch(/Nothing was sent/);
});

test('a cancelled run does not wait for its next try, and says how the last one ended', async () => {
  const cancel = new AbortController();
  const receipt = await tell([answer(200, '{"errcode":-1}'), OK], {
    signal: cancel.signal,
    onSleep: () => cancel.abort(new Error('cancelled')),
  });
  expect(receipt).toMatchObject({ outcome: 'refused', code: '-1', attempts: 1, asked: 1 });
});

describe('time', () => {
  const slack: Target = { name: 'slack', channel: slackApi, settings: { token: 'xoxb-1', channel: 'C1' } };
  const posted = answer(200, '{"ok":true,"channel":"C1","ts":"2.1"}');
  const ref = { channel: 'C1', ts: '1.1' };

  test('an edit that hangs leaves half of it to the message that says a failure anew', async () => {
    const receipt = await tell([HANG, posted], { target: slack, ref });
    expect(receipt).toMatchObject({ outcome: 'delivered', attempts: 2, ref });
    expect(receipt.came).toEqual([
      { path: '/api/chat.update', timeoutMs: 5000 },
      { path: '/api/chat.postMessage', timeoutMs: 5000 },
    ]);
    const success = await tell([HANG], { target: slack, ref, event: 'success' });
    expect(success).toMatchObject({ outcome: 'unknown', came: [{ timeoutMs: 10_000 }] });
  });

  test('is halved for a second try only where the rest is enough for one', async () => {
    const critical = { severity: 'critical' } as const;
    expect((await tell([HANG], { ...critical, timeoutMs: 1000 })).came.map((c) => c.timeoutMs)).toEqual([1000]);
    expect((await tell([HANG, OK], { ...critical, timeoutMs: 4000 })).came.map((c) => c.timeoutMs)).toEqual([
      2000, 1500,
    ]);
  });

  test('one person whose line hangs takes none of it from the next', async () => {
    const settings = { 'account-sid': 'AC1', 'auth-token': 't', from: '+1', to: '+2\n+3\n+4' };
    const target = { name: 'twilio', channel: twilio, settings };
    const receipt = await tell([HANG, answer(201, '{"sid":"SM1"}')], { target });
    expect(receipt).toMatchObject({
      outcome: 'unknown',
      attempts: 3,
      reason: expect.stringMatching(/^2 of 3 .*SMS 1/),
    });
    expect(receipt.came.map((c) => c.timeoutMs)).toEqual([10_000, 10_000, 10_000]);
  });

  test('a place of another making is none: the message is posted', async () => {
    const receipt = await tell([posted], { target: slack, ref: { id: '7' }, event: 'success' });
    expect(receipt.came.map((c) => c.path)).toEqual(['/api/chat.postMessage']);
    expect(receipt.ref).toEqual({ channel: 'C1', ts: '2.1' });
  });
});
