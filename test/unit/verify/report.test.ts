import { describe, expect, it } from 'vitest';
import type { VerifyInputs } from '../../../src/verify/inputs.ts';
import { quantileInterval, ratioInterval } from '../../../src/verify/judge/interval.ts';
import { Judge } from '../../../src/verify/judge/judge.ts';
import { seeded } from '../../../src/verify/judge/math.ts';
import { Pool } from '../../../src/verify/judge/rank.ts';
import type { Decision } from '../../../src/verify/judge/types.ts';
import { html } from '../../../src/verify/report/html.ts';
import { json } from '../../../src/verify/report/json.ts';
import { summary } from '../../../src/verify/report/summary.ts';
import { T0, traffic } from '../../support/verify/streams.ts';

const judge = new Judge({
  alpha: 0.01,
  beta: 0.05,
  warmUpMs: 0,
  durationMs: Number.POSITIVE_INFINITY,
  thresholds: [],
  sources: { requests: true, logs: false, counters: [] },
  random: seeded(1),
});
const events = traffic({
  seed: 5,
  rate: 20,
  oldSeconds: 100,
  newSeconds: 100,
  endpoints: ['/pay', '/cart'],
  errors: [0.01, 0.01],
  change: (r, random) => (r.endpoint === '/pay' && random() < 0.2 ? { ...r, ok: false } : r),
});
let decision: Decision | undefined;
for (const event of events) decision ??= judge.advance(event);
const inputs = { alpha: 0.01, beta: 0.05, mode: 'replay' } as VerifyInputs;
const result = {
  decision: decision!,
  judge,
  notChecked: ['logs'],
  vitals: [],
  measured: [],
  asked: ['e (new): errors{v="r2"}'],
};

describe('the report', () => {
  const page = html(result as never, inputs);
  it('puts the failing row first, marked, with the figures of the sentence', () => {
    const figures = /from (\S+ % \S+) to (\S+ % \S+) \(e/.exec(decision!.reason)!;
    const rows = page.match(/<tr class="bad">.*?<\/tr>/g)!;
    expect(rows[0]).toContain(figures[1]);
    expect(rows[0]).toContain(figures[2]);
    expect(page.indexOf('<tr class="bad">')).toBeLessThan(page.indexOf('<tr class="">'));
    expect(rows[0]).toMatch(/less than once in [\d,]+ releases/);
    expect(rows[1]).toContain('of /pay');
    expect(summary(result as never, inputs)).toMatch(/\| \*\*errors\*\* \| \*\*❌ fail\*\* \|/);
  });
  it('draws what happened over time, and loads nothing', () => {
    for (const title of ['Failed requests over time', 'Time of answers', 'Evidence against', 'Latency of /pay'])
      expect(page).toContain(title);
    expect(page).not.toMatch(/src=|href=|@import|url\(/);
    expect(page).toContain('prefers-color-scheme:dark');
    expect(page).toContain('e (new): errors{v=&quot;r2&quot;}');
  });
  it('is there for programs as well', () => {
    const read = JSON.parse(json(result as never, inputs));
    expect(read).toMatchObject({
      seatrial: 1,
      mode: 'replay',
      verdict: 'fail',
      compared: 'separated',
      notChecked: ['logs'],
    });
    expect(read.history.length).toBeGreaterThan(1);
    expect(read.pictures[0].lines[0].points.length).toBeGreaterThan(2);
  });
});

describe('a ratio’s interval', () => {
  it('holds the truth at every look', () => {
    let missed = 0;
    for (let seed = 0; seed < 100; seed++) {
      const random = seeded(seed);
      const counts = { k: 0, n: 0, k0: 0, m: 0 };
      let out = false;
      for (let i = 0; i < 1500; i++) {
        counts.m++;
        counts.n++;
        if (random() < 0.05) counts.k0++;
        if (random() < 0.1) counts.k++;
        const [low, high] = i % 50 === 49 ? (ratioInterval(counts, 0.05) ?? [0, 99]) : [0, 99];
        if (low > 2.12 || high < 1.88) out = true;
      }
      if (out) missed++;
    }
    expect(missed).toBeLessThanOrEqual(5);
  });
  it('narrows, and is not known where there is too little', () => {
    const [low, high] = ratioInterval({ k: 1000, n: 10_000, k0: 500, m: 10_000 }, 0.05)!;
    expect(low).toBeGreaterThan(1.5);
    expect(high).toBeLessThan(2.6);
    expect(ratioInterval({ k: 0, n: 10, k0: 0, m: 10 }, 0.05)).toBeUndefined();
    const [old, fresh] = [new Pool(), new Pool()];
    const random = seeded(T0);
    for (let i = 0; i < 4000; i++) {
      old.add(50 + 20 * random());
      fresh.add(100 + 40 * random());
    }
    const [from, to] = quantileInterval(old, fresh, 0.5, 0.05)!;
    expect(from).toBeGreaterThan(1.8);
    expect(to).toBeLessThan(2.2);
    expect(quantileInterval(old, fresh, 0.999, 0.05)![1]).toBe(Number.POSITIVE_INFINITY);
  });
});
