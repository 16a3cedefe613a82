import { getOrMake } from './maps.ts';
import { logMix } from './math.ts';
import { type Counts, ERROR_RATIOS, passRatioLogE, rateTerm, shareLogE, sliceTerm } from './rate.ts';
import { FailureSeries, Waves } from './waves.ts';

interface Slice extends Counts {
  since: number;
}

/** Old requests an endpoint needs to be compared by itself; rarer ones are compared together. */
const OWN_STRATUM = 30;
/** The time-separated tolerance: traffic of another hour has another error rate (notes/verify.md, reality check). */
const TOLERATED = 1.5;
const MARGIN = 0.01;
/** Weight of "all endpoints alike" against "one endpoint by itself". */
const TOGETHER = Math.log(0.6);
const APART = Math.log(0.4);

const blank = (): Counts => ({ k: 0, n: 0, k0: 0, m: 0 });
const UNSEEN = '\u0000unseen';

interface Stratum {
  logs: Float64Array;
  /** How far its failures come in waves. */
  waves: number;
}

/** Log e-value of strata, each with a log per ratio: all endpoints alike, or one by itself. */
function evidence(strata: Stratum[], waves = 1): number {
  if (strata.length === 0) return 0;
  const sum = new Float64Array(strata[0]!.logs.length);
  for (const { logs } of strata) for (let i = 0; i < sum.length; i++) sum[i]! += logs[i]!;
  const together = logMix(sum) / waves;
  if (strata.length === 1) return together;
  const apart = strata.map((stratum) => logMix(stratum.logs) / stratum.waves);
  return logMix([TOGETHER + together, APART + logMix(apart)], [1, 1]);
}

const RATIOS_APART = ERROR_RATIOS.filter((l) => l > TOLERATED);

/** Requests and failed requests per endpoint, and the evidence that the new version fails more. */
export class Errors {
  readonly byEndpoint = new Map<string, Counts>();
  readonly total = blank();
  /** Both versions since the new one began: what a concurrent PASS looks at. */
  readonly overlap = blank();
  readonly #slices = new Map<string, Slice>();
  readonly #concurrent = new Map<string, Float64Array>();
  /** A baseline from before was given: it speaks for endpoints that the old version is no longer asked for. */
  #seeded = false;
  readonly oldWaves = new Waves(() => new FailureSeries(), FailureSeries.dispersion);
  readonly newWaves = new Waves(() => new FailureSeries(), FailureSeries.dispersion);

