import { describe, expect, it } from 'vitest';
import { seeded } from '../../../src/verify/judge/math.ts';
import { keysOf } from '../../../src/verify/judge/shape.ts';
import type { JudgeEvent, Version } from '../../../src/verify/judge/types.ts';
import { judged, T0, traffic } from '../../support/verify/streams.ts';

const log = (t: number, version: Version, line: string): JudgeEvent => ({ kind: 'log', t: T0 + t, version, line });
const inOrder = (...parts: JudgeEvent[][]) => parts.flat().sort((a, b) => a.t - b.t);

/** Poisson arrivals of a line; old before `turn`, new from it on. */
function stream(seed: number, rate: number, seconds: number, turn: number, text: string, keep = (_: number) => true) {
  const random = seeded(seed);
  const events: JudgeEvent[] = [];
  for (let t = 0; ; ) {
    t -= Math.log(1 - random()) / rate;
    if (t >= seconds) return events;
    const line = `2026-11-30 06:42:35,123 INFO ${text} ${Math.floor(random() * 1e6)} by user-${Math.floor(random() * 99)}`;
    if (keep(t)) events.push(log(t, t < turn ? 'old' : 'new', line));
  }
}
const requests = traffic({ seed: 2, rate: 4, oldSeconds: 240, newSeconds: 260, errors: [0.002, 0.002] });
const viewed = stream(8, 2, 500, 240, 'cart viewed');

describe('a frequent line that comes no more', () => {
  it.each([1, 2, 3])('is found within 240 s at 30 a minute, and named (%i)', (seed) => {
    const saved = stream(seed, 0.5, 500, 240, 'order saved', (t) => t < 240);
    const found = judged(inOrder(requests, viewed, saved));
    expect(found).toMatchObject({ verdict: 'fail', gate: 'lines' });
    expect(found.reason).toContain('order saved');
    expect(found.timeToVerdictMs).toBeLessThan(240_000);
  });

  it('is found when it stops later', () => {
    const saved = stream(1, 0.5, 500, 240, 'order saved', (t) => t < 260);
    expect(judged(inOrder(requests, viewed, saved)).reason).toMatch(/"[^"]*order saved[^"]*" any more/);
  });

  it('is no fault when it is merely rarer, or was a line of the start', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const random = seeded(seed);
      const rarer = stream(seed, 0.5, 500, 240, 'order saved', (t) => t < 240 || random() < 0.9);
      const start = stream(seed + 9, 3, 500, 240, 'route mounted', (t) => t < 15);
      expect(judged(inOrder(requests, viewed, rarer, start)).verdict).not.toBe('fail');
    }
  });

  it('is no fault when the new version says the same in other words, and that is told', () => {
    const reworded = inOrder(
      stream(1, 0.5, 500, 240, 'order saved', (t) => t < 240),
      stream(2, 0.5, 500, 240, 'order stored', (t) => t >= 240),
    );
    const found = judged(inOrder(requests, viewed, reworded));
    expect(found.verdict).not.toBe('fail');
    expect(found.checks.find(({ gate }) => gate === 'lines')?.note).toContain('came in its place');
  });

  it('keeps a PASS waiting until it had its time', () => {
    const late = stream(1, 0.4, 500, 240, 'order saved', (t) => t < 240 || t > 275);
    const found = judged(
      inOrder(traffic({ seed: 2, rate: 40, oldSeconds: 240, newSeconds: 260, errors: [0.001, 0.001] }), late),
    );
    expect(found.verdict).toBe('pass');
    expect(found.timeToVerdictMs).toBeGreaterThan(34_000);
  });

  it('is no fault when the old version itself wrote it late only, or in one stretch', () => {
    const steady = (version: 'old' | 'new', from: number, to: number, text: string) =>
      Array.from({ length: (to - from) / 2 }, (_, i) => log(from + 2 * i, version, `INFO ${text} ${i}`));
    const course = (version: 'old' | 'new', from: number, until: number) => [
      ...steady(version, from, until, 'cart viewed'),
      ...(until - from > 300 ? steady(version, from + 300, until, 'retrying to connect') : []),
    ];
    const found = judged(inOrder(course('old', 0, 500), course('new', 500, 780)));
    expect(found.verdict).not.toBe('fail');
    expect(judged(inOrder(course('old', 0, 500), course('new', 500, 2000))).verdict).not.toBe('fail');
  });

  it('that came with each request of an endpoint is told by requests, however rare they are', () => {
    const random = seeded(9);
    const events: JudgeEvent[] = [];
    let orders = 0;
    for (const [rate, endpoint] of [
      [0.1, '/order'],
      [1, '/list'],
    ] as const) {
      for (let t = 0; ; ) {
        t -= Math.log(1 - random()) / rate;
        if (t >= 1200) break;
        const version = t < 600 ? 'old' : 'new';
        events.push({ kind: 'request', t: T0 + t, version, endpoint, ok: true, ms: 50 });
        if (endpoint === '/list' || version === 'old')
          events.push(log(t + 0.05, version, `{"level":"info","msg":"${endpoint.slice(1)} done","id":${t}}`));
      }
    }
    const found = judged(inOrder(events));
    expect(found).toMatchObject({ verdict: 'fail', gate: 'lines', reason: expect.stringContaining('order done') });
    for (const event of events)
      if (
        event.kind === 'request' &&
        event.endpoint === '/order' &&
        event.version === 'new' &&
        event.t < T0 + 600 + found.timeToVerdictMs / 1000
      )
        orders++;
    expect(orders).toBeLessThanOrEqual(40);
    expect(found.reason).toContain('requests of /order');
  });

  it('raises no false alarm among many lines of all rates', () => {
    let failed = 0;
    for (let seed = 0; seed < 40; seed++) {
      const random = seeded(seed * 17 + 3);
      const parts = Array.from({ length: 25 }, (_, i) =>
        stream(seed * 100 + i, 0.02 + random() ** 2, 400, 200, `did ${String.fromCharCode(97 + i)}thing`),
      );
      if (judged(inOrder(...parts)).verdict === 'fail') failed++;
    }
    expect(failed).toBe(0);
  });
});

