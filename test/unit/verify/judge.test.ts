import { describe, expect, it } from 'vitest';
import { seeded } from '../../../src/verify/judge/math.ts';
import type { JudgeEvent } from '../../../src/verify/judge/types.ts';
import { judged, T0, type Traffic, traffic } from '../../support/verify/streams.ts';

const calm: Traffic = { seed: 5, rate: 20, oldSeconds: 120, newSeconds: 120, errors: [0, 0] };
const onlyNew = (events: JudgeEvent[]) => events.filter((event) => event.version === 'new');
const line = (t: number, version: 'old' | 'new', text: string): JudgeEvent => ({
  kind: 'log',
  t: T0 + t,
  version,
  line: text,
});
const merged = (...parts: JudgeEvent[][]) => parts.flat().sort((a, b) => a.t - b.t);
const ticks = (version: 'old' | 'new', from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => line(from + i, version, '{"level":"info","msg":"0 errors so far"}'));

describe('verdicts', () => {
  it('only new data without thresholds is inconclusive', () => {
    const decision = judged(onlyNew(traffic(calm)));
    expect(decision).toMatchObject({ verdict: 'inconclusive', mode: 'alone' });
    expect(decision.needed).toBeGreaterThan(0);
  });

  it('no event at all is inconclusive, and what is missing a number', () => {
    const decision = judged([], { sources: { requests: true, logs: true, counters: ['fails'] } });
    expect(decision.verdict).toBe('inconclusive');
    expect(decision.needed).toBeGreaterThan(0);
  });

  it('a counter that never came is no PASS, one that came and did not rise is', () => {
    const sources = { requests: true, logs: false, counters: ['fails'] };
    const unread = judged(traffic(calm), { sources });
    expect(unread).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('no figure came of fails'),
    });
    const counters = traffic(calm).map(
      ({ t, version }): JudgeEvent => ({ kind: 'counter', t, version, name: 'fails', k: 0, n: 0.05 }),
    );
    expect(judged(merged(traffic(calm), counters), { sources }).verdict).toBe('pass');
  });

  it('few data are inconclusive and say how many are missing; that many more settle it', () => {
    const few = judged(traffic({ ...calm, newSeconds: 5 }));
    expect(few.verdict).toBe('inconclusive');
    expect(few.needed).toBeGreaterThan(100);
    expect(few.needed).toBeLessThan(3000);
  });

  it('bad luck so far can be made up for, and the reason says with how many samples', () => {
    const unlucky = judged(
      traffic({
        ...calm,
        errors: [0.01, 0.01],
        newSeconds: 20,
        change: (r) => (r.since < 0.1 ? { ...r, ok: false } : r),
      }),
    );
    expect(unlucky.verdict).toBe('inconclusive');
    expect(unlucky.needed).toBeLessThan(20_000);
    expect(unlucky.reason).toContain(`${unlucky.needed} more samples`);
  });

  it('the first ten failing is a hard fact', () => {
    const decision = judged(traffic({ ...calm, errors: [0, 1] }));
    expect(decision).toMatchObject({ verdict: 'fail', gate: 'first-probes' });
    expect(decision.timeToVerdictMs).toBeLessThanOrEqual(2000);
  });

  it('the warm-up is not judged, and counts from the first new event', () => {
    const slowStart = traffic({ ...calm, change: (r) => (r.since < 20 ? { ...r, ok: false } : r) });
    expect(judged(slowStart).verdict).toBe('fail');
    expect(judged(slowStart, { warmUpMs: 21_000 }).verdict).not.toBe('fail');
  });

  it('the duration ends it', () => {
    const decision = judged(traffic(calm), { durationMs: 3000 });
    expect(decision).toMatchObject({ verdict: 'inconclusive', timeToVerdictMs: 3000 });
    expect(judged(traffic(calm), { durationMs: 2500 })).toMatchObject({ timeToVerdictMs: 2500 });
  });

  it('an endpoint that falls silent is a FAIL, one that is merely rare is not', () => {
    const spec = { ...calm, endpoints: ['/pay', '/cart', '/list'] };
    for (const from of [-1, 15]) {
      const silent = judged(
        traffic({ ...spec, change: (r) => (r.endpoint === '/pay' && r.since > from ? undefined : r) }),
      );
      expect(silent).toMatchObject({ verdict: 'fail', gate: 'endpoints' });
      expect(silent.reason).toContain('/pay');
    }
    const rare = judged(
      traffic({
        ...spec,
        change: (r, random) => (r.endpoint === '/pay' && random() < 0.3 ? { ...r, endpoint: '/cart' } : r),
      }),
    );
    expect(rare.verdict).not.toBe('fail');
  });

  it('users who had left an endpoint before the new version came are no silence of it', () => {
    const events = traffic({ ...calm, endpoints: ['/pay', '/cart', '/list'] });
    const gone = T0 + calm.oldSeconds / 2;
    const left = judged(events.filter((e) => e.kind !== 'request' || e.endpoint !== '/pay' || e.t < gone));
    expect(left.verdict).not.toBe('fail');
  });

  it('answers that round to no time at all can pass', () => {
    const events = traffic({ ...calm, median: 0, endpoints: ['/pay'] });
    expect(judged(events).verdict).toBe('pass');
  });

  it('a PASS waits while the evidence against one endpoint of many is unsettled', () => {
    const endpoints = Array.from({ length: 8 }, (_, i) => `/e${i}`);
    for (const seed of [11, 20, 23]) {
      const decision = judged(
        traffic({
          seed,
          rate: 60,
          oldSeconds: 200,
          newSeconds: 240,
          endpoints,
          errors: [0.002, 0.002],
          change: (r, random) => (r.endpoint === '/e3' && random() < 0.05 ? { ...r, ok: false } : r),
        }),
      );
      expect(decision).toMatchObject({ verdict: 'fail', reason: expect.stringContaining('/e3') });
    }
  });

  it('names the figures of the endpoint it names', () => {
    const { reason } = judged(
      traffic({
        ...calm,
        sigma: 0.1,
        median: 100,
        endpoints: ['/pay', '/cart', '/list'],
        change: (r) => (r.endpoint === '/pay' ? { ...r, ms: r.ms * 3 } : r),
      }),
    );
    expect(reason).toMatch(/^Answers of \/pay became slower: p50 (?:99|100|101) ms to (?:29|30)\d ms/);
  });

  it('answers timed by a busy machine do not fail it against another time, and do not pass it either', () => {
    const busy = traffic({ ...calm, change: (r) => ({ ...r, ms: r.ms * 2 + 30 }) });
    const late = busy.map((e) => (e.kind === 'request' && e.version === 'new' ? { ...e, late: true } : e));
    expect(judged(busy)).toMatchObject({ verdict: 'fail', gate: 'latency' });
    expect(judged(late).verdict).toBe('inconclusive');
    const beside = traffic({ ...calm, share: 0.5, change: (r) => ({ ...r, ms: r.ms * 2 + 30 }) });
    expect(judged(beside.map((e) => (e.kind === 'request' ? { ...e, late: true } : e))).verdict).toBe('fail');
  });

  it('is deterministic', () => {
    const spec = {
      ...calm,
      change: (r: { ms: number; ok: boolean; endpoint: string; since: number }) => ({ ...r, ms: r.ms * 1.6 + 25 }),
    };
    expect(judged(traffic(spec))).toEqual(judged(traffic(spec)));
  });
});

