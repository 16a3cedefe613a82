import { describe, expect, it } from 'vitest';
import { seeded } from '../../../src/verify/judge/math.ts';
import { judged, many, type Traffic, traffic } from '../../support/verify/streams.ts';

type Spec = Omit<Traffic, 'seed'>;
const five = ['/a', '/b', '/c', '/d', '/e'];

/** Few streams a row, for a fault that breaks the law; bench/verify counts what is rare. */
const alike: [string, number, Spec][] = [
  ['one after the other', 100, { rate: 20, oldSeconds: 200, newSeconds: 90 }],
  ['many errors, short baseline', 100, { rate: 5, oldSeconds: 40, newSeconds: 120, errors: [0.1, 0.1] }],
  ['very little traffic', 100, { rate: 0.5, oldSeconds: 300, newSeconds: 300, errors: [0.02, 0.02] }],
  ['both at once', 100, { rate: 30, oldSeconds: 30, newSeconds: 90, share: 0.5, errors: [0.02, 0.02] }],
  [
    'a canary of a tenth, no baseline',
    100,
    { rate: 30, oldSeconds: 0, newSeconds: 90, share: 0.1, errors: [0.05, 0.05] },
  ],
  ['five endpoints', 100, { rate: 20, oldSeconds: 100, newSeconds: 90, endpoints: five, errors: [0.02, 0.02] }],
  ['everything constant', 20, { rate: 20, oldSeconds: 100, newSeconds: 60, sigma: 0, errors: [0, 0] }],
  [
    'everything constant at once',
    20,
    { rate: 20, oldSeconds: 30, newSeconds: 60, share: 0.5, sigma: 0, errors: [0, 0] },
  ],
  [
    'whole milliseconds, few values',
    100,
    { rate: 20, oldSeconds: 60, newSeconds: 60, share: 0.5, median: 2, change: (r) => ({ ...r, ms: r.ms }) },
  ],
  ['a drift both share', 100, { rate: 30, oldSeconds: 60, newSeconds: 90, share: 0.5, drift: (t) => 1 + t / 100 }],
];

describe('two versions that are alike', () => {
  it.each(alike)('%s: at most one false FAIL in a hundred', (_, runs, spec) => {
    const { fail } = many(runs, spec);
    expect(fail).toBeLessThanOrEqual(runs * 0.01);
  });
});

describe('an old version whose answers come in waves, measured before the new one', () => {
  /** A new level every five seconds: as it was in three of four, up to 2.3 times as much in the others. */
  const levels = (seed: number) => {
    const random = seeded(seed);
    const all = Array.from({ length: 60 }, () => (random() < 0.25 ? 1.3 + random() : 1));
    return (t: number) => all[Math.floor(t / 5)]!;
  };
  const spec = { rate: 20, oldSeconds: 120, newSeconds: 120, sigma: 0.4 };
  const verdicts = (change?: Traffic['change']) =>
    Array.from(
      { length: 40 },
      (_, seed) => judged(traffic({ ...spec, seed: seed + 1, drift: levels(7 * seed + 5), change })).verdict,
    );

  it('does not make the same waves a FAIL of the new one', () => {
    expect(verdicts().filter((verdict) => verdict === 'fail').length).toBeLessThanOrEqual(1);
  });

  it('does not hide that the new one is much slower', () => {
    const found = verdicts((request) => ({ ...request, ms: request.ms * 3 })).filter((verdict) => verdict === 'fail');
    expect(found.length).toBeGreaterThanOrEqual(38);
  });

  it('takes the failures of a bad second as one event', () => {
    let failed = 0;
    for (let seed = 0; seed < 40; seed++) {
      const random = seeded(11 * seed + 3);
      const bad = new Set(Array.from({ length: 300 }, (_, second) => second).filter(() => random() < 0.05));
      const events = traffic({ ...spec, seed: seed + 1, errors: [0.004, 0.004] }).map((event) =>
        event.kind === 'request' && bad.has(Math.floor(event.t) % 300) && random() < 0.6
          ? { ...event, ok: false }
          : event,
      );
      if (judged(events).verdict === 'fail') failed++;
    }
    expect(failed).toBeLessThanOrEqual(1);
  });
});

