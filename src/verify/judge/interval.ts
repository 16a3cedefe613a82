import { logMix } from './math.ts';
import type { Pool } from './rank.ts';
import { type Counts, rateTerm } from './rate.ts';

/** A ratio new to old that holds at every look, with the chance that the run was asked for; Infinity is "not known". */
export type Interval = [low: number, high: number];

/** As a check holds it: JSON knows no infinity. */
export const closed = (interval: Interval | undefined): [number, number | null] | undefined =>
  interval && [interval[0], Number.isFinite(interval[1]) ? interval[1] : null];

const STEPS = [1.15, 1.5, 2, 4, 10];
const FARTHEST = 1e4;

/** The ratio at which the evidence against what is `side` of it reaches `target`, by halving; it rises with the distance. */
function edge(evidence: (ratio: number) => number, target: number, from: number, to: number): number {
  let [inside, outside] = [from, to];
  if (evidence(outside) < target) return outside;
  for (let i = 0; i < 40; i++) {
    const middle = Math.sqrt(inside * outside);
    if (evidence(middle) >= target) outside = middle;
    else inside = middle;
  }
  return outside;
}

/**
 * The ratio of two rates: all ratios that the gamma-Poisson mixture has not ruled out, at any look (Howard and others,
 * "Time-uniform, nonparametric, nonasymptotic confidence sequences", 2021). `alpha` is for both sides together.
 */
export function ratioInterval(counts: Counts, alpha: number): Interval | undefined {
  const { k, n, k0, m } = counts;
  if (n === 0 || m === 0 || k + k0 === 0) return undefined;
  const target = Math.log(2 / alpha);
  const middle = (k + 0.5) / n / ((k0 + 0.5) / m);
  const above = (ratio: number) => logMix(STEPS.map((step) => rateTerm(counts, ratio * step, ratio)));
  const below = (ratio: number) => logMix(STEPS.map((step) => rateTerm(counts, ratio / step, ratio)));
  const low = edge(above, target, middle, middle / FARTHEST);
  const high = edge(below, target, middle, middle * FARTHEST);
  return [
    low <= (middle / FARTHEST) * 1.01 ? 0 : low,
    high >= (middle * FARTHEST) / 1.01 ? Number.POSITIVE_INFINITY : high,
  ];
}

/**
 * How far the share of answers under any value can be from the true one, at every number of answers at once:
 * Dvoretzky-Kiefer-Wolfowitz with alpha/(n(n+1)) for the n-th.
 */
const band = (n: number, alpha: number) => Math.sqrt(Math.log((2 * n * (n + 1)) / alpha) / (2 * n));

/** The ratio of the `q` quantiles of two pools, at every look. */
export function quantileInterval(old: Pool, fresh: Pool, q: number, alpha: number): Interval | undefined {
  if (old.size < 10 || fresh.size < 10) return undefined;
  const side = (pool: Pool): Interval => {
    const off = band(pool.size, alpha / 2);
    return [q - off > 0 ? pool.quantile(q - off) : 0, q + off < 1 ? pool.quantile(q + off) : Number.POSITIVE_INFINITY];
  };
  const [was, is] = [side(old), side(fresh)];
  return [was[1] > 0 ? is[0] / was[1] : 0, was[0] > 0 ? is[1] / was[0] : Number.POSITIVE_INFINITY];
}
