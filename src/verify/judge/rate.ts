import { logFactorial, logMix } from './math.ts';

/** Ratios the error tests bet on; logs rise by more when something broke. */
export const ERROR_RATIOS = [1.5, 2, 3, 5, 8, 13] as const;
export const LOG_RATIOS = [1.5, 2, 3, 5, 10, 30, 100] as const;

export interface Counts {
  /** Events in `n` units of the new version. */
  k: number;
  n: number;
  /** Events in `m` units of the old. */
  k0: number;
  m: number;
}

/** One term of the gamma-Poisson mixture: the bet that the ratio is `l`, against a tolerated ratio `l0`. */
export function rateTerm({ k, n, k0, m }: Counts, l: number, l0: number): number {
  if (n <= 0 || m <= 0) return 0;
  return k * Math.log(l / l0) + (0.5 + k0 + k) * Math.log((m + l0 * n) / (m + l * n));
}

/**
 * Log e-value of "the new rate is at most `l0` times the old": a mixture over ratios (Howard et al., https://arxiv.org/abs/1810.08240). FAIL at ln(1/alpha).
 * `l0` is 1 when both run at the same time, 1.5 when the old counts are from before.
 */
export function rateLogE(counts: Counts, l0 = 1, ratios: readonly number[] = ERROR_RATIOS): number {
  return logMix(ratios.filter((l) => l > l0).map((l) => rateTerm(counts, l, l0)));
}

/** Log e-value of "the new rate is at least `ratio` times the old", betting that they are alike. PASS at ln(1/beta). */
export function passRatioLogE(counts: Counts, ratio: number): number {
  return rateTerm(counts, 1, ratio);
}

/** Log e-value of one-sample "p is at most p0" (`above`: bets on more) or "at least p0" (bets on less). */
export function shareLogE(k: number, n: number, p0: number, side: 'above' | 'below'): number {
  if (n <= 0) return 0;
  const bets = side === 'above' ? [1.5, 2, 3, 5, 10, 30, 100] : [0.02, 0.2, 0.4, 0.7];
  const logs = bets.map((l) => {
    // A ratio in odds keeps every bet below 1, for the median as for the p99.9.
    const odds = (l * p0) / (1 - p0);
    const q = odds / (1 + odds);
    return k * Math.log(q / p0) + (n - k) * Math.log((1 - q) / (1 - p0));
  });
  return logMix(logs);
}

/**
 * Log of the likelihood ratio, odds ratio `l` against 1, of `k` among the new of `k + k0` errors in a slice of time with
 * `n` new and `m` old requests: Fisher's noncentral hypergeometric, exact whatever both versions share.
 */
export function sliceTerm({ k, n, k0, m }: Counts, l: number): number {
  const total = k + k0;
  if (total === 0 || n === 0 || m === 0) return 0;
  const low = Math.max(0, total - m);
  const high = Math.min(total, n);
  const logs: number[] = [];
  const choose = (a: number, b: number) => logFactorial(a) - logFactorial(b) - logFactorial(a - b);
  for (let j = low; j <= high; j++) logs.push(choose(n, j) + choose(m, total - j) + j * Math.log(l));
  const norm = logMix(logs) + Math.log(logs.length) - choose(n + m, total);
  return k * Math.log(l) - norm;
}

/** Odds ratios that failures as proportions are bet on: the last is for what nearly always fails where much failed before. */
export const ODDS_RATIOS = [2, 3, 5, 8, 13, 40] as const;
const NODES = 33;
const REACH = 4.5;

/**
 * Failures as proportions: log payoffs of the bets that the new odds of failing are `l` times the old ones, against
 * `l0` times. The old share is not known but counted: both sides are averaged over what it may be (Beta, Jeffreys).
 * For rare failures this is the gamma-Poisson ratio of `rateTerm`; for common ones that would lose what a bound by 1 tells.
 */
export class ShareBets {
  readonly #logs: Float64Array;
  readonly #all: readonly number[];

  constructor(k0: number, m: number, l0: number, ratios: readonly number[] = ODDS_RATIOS) {
    const [a, b] = [k0 + 0.5, Math.max(0, m - k0) + 0.5];
    const middle = Math.log(a / b);
    const step = (2 * REACH * Math.sqrt(1 / a + 1 / b)) / (NODES - 1);
    this.#all = [l0, ...ratios];
    // By node: its log weight, then ln q and ln(1 - q) at each ratio.
    const width = 1 + 2 * this.#all.length;
    this.#logs = new Float64Array(NODES * width);
    for (let i = 0; i < NODES; i++) {
      const x = middle + (i - (NODES - 1) / 2) * step;
      const at = i * width;
      // The density of the logit: p^a (1-p)^b.
      this.#logs[at] = -a * softplus(-x) - b * softplus(x);
      for (const [j, l] of this.#all.entries()) {
        const y = x + Math.log(l);
        this.#logs[at + 1 + 2 * j] = -softplus(-y);
        this.#logs[at + 2 + 2 * j] = -softplus(y);
      }
    }
  }

  /** A log payoff each ratio, for `k` failed of `n`. */
  logs(k: number, n: number): Float64Array {
    const width = 1 + 2 * this.#all.length;
    const sums = new Float64Array(this.#all.length);
    const nodes = new Float64Array(NODES);
    for (let j = 0; j < sums.length; j++) {
      for (let i = 0; i < NODES; i++) {
        const at = i * width;
        nodes[i] = this.#logs[at]! + k * this.#logs[at + 1 + 2 * j]! + (n - k) * this.#logs[at + 2 + 2 * j]!;
      }
      sums[j] = logMix(nodes);
    }
    return sums.slice(1).map((sum) => sum - sums[0]!);
  }
}

/** ln(1 + e^x), safe for large x. */
const softplus = (x: number) => (x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x)));
