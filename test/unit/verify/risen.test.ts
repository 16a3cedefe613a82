import { describe, expect, it } from 'vitest';
import { seeded } from '../../../src/verify/judge/math.ts';
import { mayHaveRisen } from '../../../src/verify/judge/risen.ts';
import type { JudgeEvent, Version } from '../../../src/verify/judge/types.ts';
import { judged, T0 } from '../../support/verify/streams.ts';

/** A worker's log: ten minutes of the old version, five of the new one, with an error each two minutes. */
function worker(seed: number, times: number): JudgeEvent[] {
  const random = seeded(seed);
  const events: JudgeEvent[] = [];
  const write = (version: Version, from: number, to: number, rate: number, line: string) => {
    const pause = () => -Math.log(1 - random()) / rate;
    for (let t = from + pause(); t < to; t += pause())
      events.push({ kind: 'log', t: T0 + t, version, source: version, line });
  };
  for (const [version, from, to] of [
    ['old', 0, 600],
    ['new', 600, 900],
  ] as const) {
    write(version, from, to, 0.5, 'INFO worker: job done');
    write(version, from, to, (version === 'new' ? times : 1) / 120, 'ERROR payments: gateway refused an order');
  }
  return events.sort((a, b) => a.t - b.t);
}
const verdicts = (times: number) =>
  Array.from({ length: 12 }, (_, i) =>
    judged(worker(i + 1, times), { sources: { requests: false, logs: true, counters: [] } }),
  );

describe('an error line of a sparse log', () => {
  it('that comes ten times as often is no PASS, though all error lines together are few', () => {
    expect(verdicts(10).filter(({ verdict }) => verdict === 'pass')).toEqual([]);
  });
  it('that comes as before is no FAIL, and mostly a PASS; else the line is named, and how long it would take', () => {
    const all = verdicts(1);
    expect(all.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
    expect(all.filter(({ verdict }) => verdict === 'pass').length).toBeGreaterThanOrEqual(8);
    for (const { verdict, reason } of all) {
      if (verdict === 'pass') continue;
      expect(reason).toMatch(/gateway refused an order” may come ten times as often as before; about \d+ s more/);
    }
  });
  it('is waited for by what is known of it', () => {
    const span = { written: 600, old: 600, new: 60 };
    const asked = (oldBins: number, newBins: number, more = {}) =>
      mayHaveRisen([{ key: 'x', oldBins, newBins }], { ...span, ...more }, 3)?.seconds;
    expect(asked(0, 5)).toBeUndefined(); // a new one: another gate's
    expect(asked(1, 0)).toBeUndefined(); // nobody knows how often it comes
    expect(asked(1, 2)).toBeGreaterThan(100);
    expect(asked(6, 0)).toBeUndefined();
    expect(asked(3, 0)).toBeGreaterThan(0);
    expect(asked(3, 0, { new: 300 })).toBeUndefined();
    expect(asked(6, 6)).toBeGreaterThan(100);
  });
});
