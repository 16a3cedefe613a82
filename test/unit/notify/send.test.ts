import { describe, expect, test } from 'vitest';
import type { Clock } from '../../../src/lib/clock.ts';
import type { HttpResult } from '../../../src/lib/http.ts';
import { dingtalk } from '../../../src/notify/channels/dingtalk.ts';
import type { Severity } from '../../../src/notify/message.ts';
import { sendTo, type Wires } from '../../../src/notify/send.ts';
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
  severity?: Severity;
  signal?: AbortSignal;
  onSleep?: () => void;
}

/** Sends to a DingTalk that gives these answers in turn, on a clock that stands still but for our own waits. */
async function tell(results: HttpResult[], { severity = 'warning', signal, onSleep }: Told = {}) {
  let now = 0;
  const slept: number[] = [];
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
  let asked = 0;
  const wires: Wires = {
    http: async () => results[Math.min(asked++, results.length - 1)]!,
    clock,
    random: () => 0,
    env: {},
    scrub: (text) => text,
    debug: () => {},
    signal,
  };
  const target = { name: 'dingtalk', channel: dingtalk, settings: { webhook: 'https://h.example/?access_token=t' } };
  const document = documentOf({ severity });
  const receipt = await sendTo({ target, document, context: contextAt(0), timeoutMs: 10_000 }, wires);
  return { ...receipt, slept, asked };
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
