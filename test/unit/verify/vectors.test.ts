import { describe, expect, it } from 'vitest';
import { betLogs, drawLog } from '../../../src/verify/judge/rank.ts';
import { passRatioLogE, rateLogE } from '../../../src/verify/judge/rate.ts';
import vectors from './vectors.json' with { type: 'json' };

describe('the statistics against their published vectors', () => {
  it.each(vectors.rate)('rate k=$k n=$n k0=$k0 m=$m', ({ k, n, k0, m, lam, lam0, logE }) => {
    expect(rateLogE({ k, n, k0, m }, lam0, lam)).toBeCloseTo(logE, 9);
  });

  it.each(vectors.pass_ratio)('pass_ratio k=$k n=$n', ({ k, n, k0, m, ratio, logE }) => {
    expect(passRatioLogE({ k, n, k0, m }, ratio)).toBeCloseTo(logE, 9);
  });

  it.each(vectors.rank_bets)('rank bets at u=$u', ({ u, slower, faster }) => {
    for (const [i, value] of betLogs(u, 'slower').entries()) expect(value).toBeCloseTo(slower[i]!, 8);
    for (const [i, value] of betLogs(u, 'faster').entries()) expect(value).toBeCloseTo(faster[i]!, 8);
  });

  it('bets pay one on average, or they would not be fair', () => {
    const sums = new Float64Array(12);
    const steps = 400_000;
    for (let i = 0; i < steps; i++) {
      betLogs((i + 0.5) / steps, 'slower').forEach((log, j) => {
        sums[j]! += Math.exp(log) / steps;
      });
    }
    for (const sum of sums) expect(sum).toBeCloseTo(1, 2);
  });

  it('the bet on a draw pays one on average over all draws; a pair is its simplest case', () => {
    const all = [0.3, -2, 1.7, 40, 0.3];
    let sum = 0;
    for (let a = 0; a < 5; a++) {
      for (let b = 0; b < a; b++) {
        const rest = all.filter((_, i) => i !== a && i !== b);
        sum += Math.exp(drawLog([all[a]!, all[b]!, ...rest], 2)) / 10;
      }
    }
    expect(sum).toBeCloseTo(1, 9);
    expect(Math.exp(drawLog([Math.log(3), Math.log(2)], 1))).toBeCloseTo((2 * 3) / 5, 9);
  });
});