  #of(endpoint: string): Counts {
    return getOrMake(this.byEndpoint, endpoint, blank);
  }

  #slice(stratum: string, t: number): Slice {
    return getOrMake(this.#slices, stratum, () => ({ ...blank(), since: t }));
  }

  seedOld(endpoint: string, k0: number, m: number): void {
    this.#seeded = true;
    for (const counts of [this.#of(endpoint), this.total]) {
      counts.k0 += k0;
      counts.m += m;
    }
  }

  addOld(endpoint: string, failed: boolean, t: number, overlapping: boolean): void {
    const parts = [this.#of(endpoint), this.total];
    if (overlapping) {
      parts.push(this.overlap, this.#slice(endpoint, t));
      if (this.#slices.has(UNSEEN)) parts.push(this.#slice(UNSEEN, t));
    } else this.oldWaves.series(endpoint).add(t, failed);
    for (const counts of parts) {
      counts.m++;
      if (failed) counts.k0++;
    }
  }

  addNew(endpoint: string, failed: boolean, t: number): void {
    const own = this.#of(endpoint);
    this.newWaves.series(endpoint).add(t, failed);
    for (const counts of [own, this.total, this.overlap, this.#slice(own.m > 0 ? endpoint : UNSEEN, t)]) {
      counts.n++;
      if (failed) counts.k++;
    }
  }

  /** Ends the slices of time that hold enough of both versions; their evidence counts from here on. */
  closeSlices(t: number): void {
    for (const [stratum, slice] of this.#slices) {
      const least = Math.min(slice.n, slice.m);
      if (least === 0 || (least < 5 && t - slice.since < 10)) continue;
      const logs = getOrMake(this.#concurrent, stratum, () => new Float64Array(ERROR_RATIOS.length));
      if (slice.k + slice.k0 > 0) for (const [i, l] of ERROR_RATIOS.entries()) logs[i]! += sliceTerm(slice, l);
      this.#slices.set(stratum, { ...blank(), since: t });
    }
  }

  /** Counts of the new version beside the old it is compared with: own endpoint, the rare ones, or all. */
  #strata(): [endpoint: string | undefined, counts: Counts][] {
    const own: [string | undefined, Counts][] = [];
    const rare = blank();
    for (const [endpoint, counts] of this.byEndpoint) {
      if (counts.m >= OWN_STRATUM) {
        if (counts.n > 0) own.push([endpoint, counts]);
        continue;
      }
      for (const key of ['k', 'n', 'k0', 'm'] as const) rare[key] += counts[key];
    }
    if (rare.n === 0) return own;
    return [...own, [undefined, rare.m >= OWN_STRATUM ? rare : { ...rare, k0: this.total.k0, m: this.total.m }]];
  }

  /** Endpoints the old version answers no more, as users' are after a switch, but which the baseline knows. */
  #left(): [endpoint: string, counts: Counts][] {
    return [...this.byEndpoint]
      .filter(([endpoint, { n, m }]) => n > 0 && m >= OWN_STRATUM && !this.#concurrent.has(endpoint))
      .filter(([endpoint]) => !this.#slices.get(endpoint)?.m);
  }

  /** Counts of different times get the wider tolerance, and waves of the old version count against the evidence. */
  #separated(strata: [endpoint: string | undefined, counts: Counts][]): number {
    const { oldWaves } = this;
    return evidence(
      strata.map(([endpoint, counts]) => ({
        logs: Float64Array.from(RATIOS_APART, (l) => rateTerm(counts, l, TOLERATED)),
        waves: endpoint === undefined ? oldWaves.together.most : oldWaves.apart(endpoint).most,
      })),
      oldWaves.together.most,
    );
  }

  /** Log e-value of "the new version fails no more than the old". */
  logE(concurrent: boolean): number {
    if (!concurrent) return this.#separated(this.#strata());
    const now = evidence([...this.#concurrent.values()].map((logs) => ({ logs, waves: 1 })));
    // The mean of two e-values is one, whichever of them comes to speak and when.
    return this.#seeded ? logMix([now, this.#separated(this.#left())]) : now;
  }

  #compared(concurrent: boolean): Counts {
    const { overlap, total } = this;
    return concurrent && overlap.m >= overlap.n / 2 ? overlap : total;
  }

  /** Log e-value of "the new version fails at least twice as often, or one point in a hundred more". */
  passLogE(concurrent: boolean, extra = 0, oldToo = false): number {
    const { k, n, k0, m } = this.#compared(concurrent);
    if (n + extra === 0 || m === 0) return 0;
    // What is still to come is taken to fail as the old version did: else no bad luck so far could be made up for.
    const more = (k0 * extra) / m;
    // With `oldToo` the baseline grows by as much: a short one can't be outweighed by new samples alone.
    const old = oldToo ? { k0: k0 * (1 + extra / m), m: m + extra } : { k0, m };
    const seen = { k: k + more, n: n + extra, ...old };
    const p = seen.k0 / seen.m;
    const bad = Math.min(0.999, Math.max(0, p - Math.sqrt((p * (1 - p)) / seen.m)) + MARGIN);
    const waves = concurrent ? 1 : this.oldWaves.together.most;
    return Math.max(passRatioLogE(seen, 2), shareLogE(seen.k, seen.n, bad, 'below')) / waves;
  }

  counts(concurrent: boolean): Counts {
    return this.#compared(concurrent);
  }

  /** The endpoint whose failures rose most, for the sentence. */
  worst(): { endpoint: string; counts: Counts } | undefined {
    let worst: { endpoint: string; counts: Counts; logs: number } | undefined;
    for (const [endpoint, counts] of this.byEndpoint) {
      if (counts.k === 0) continue;
      const old = counts.m >= OWN_STRATUM ? counts : { ...counts, k0: this.total.k0, m: this.total.m };
      const logs = old.m > 0 ? Math.max(...ERROR_RATIOS.map((l) => rateTerm(old, l, 1))) : counts.k;
      if (!worst || logs > worst.logs) worst = { endpoint, counts, logs };
    }
    return worst;
  }
}