describe('thresholds', () => {
  const fresh = onlyNew(traffic({ ...calm, errors: [0, 0.002], median: 40 }));
  it('alone can pass or fail new data', () => {
    expect(judged(fresh, { thresholds: ['error-rate <= 3%', 'p99 <= 900ms'] }).verdict).toBe('pass');
    expect(
      judged(onlyNew(traffic({ ...calm, errors: [0, 0.08] })), { thresholds: ['error-rate <= 1%'] }),
    ).toMatchObject({ verdict: 'fail' });
    expect(judged(fresh, { thresholds: ['p50 <= 20ms'] }).verdict).toBe('fail');
    expect(judged(fresh.slice(0, 40), { thresholds: ['error-rate <= 1%'] })).toMatchObject({ verdict: 'inconclusive' });
  });

  it('whose figure never came are not kept, and no number of samples is named for them', () => {
    const decision = judged(fresh, { thresholds: ['error-rate <= 3%', 'cpu <= 80%'] });
    expect(decision.verdict).toBe('inconclusive');
    expect(decision.reason).toBe("threshold cpu <= 80%: no figure came; so that can't be answered for.");
  });

  it('"for" makes PASS wait, and a break begins it anew', () => {
    const wait = judged(fresh, { thresholds: ['error-rate <= 5% for 1m'] });
    expect(wait.verdict).toBe('pass');
    expect(wait.timeToVerdictMs).toBeGreaterThanOrEqual(60_000);
    expect(judged(fresh, { thresholds: ['error-rate <= 5% for 3m'] }).verdict).toBe('inconclusive');
    const broken = onlyNew(
      traffic({ ...calm, change: (r) => (r.since > 30 && r.since < 36 ? { ...r, ok: false } : r) }),
    );
    const late = judged(broken, { thresholds: ['error-rate <= 5% for 1m'] });
    expect(late.verdict).toBe('pass');
    expect(late.timeToVerdictMs).toBeGreaterThanOrEqual(95_000);
    const bad = onlyNew(traffic({ ...calm, errors: [0, 0.3] }));
    const failed = judged(bad, { thresholds: ['error-rate <= 5% for 1m'] });
    expect(failed.verdict).toBe('fail');
    expect(failed.timeToVerdictMs).toBeGreaterThanOrEqual(50_000);
  });

  it('"for" does not hold through a silence, and says how long it held', () => {
    const gap = fresh.filter(({ t }) => t < T0 + 150 || t > T0 + 200);
    expect(judged(gap, { thresholds: ['error-rate <= 5% for 1m'] }).verdict).toBe('inconclusive');
    const short = judged(fresh, { thresholds: ['error-rate <= 5% for 3m'] });
    expect(short.reason).toContain('held for 119 s of 180 s');
    expect(short.needed).toBeGreaterThan(1000);
  });

  it('hours are those of the zone named; outside them nothing is judged', () => {
    // T0 is 2026-11-21T15:00:00Z, 23:00 in Shanghai.
    const bad = onlyNew(traffic({ ...calm, errors: [0, 0.5] }));
    expect(judged(bad, { thresholds: ['error-rate <= 1% during 20:00-02:00 Asia/Shanghai'] }).verdict).toBe('fail');
    expect(judged(bad, { thresholds: ['error-rate <= 1% during 20:00-02:00 Europe/London'] }).verdict).toBe(
      'inconclusive',
    );
    expect(judged(bad, { thresholds: ['error-rate <= 1% during 14:00-16:00 UTC'] }).verdict).toBe('fail');
  });

  it('a gauge over its limit is a hard fact, "for" asks that it stays there', () => {
    const gauges = (values: number[]): JudgeEvent[] =>
      values.map((value, i) => ({ kind: 'gauge', t: T0 + i, version: 'new', name: 'cpu', value }));
    const spike = gauges(Array.from({ length: 400 }, (_, i) => (i === 50 ? 0.95 : 0.3)));
    expect(judged(merged(spike, fresh), { thresholds: ['cpu <= 80%'] }).verdict).toBe('fail');
    const sources = { requests: false, logs: false, counters: [] };
    const held = judged(spike, { thresholds: ['cpu <= 80% for 5m'], sources });
    expect(held.verdict).toBe('pass');
    expect(held.timeToVerdictMs).toBeGreaterThanOrEqual(350_000);
    expect(judged(gauges(Array(400).fill(0.9)), { thresholds: ['cpu <= 80% for 5m'], sources }).verdict).toBe('fail');
  });
});

