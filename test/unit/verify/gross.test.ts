import { describe, expect, it } from 'vitest';
import { normalQuantile, seeded } from '../../../src/verify/judge/math.ts';
import type { JudgeEvent, Version } from '../../../src/verify/judge/types.ts';
import { judged, T0, traffic } from '../../support/verify/streams.ts';

const request = (t: number, version: Version, ok: boolean, ms = 50, endpoint = '/pay'): JudgeEvent => ({
  kind: 'request',
  t: T0 + t,
  version,
  endpoint,
  ok,
  ms,
});
const spread = (seed: number) => {
  const random = seeded(seed);
  return (median: number, sigma = 0.6) =>
    median * Math.exp(sigma * normalQuantile(Math.min(1 - 1e-9, Math.max(1e-9, random()))));
};
const inOrder = (...parts: JudgeEvent[][]) => parts.flat().sort((a, b) => a.t - b.t);
const each = (n: number, make: (i: number) => JudgeEvent) => Array.from({ length: n }, (_, i) => make(i));

describe('failures as proportions', () => {
  it.each([
    [20, 8],
    [60, 12],
    [100, 20],
    [140, 30],
  ])('%i of 200 failing before and every one now is a FAIL within %i', (k0, within) => {
    const old = each(200, (i) => request(i / 2, 'old', (i * k0) % 200 >= k0));
    const found = judged([...old, ...each(30, (i) => request(100 + i / 2, 'new', false))]);
    expect(found).toMatchObject({ verdict: 'fail', gate: 'errors' });
    expect(found.samples).toBeLessThanOrEqual(within);
  });

  it('an old version that failed everything does not hold a healthy new one up', () => {
    expect(judged(traffic({ seed: 5, rate: 20, oldSeconds: 100, newSeconds: 200, errors: [1, 0.001] })).verdict).toBe(
      'pass',
    );
  });
});

describe('answers ten times slower', () => {
  /** Mean of the answers it took, of ten streams. */
  const answers = (old: number, at: 'after' | 'beside', later = 0) => {
    let sum = 0;
    for (let seed = 1; seed <= 10; seed++) {
      const ms = spread(seed);
      const before = each(old, (i) => request(i, 'old', true, ms(80)));
      const well = each(later, (i) => request(old + i + 0.3, 'new', true, ms(80)));
      const slow = each(40, (i) => request(old + later + i + 0.3, 'new', true, ms(800)));
      const beside = at === 'beside' ? each(40 + later, (i) => request(old + i + 0.6, 'old', true, ms(80))) : [];
      const found = judged(inOrder(before, well, slow, beside));
      expect(found).toMatchObject({ verdict: 'fail', gate: 'latency' });
      sum += (found.samples - later) / 10;
    }
    return sum;
  };
  it('are found within four', () => expect(answers(100, 'after')).toBeLessThanOrEqual(4));
  it('are found within four beside the old version where older answers exist', () =>
    expect(answers(150, 'beside')).toBeLessThanOrEqual(4));
  // The README says from how many old answers on it is four, and how many it takes with fewer.
  it.each([
    [60, 5],
    [20, 6],
  ])('take more where there are only %i old ones: at most %i', (old, most) => {
    expect(answers(old, 'after')).toBeLessThanOrEqual(most);
    expect(answers(old, 'beside')).toBeLessThanOrEqual(most);
  });
  it('are found soon after a hundred good ones, too', () => expect(answers(200, 'after', 100)).toBeLessThanOrEqual(9));

  it('are found on an endpoint with few old answers', () => {
    const ms = spread(3);
    const old = each(17, (i) => request(i * 17, 'old', true, ms(450, 0.4)));
    const found = judged([...old, ...each(12, (i) => request(300 + i * 17, 'new', true, ms(2600, 0.4)))]);
    expect(found).toMatchObject({ verdict: 'fail', gate: 'latency' });
  });

  it('on an endpoint without any old answer the reason says that they went unjudged', () => {
    const few = each(5, (i) => request(i + 201, 'new', true, 900, '/fresh'));
    const rest = traffic({ seed: 4, rate: 2, oldSeconds: 200, newSeconds: 40, errors: [0, 0] });
    const { reason } = judged(inOrder(rest, few));
    expect(reason).toContain('/fresh (5) went unjudged');
  });
});

describe('one endpoint of twenty-five', () => {
  const endpoints = Array.from({ length: 25 }, (_, i) => `/e${i}`);
  const spec = {
    seed: 13,
    rate: 20,
    oldSeconds: 200,
    newSeconds: 200,
    endpoints,
    errors: [0.002, 0.002] as [number, number],
  };
  it.each([
    [
      'fails',
      (r: { ok: boolean; ms: number; endpoint: string; since: number }, random: () => number) => ({
        ...r,
        ok: r.ok && random() > 0.3,
      }),
    ],
    ['is slow', (r: { ok: boolean; ms: number; endpoint: string; since: number }) => ({ ...r, ms: r.ms * 3 + 40 })],
  ])('that %s is found and named', (_, worse) => {
    const found = judged(traffic({ ...spec, change: (r, random) => (r.endpoint === '/e7' ? worse(r, random) : r) }));
    expect(found.verdict).toBe('fail');
    expect(found.reason).toContain('/e7');
  });

  it('a PASS waits for each and says which it speaks for', () => {
    const all = judged(traffic(spec));
    expect(all).toMatchObject({ verdict: 'pass', reason: expect.stringContaining('on all its 25 endpoints') });
    const rare = traffic({
      ...spec,
      change: (r, random) => (r.endpoint === '/e7' && random() < 0.9 ? { ...r, endpoint: '/e1' } : r),
    });
    const old = rare.filter((e) => e.kind !== 'request' || e.version === 'new' || e.endpoint !== '/e7');
    expect(judged(old).reason).toMatch(/on 24 of 25 endpoints \(too few requests to \/e7\)/);
  });
});

it('users who do not come to the new version hold no PASS up', () => {
  const probes = traffic({ seed: 6, rate: 20, oldSeconds: 100, newSeconds: 120, errors: [0.001, 0.001] });
  const users = each(400, (i) => request(i / 4, 'old', true, Number.NaN, '(users)'));
  expect(judged(inOrder(probes, users)).verdict).toBe('pass');
});

describe('what was never answered as expected', () => {
  it('is no PASS, though the old version failed as well', () => {
    const both = judged(traffic({ seed: 5, rate: 20, oldSeconds: 60, newSeconds: 60, errors: [1, 1] }));
    expect(both).toMatchObject({ verdict: 'inconclusive', gate: 'answers' });
    expect(both.reason).toContain('as expected of /pay, the old version neither');
    const one = traffic({
      seed: 5,
      rate: 20,
      oldSeconds: 60,
      newSeconds: 90,
      endpoints: ['/pay', '/closed'],
      errors: [0, 0],
    });
    const closed = one.map((e) => (e.kind === 'request' && e.endpoint === '/closed' ? { ...e, ok: false } : e));
    expect(judged(closed)).toMatchObject({ verdict: 'inconclusive', reason: expect.stringContaining('/closed') });
  });
});