const ln = Math.log;
const kl = (p: number, q: number) => p * ln(p / q) + (1 - p) * ln((1 - p) / (1 - q));
const concurrentErrors = (p0: number, p1: number) => ln(100) / (kl(p1, (p0 + p1) / 2) + kl(p0, (p0 + p1) / 2));
const shift = (ratio: number, margin: number) => ln(100) / (ln(ratio / margin) ** 2 / (2 * 0.36));

const worse: [string, number, number, Spec][] = [
  [
    'errors 0.5 % to 5 %, before and after',
    ln(100) / kl(0.05, 0.0075),
    1.75,
    { rate: 50, oldSeconds: 300, newSeconds: 120, errors: [0.005, 0.05] },
  ],
  [
    'errors 0.5 % to 5 %, at once',
    concurrentErrors(0.005, 0.05),
    1.6,
    { rate: 50, oldSeconds: 10, newSeconds: 200, share: 0.5, errors: [0.005, 0.05] },
  ],
  [
    'errors 1 % to 2 %, at once',
    concurrentErrors(0.01, 0.02),
    1.6,
    { rate: 200, oldSeconds: 10, newSeconds: 200, share: 0.5, errors: [0.01, 0.02] },
  ],
  [
    'all answers 1.5 times slower, before and after',
    shift(1.5, 1.25),
    2,
    { rate: 50, oldSeconds: 200, newSeconds: 60, median: 300, change: (r) => ({ ...r, ms: r.ms * 1.5 }) },
  ],
  [
    'all answers 1.5 times slower, at once',
    2 * shift(1.5, 1.1),
    1.8,
    { rate: 50, oldSeconds: 60, newSeconds: 60, share: 0.5, change: (r) => ({ ...r, ms: r.ms * 1.5 }) },
  ],
  [
    'one answer in thirty slow, before and after',
    201,
    3.5,
    {
      rate: 50,
      oldSeconds: 200,
      newSeconds: 60,
      change: (r, random) => (random() < 0.03 ? { ...r, ms: r.ms * 5 + 200 } : r),
    },
  ],
];

describe('a version that is worse', () => {
  it.each(worse)('%s: found within the bound times its factor', (_, bound, factor, spec) => {
    const { fail, samples } = many(20, spec);
    expect(fail).toBe(20);
    // A look each second adds up to a second's samples.
    expect(samples - spec.rate / 2).toBeLessThan(bound * factor);
  });

  it('one endpoint of five failing is found, and named', () => {
    const { fail, gates } = many(20, {
      rate: 50,
      oldSeconds: 100,
      newSeconds: 100,
      endpoints: five,
      change: (r, random) => (r.endpoint === '/c' && random() < 0.1 ? { ...r, ok: false } : r),
    });
    expect(fail).toBe(20);
    expect(gates.errors).toBe(20);
  });

  it('PASS lets through at most one in twenty that is worse by the margins', () => {
    const doubled = many(40, { rate: 60, oldSeconds: 100, newSeconds: 90, errors: [0.02, 0.042] });
    expect(doubled.pass).toBeLessThanOrEqual(2);
    const tail = many(40, {
      rate: 60,
      oldSeconds: 100,
      newSeconds: 90,
      change: (r, random) => (random() < 0.012 ? { ...r, ms: 1000 } : r),
    });
    expect(tail.pass).toBeLessThanOrEqual(2);
  });

  it('PASS comes for a version that is alike, with enough samples', () => {
    expect(
      many(20, { rate: 60, oldSeconds: 200, newSeconds: 120, errors: [0.002, 0.002] }).pass,
    ).toBeGreaterThanOrEqual(18);
  });
});