describe('logs', () => {
  const quiet = [...ticks('old', 0, 240), ...ticks('new', 240, 420)];
  const requests = traffic({ ...calm, oldSeconds: 240, newSeconds: 180 });

  it('a new error signature that keeps coming fails, the mere word does not', () => {
    expect(judged(merged(quiet, requests)).verdict).not.toBe('fail');
    const errors = Array.from({ length: 60 }, (_, i) =>
      line(241 + i * 3, 'new', `{"level":"error","msg":"cannot reach tax service, order ${i}"}`),
    );
    const decision = judged(merged(quiet, requests, errors));
    expect(decision.verdict).toBe('fail');
    expect(decision.reason).toMatch(/never wrote|Error lines/);
  });

  it('one hit of something new is listed and fails nothing', () => {
    const decision = judged(merged(quiet, requests, [line(250, 'new', 'ERROR boom once')]));
    expect(decision.verdict).not.toBe('fail');
    expect(decision.signatures[0]).toMatchObject({ state: 'new', count: 1 });
  });

  it('bursts of a long tail of errors both versions write raise no alarm', () => {
    let failed = 0;
    for (let seed = 0; seed < 100; seed++) {
      const random = seeded(seed);
      const errors: JudgeEvent[] = [];
      for (let t = 0; t < 420; t++) {
        if (random() > 0.05) continue;
        const kind = Math.floor(random() ** 3 * 200);
        const word = String.fromCharCode(97 + (kind % 26)).repeat(4 + Math.floor(kind / 26));
        for (let i = 0; i < 1 + random() * 20; i++)
          errors.push(line(t + i * 0.01, t < 240 ? 'old' : 'new', `ERROR ${word} failed in ${word}x for unit ${i}`));
      }
      if (judged(merged(quiet, errors)).verdict === 'fail') failed++;
    }
    expect(failed).toBeLessThanOrEqual(1);
  });
});
