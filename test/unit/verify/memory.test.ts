import { describe, expect, it } from 'vitest';
import { seeded } from '../../../src/verify/judge/math.ts';
import type { JudgeEvent, Version } from '../../../src/verify/judge/types.ts';
import { judged, T0, traffic } from '../../support/verify/streams.ts';

const TURN = 120;
const END = 360;
/** Readings each second, with a collector's noise of one in a hundred of the limit. */
function readings(version: Version, from: number, level: (since: number) => number, series = 'shop-1'): JudgeEvent[] {
  const random = seeded(5);
  return Array.from({ length: END - from }, (_, i) => ({
    kind: 'gauge',
    t: T0 + from + i,
    version,
    name: 'memory',
    value: Math.min(1, level(i) + 0.01 * random()),
    series,
  }));
}
const asked = traffic({ seed: 9, rate: 40, oldSeconds: TURN, newSeconds: END - TURN, errors: [0.001, 0.001] });
const found = (...parts: JudgeEvent[][]) => judged([asked, ...parts].flat().sort((a, b) => a.t - b.t));
const steady = readings('old', 0, () => 0.3);
const other = readings('new', TURN, () => 0.32, 'shop-2');

describe('memory that rises without end', () => {
  it('is a FAIL long before the container is killed, and named with its pace', () => {
    const leak = found(
      steady,
      other,
      readings('new', TURN, (s) => 0.3 + s / 300),
    );
    expect(leak).toMatchObject({ verdict: 'fail', gate: 'memory' });
    expect(leak.reason).toMatch(
      /^Memory of shop-1 rises without end: \d\d % of its limit, \d\d % more a minute, full in /,
    );
    expect(leak.timeToVerdictMs).toBeLessThan(100_000);
    expect(leak.checks.find(({ gate }) => gate === 'memory')).toMatchObject({ state: 'fail' });
  });
  it('though a collector frees some of it again and again', () => {
    const leak = found(
      steady,
      readings('new', TURN, (s) => 0.3 + s / 400 + 0.004 * (s % 15)),
    );
    expect(leak).toMatchObject({ verdict: 'fail', gate: 'memory' });
  });
  it('holds a PASS where no old version tells what a start takes', () => {
    expect(found(readings('new', TURN, (s) => 0.3 + s / 500))).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringContaining('rises without end'),
    });
  });

  it.each<[string, (since: number) => number]>([
    ['a start that fills its caches', (s) => 0.5 * (1 - Math.exp(-s / 40))],
    ['a collector that runs now and then', (s) => 0.25 + 0.004 * (s % 50)],
    ['a step', (s) => (s < 20 ? 0.2 : 0.6)],
    ['a rise to what the old version takes', (s) => 0.1 + Math.min(0.2, s / 1000)],
    ['a slow drift', (s) => 0.3 + s / 20_000],
  ])('%s is none', (_, level) => expect(found(steady, readings('new', TURN, level)).verdict).toBe('pass'));

  it('is not made of a query of that name in bytes', () => {
    const bytes = readings('new', TURN, () => 0).map((e, i) => ({ ...e, value: 1e6 * i }) as JudgeEvent);
    expect(found(steady, bytes).verdict).toBe('pass');
  });
});
