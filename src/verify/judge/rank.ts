import { logMix, normalQuantile } from './math.ts';

const TILTS = [0.1, 0.2, 0.4, 0.7, 1.1];
const TAILS: [c: number, l: number][] = [
  [0.2, 1.5],
  [0.2, 2.5],
  [0.05, 2],
  [0.05, 5],
  [0.01, 2],
  [0.01, 5],
  [0.002, 6],
];
export const BETS = TILTS.length + TAILS.length;
/** Most weight on the shifts releases really bring (a fifth to a doubling at usual spreads), a third on a heavier tail. */
const TILT_WEIGHTS = [0.08, 0.22, 0.24, 0.1, 0.06];
const TAIL_WEIGHT = 0.3 / TAILS.length;
export const BET_WEIGHTS = Float64Array.from({ length: BETS }, (_, i) => TILT_WEIGHTS[i] ?? TAIL_WEIGHT);
const TAIL_REST = TAILS.map(([c, l]) => Math.log((1 - l * c) / (1 - c)));

/** Log payoffs of the twelve bets at smoothed rank `u`; each integrates to 1 over u, so a bet on equal versions wins nothing on average (Fedorova et al., https://arxiv.org/abs/1204.3251). */
export function betLogs(u: number, side: 'slower' | 'faster', out = new Float64Array(BETS)): Float64Array {
  const p = Math.min(1 - 1e-12, Math.max(1e-12, side === 'slower' ? u : 1 - u));
  const z = normalQuantile(p);
  for (let i = 0; i < TILTS.length; i++) out[i] = TILTS[i]! * z - (TILTS[i]! * TILTS[i]!) / 2;
  const v = Math.max(1e-12, side === 'slower' ? 1 - u : u);
  for (let i = 0; i < TAILS.length; i++) {
    const [c, l] = TAILS[i]!;
    out[TILTS.length + i] = v <= c ? Math.log(l / 2) - 0.5 * Math.log(v / c) : TAIL_REST[i]!;
  }
  return out;
}

/** Gross bets: nine of ten answers lie beyond this share of the old ones. */
const GROSS = [0.6, 0.8, 0.95, 0.98];
const GROSS_BETS = GROSS.length;
const MOST = 0.9;
const GROSS_HIT = GROSS.map((q) => Math.log(MOST / (1 - q)));
const GROSS_MISS = GROSS.map((q) => Math.log((1 - MOST) / q));
/** Shares of the evidence: of the shifts and tails above, and of the gross bets. */
const GROSS_WEIGHT = 0.15;
const TILT_SUM = TILT_WEIGHTS.reduce((sum, weight) => sum + weight, 0);

/**
 * Gross bets that begin anew at each answer: the bet that begins at the j-th has weight 1/(j(j+1)), so that what comes
 * after a thousand good answers is found as well. Their sum is an e-process, as each of them is.
 */
export class Gross {
  readonly #logs = new Float64Array(GROSS_BETS).fill(Number.NEGATIVE_INFINITY);
  #beyond = 0;
  #count = 0;

