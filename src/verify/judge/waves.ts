import { getOrMake } from './maps.ts';
import { normalQuantile } from './math.ts';
import { binOf, Pool } from './rank.ts';

/** Stretches of time whose means are compared, seconds: stalls, jobs that run now and then, slow drifts. */
const SCALES = [1, 5, 20];
const LEAST_STRETCHES = 6;
/** Chance alone makes stretches differ by this many standard deviations in three runs of ten thousand. */
const SURE = 4;
/** Answers kept of each version and endpoint; more would not change the picture. */
const LIMIT = 20_000;
const TAILS = [0.05, 0.01];

/** Sums of values of mean 0 and variance 1, by second. */
type Seconds = Map<number, { n: number; sum: number }>;

/**
 * How many times more the means of stretches differ than independent values would let them; 1 where that may be chance.
 * `excess` is the kurtosis of the values over the normal law's. Answers that come in waves tell less than their number
 * says: with another time's answers compared, the evidence is to be taken to the power of one over this, which keeps
 * an e-value one (Jensen) and is the usual correction of counts for their dispersion.
 */
function dispersion(seconds: Seconds, excess: number): number {
  let most = 1;
  for (const scale of SCALES) {
    const stretches: Seconds = new Map();
    for (const [second, { n, sum }] of seconds) {
      const at = Math.floor(second / scale);
      const stretch = getOrMake(stretches, at, () => ({ n: 0, sum: 0 }));
      stretch.n += n;
      stretch.sum += sum;
    }
    if (stretches.size < LEAST_STRETCHES) continue;
    const free = stretches.size - 1;
    let squares = 0;
    let variance = 2 * free;
    for (const { n, sum } of stretches.values()) {
      squares += (sum * sum) / n;
      variance += Math.max(0, excess) / n;
    }
    if (squares > free + SURE * Math.sqrt(variance)) most = Math.max(most, squares / free);
  }
  return most;
}

function standardised(values: readonly number[], at: readonly number[], seconds: Seconds = new Map()): Seconds {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  if (!(deviation > 0)) return seconds;
  for (const [i, value] of values.entries()) {
    const second = getOrMake(seconds, at[i]!, () => ({ n: 0, sum: 0 }));
    second.n++;
    second.sum += (value - mean) / deviation;
  }
  return seconds;
}

const rare = (p: number) => 1 / (p * (1 - p)) - 6;

/** Latencies of one endpoint in the order of time. */
export class LatencySeries {
  readonly #at: number[] = [];
  readonly #bins: number[] = [];

  add(t: number, ms: number): void {
    if (this.#at.length >= LIMIT) return;
    this.#at.push(Math.floor(t));
    this.#bins.push(binOf(ms));
  }

  get size(): number {
    return this.#at.length;
  }

  /** The dispersion of ranks, in the bulk and in the tail: of one endpoint, or of several by ranks within each. */
  static dispersion(all: readonly LatencySeries[]): Factors {
    const bulk: Seconds = new Map();
    const tails = TAILS.map((): Seconds => new Map());
    for (const series of all) {
      if (series.size < 2) continue;
      const pool = new Pool();
      for (const bin of series.#bins) pool.addBin(bin, 1);
      const ranks = series.#bins.map((bin) => (pool.below(bin) + pool.equal(bin) / 2) / pool.size);
      standardised(ranks.map(normalQuantile), series.#at, bulk);
      for (const [i, tail] of TAILS.entries())
        standardised(
          ranks.map((u) => (u > 1 - tail ? 1 : 0)),
          series.#at,
          tails[i],
        );
    }
    return { bulk: dispersion(bulk, 0), tail: Math.max(...TAILS.map((tail, i) => dispersion(tails[i]!, rare(tail)))) };
  }
}

/** Requests and failed ones by second. */
export class FailureSeries {
  readonly #seconds = new Map<number, { n: number; k: number }>();

  add(t: number, failed: boolean): void {
    const at = Math.floor(t);
    const second = getOrMake(this.#seconds, at, () => ({ n: 0, k: 0 }));
    second.n++;
    if (failed) second.k++;
  }

  static dispersion(all: readonly FailureSeries[]): Factors {
    const seconds: Seconds = new Map();
    let expected = 0;
    let requests = 0;
    for (const { shares, p } of all.map((series) => series.#shares())) {
      for (const [at, { n, sum }] of shares) {
        const second = getOrMake(seconds, at, () => ({ n: 0, sum: 0 }));
        second.n += n;
        second.sum += sum;
        expected += p * n;
        requests += n;
      }
    }
    const factor = requests > 0 ? dispersion(seconds, rare(expected / requests)) : 1;
    return { bulk: factor, tail: factor };
  }

  #shares(): { shares: Seconds; p: number } {
    const all = [...this.#seconds.values()];
    const n = all.reduce((sum, second) => sum + second.n, 0);
    const p = n > 0 ? all.reduce((sum, second) => sum + second.k, 0) / n : 0;
    const deviation = Math.sqrt(p * (1 - p));
    const shares: Seconds = new Map();
    if (deviation > 0)
      for (const [at, second] of this.#seconds)
        shares.set(at, { n: second.n, sum: (second.k - p * second.n) / deviation });
    return { shares, p };
  }
}

/** Dispersion of one set of answers: of the bulk, and of how many are slow (the worse of a twentieth and a hundredth). */
export interface Factors {
  bulk: number;
  tail: number;
}

const larger = (a: Factors, b: Factors): Factors => ({
  bulk: Math.max(a.bulk, b.bulk),
  tail: Math.max(a.tail, b.tail),
});
const NONE: Factors = { bulk: 1, tail: 1 };

/** The dispersion of one version's answers: all endpoints together, and each by itself. */
export class Waves<S> {
  readonly #series = new Map<string, S>();
  readonly #make: () => S;
  readonly #of: (series: readonly S[]) => Factors;
  readonly #apart = new Map<string, Factors>();
  #together = NONE;
  #stale = false;

  constructor(make: () => S, of: (series: readonly S[]) => Factors) {
    this.#make = make;
    this.#of = of;
  }

  series(endpoint: string): S {
    this.#stale = true;
    return getOrMake(this.#series, endpoint, this.#make);
  }

  /** Of a baseline file, which holds no order any more. */
  seed(factors: Factors, endpoint?: string): void {
    if (endpoint === undefined) this.#together = larger(this.#together, factors);
    else this.#apart.set(endpoint, factors);
  }

  #refresh(): void {
    if (!this.#stale) return;
    this.#stale = false;
    this.#together = larger(this.#together, this.#of([...this.#series.values()]));
    for (const [endpoint, series] of this.#series) {
      const own = this.#series.size > 1 ? this.#of([series]) : this.#together;
      this.#apart.set(endpoint, larger(this.#apart.get(endpoint) ?? NONE, own));
    }
  }

  get together(): Factors {
    this.#refresh();
    return this.#together;
  }

  apart(endpoint: string): Factors {
    this.#refresh();
    return this.#apart.get(endpoint) ?? NONE;
  }
}