describe('a worker, which nobody asks', () => {
  const done = (keep?: (t: number) => boolean) => stream(5, 1, 700, 400, 'job done', keep);
  it('passes by its log once it ran long enough', () => {
    const found = judged(done());
    expect(found).toMatchObject({ verdict: 'pass', reason: expect.stringContaining('by its log, after 120 s') });
    expect(judged(done((t) => t < 460)).verdict).not.toBe('pass');
  });
  it('that does a tenth of the work beside the old one passes as well', () => {
    const random = seeded(4);
    const beside = stream(5, 2, 1000, 1e9, 'job done').map((e) =>
      e.t > T0 + 400 && random() < 0.1 ? { ...e, version: 'new' as const } : e,
    );
    expect(judged(beside).verdict).toBe('pass');
  });
  it('that says it started and never works is a FAIL', () => {
    const beside = stream(5, 1, 700, 1e9, 'job done');
    const dead = judged(inOrder(beside, [log(400, 'new', '2026-11-30 06:42:35,123 INFO worker started')]));
    expect(dead).toMatchObject({ verdict: 'fail', gate: 'lines' });
    expect(dead.timeToVerdictMs).toBeLessThan(110_000);
  });
});

describe('a version that does nine tenths of the work', () => {
  it('writes nine times the errors, and that is no fault; four times that is', () => {
    const random = seeded(6);
    const both = stream(5, 4, 900, 1e9, 'job done').map((e) =>
      e.t > T0 + 300 && random() < 0.9 ? { ...e, version: 'new' as const } : e,
    );
    const errors = (factor: number) =>
      stream(7, 0.2 * factor, 900, 1e9, '').flatMap((e) => {
        const fresh = e.t > T0 + 300 && random() < 0.9;
        if (!fresh && random() > 1 / factor) return [];
        return [log(e.t - T0, fresh ? 'new' : 'old', 'ERROR the job failed: no stock')];
      });
    expect(judged(inOrder(both, errors(1))).verdict).not.toBe('fail');
    expect(judged(inOrder(both, errors(4)))).toMatchObject({ verdict: 'fail', gate: 'log-rate' });
  });
});

describe('the shape of a message', () => {
  it.each([
    ['order saved 17 by user-8', 'order saved by'],
    ['order saved id=7 amount=8.50', 'order saved id= amount='],
    ['订单 已保存 17', '订单 已保存'],
  ])('%s', (message, whole) => expect(keysOf(message)[0]).toBe(whole));
  it('of figures alone is none', () => expect(keysOf('17 18.5 0x1f')).toEqual([]));
});