  /** One answer at smoothed rank `u` among `size` others, those that came here before included. */
  add(u: number, size: number): void {
    this.#count++;
    // Beyond all old answers: what then lies above it are the earlier new ones at the most.
    const top = Math.min(0.5, this.#count / (size + 1));
    this.#beyond += u > 1 - top ? Math.log(MOST / top) : Math.log((1 - MOST) / (1 - top));
    const begins = -Math.log(this.#count * (this.#count + 1));
    for (let i = 0; i < GROSS_BETS; i++) {
      const before = this.#logs[i]!;
      const most = Math.max(before, begins);
      const sum = most + Math.log(Math.exp(before - most) + Math.exp(begins - most));
      this.#logs[i] = sum + (u > GROSS[i]! ? GROSS_HIT[i]! : GROSS_MISS[i]!);
    }
  }

  /** Log e-value, the bets that have not begun yet included. */
  get logE(): number {
    if (this.#count === 0) return 0;
    const unbegun = -Math.log(this.#count + 1);
    return logMix([...this.#logs.map((log) => logMix([log, unbegun], [1, 1])), this.#beyond]);
  }
}

export const mixBets = (logs: Float64Array) => logMix(logs, BET_WEIGHTS);

/**
 * The mean of all bets, each kind to the power of one over how far that kind comes in waves: shifts of the bulk by the
 * waves of the bulk, slow answers by the waves of slowness.
 */
export function mixByKind(
  logs: Float64Array,
  gross: number | undefined,
  waves: { bulk: number; tail: number },
): number {
  const rest = gross !== undefined ? 1 - GROSS_WEIGHT : 1;
  const parts = [
    logMix(
      logs.subarray(0, TILTS.length),
      TILT_WEIGHTS.map((weight) => weight / TILT_SUM),
    ) / waves.bulk,
    logMix(logs.subarray(TILTS.length)) / waves.tail,
  ];
  const weights = [rest * TILT_SUM, rest * (1 - TILT_SUM)];
  if (gross !== undefined) {
    parts.push(gross / waves.tail);
    weights.push(GROSS_WEIGHT);
  }
  return logMix(parts, weights);
}

let sums = new Float64Array(64);

/**
 * Log payoff of the bet that a draw of the first `drawn` of `all` prefers each by its log weight, against a blind draw:
 * averages to 1 over all equally likely draws.
 */
export function drawLog(all: ArrayLike<number>, drawn: number, size = all.length): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < size; i++) if (all[i]! > most) most = all[i]!;
  // Elementary symmetric sums of the weights, the largest weight set to one.
  if (sums.length <= drawn) sums = new Float64Array(2 * drawn);
  sums.fill(0, 0, drawn + 1);
  sums[0] = 1;
  let logDrawn = 0;
  for (let i = 0; i < size; i++) {
    const weight = Math.exp(all[i]! - most);
    if (i < drawn) logDrawn += all[i]! - most;
    for (let j = Math.min(drawn, i + 1); j > 0; j--) sums[j]! += sums[j - 1]! * weight;
  }
  let ways = 1;
  for (let j = 0; j < drawn; j++) ways *= (size - j) / (j + 1);
  return logDrawn - Math.log(sums[drawn]! / ways);
}

const LOWEST = 0.01;
const STEP = 0.002;
/** 0.2 % a bin from 10 µs to an hour: finer than any clock jitter, and equal values stay equal. */
const BINS = Math.ceil(Math.log(3.6e6 / LOWEST) / STEP) + 2;

/** Below zero, where a margin puts what took no time, lies below zero itself: two bins of their own. */
export const binOf = (ms: number) => {
  if (ms <= LOWEST) return ms < 0 ? 0 : 1;
  return Math.min(BINS - 1, 2 + Math.floor(Math.log(ms / LOWEST) / STEP));
};
export const msOfBin = (bin: number) => (bin <= 1 ? 0 : LOWEST * Math.exp((bin - 1.5) * STEP));

/** Counts of latencies by logarithmic bin, with ranks and quantiles in 14 steps each (a Fenwick tree). */
export class Pool {
  readonly #tree = new Int32Array(BINS + 1);
  readonly #counts = new Int32Array(BINS);
  size = 0;

  add(ms: number, times = 1): void {
    this.addBin(binOf(ms), times);
  }

  addBin(bin: number, times: number): void {
    this.#counts[bin]! += times;
    this.size += times;
    for (let i = bin + 1; i <= BINS; i += i & -i) this.#tree[i]! += times;
  }

  below(bin: number): number {
    let sum = 0;
    for (let i = bin; i > 0; i -= i & -i) sum += this.#tree[i]!;
    return sum;
  }

  equal(bin: number): number {
    return this.#counts[bin]!;
  }

  /** The `q` quantile in milliseconds: the smallest value that q(size+1) values do not exceed; NaN when empty. */
  quantile(q: number): number {
    if (this.size === 0) return Number.NaN;
    let left = Math.min(this.size, Math.max(1, Math.ceil(q * (this.size + 1))));
    let at = 0;
    for (let step = 1 << (31 - Math.clz32(BINS)); step > 0; step >>= 1) {
      if (at + step <= BINS && this.#tree[at + step]! < left) {
        at += step;
        left -= this.#tree[at]!;
      }
    }
    return msOfBin(at);
  }

  /** Bins in use with their counts, lowest first: for a baseline file and for drawing. */
  entries(): [bin: number, count: number][] {
    const found: [number, number][] = [];
    for (let bin = 0; bin < BINS; bin++) if (this.#counts[bin]! > 0) found.push([bin, this.#counts[bin]!]);
    return found;
  }
}

/** Smoothed rank in (0, 1] of `ms` among the pools: ties, the newcomer included, are broken by `random`. */
export function smoothedRank(ms: number, pools: readonly Pool[], random: () => number): number {
  const bin = binOf(ms);
  let below = 0;
  let equal = 0;
  let size = 0;
  for (const pool of pools) {
    below += pool.below(bin);
    equal += pool.equal(bin);
    size += pool.size;
  }
  return (below + (equal + 1) * random()) / (size + 1);
}
