import { getOrMake } from './maps.ts';
import { logMix } from './math.ts';
import { NEVER, neededFor } from './needed.ts';
import { type Counts, ERROR_RATIOS, passRatioLogE, rateTerm, ShareBets, shareLogE, sliceTerm } from './rate.ts';
import { isUsers } from './types.ts';
import { FailureSeries, Waves } from './waves.ts';

interface Slice extends Counts {
  since: number;
}

/** Old requests an endpoint needs to be compared by itself; rarer ones are compared together. */
const OWN_STRATUM = 20;
/** Tolerated where the old traffic is of another hour, whose error rate differs without any fault (docs/how-a-verdict-is-made.md). */
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

/** With both versions at once; the last is for what nearly always fails where much failed before. */
const RATIOS_AT_ONCE = [...ERROR_RATIOS, 40];
/** Weight of the comparison with older requests while both versions answer, and requests of now that it needs. */
const OLDER = 0.15;
const LEAST_BESIDE = 5;
/** By how much more often an endpoint may fail that a PASS speaks for, at the most. */
const ENDPOINT_MARGIN = 0.1;
/** New requests of an endpoint that never answered well before that is more than bad luck. */
const NEVER_WELL = 3;
/** An endpoint with this share of the traffic is spoken for before a PASS. */
const LEAST_SHARE = 0.02;

/** Requests and failed requests per endpoint, and the evidence that the new version fails more. */
export class Errors {
  readonly byEndpoint = new Map<string, Counts>();
  readonly total = blank();
  /** Both versions since the new one began: what a concurrent PASS looks at. */
  readonly overlap = blank();
  readonly #slices = new Map<string, Slice>();
  readonly #concurrent = new Map<string, Float64Array>();
  /** Old requests of the same time as the new version's. */
  readonly #beside = new Map<string, { k: number; n: number }>();
  readonly #made = new Map<string, { k0: number; m: number; bets: ShareBets }>();
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
      const beside = getOrMake(this.#beside, endpoint, () => ({ k: 0, n: 0 }));
      beside.n++;
      if (failed) beside.k++;
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
      const logs = getOrMake(this.#concurrent, stratum, () => new Float64Array(RATIOS_AT_ONCE.length));
      if (slice.k + slice.k0 > 0) for (const [i, l] of RATIOS_AT_ONCE.entries()) logs[i]! += sliceTerm(slice, l);
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
        logs: this.#bets(endpoint, counts).logs(counts.k, counts.n),
        waves: endpoint === undefined ? oldWaves.together.bulk : oldWaves.apart(endpoint).bulk,
      })),
      oldWaves.together.bulk,
    );
  }

  /** The bets of a stratum, made anew only when the old counts moved. */
  #bets(endpoint = '', { k0, m }: Pick<Counts, 'k0' | 'm'>): ShareBets {
    const known = this.#made.get(endpoint);
    if (known && known.k0 === k0 && known.m === m) return known.bets;
    const bets = new ShareBets(k0, m, TOLERATED);
    this.#made.set(endpoint, { k0, m, bets });
    return bets;
  }

  /**
   * While both versions answer: what the old one answered before, as proportions. It counts only as far as the old
   * version's requests of the same time, as many as they are, don't win the same bets: what both share is no fault.
   */
  #older(): number | undefined {
    const strata: Stratum[] = [];
    for (const [endpoint, { k, n, k0, m }] of this.byEndpoint) {
      const beside = this.#beside.get(endpoint);
      if (!beside || n === 0 || beside.n < LEAST_BESIDE || m - beside.n < OWN_STRATUM) continue;
      const bets = this.#bets(endpoint, { k0: k0 - beside.k, m: m - beside.n });
      const shared = bets.logs(beside.k, beside.n);
      const logs = bets.logs(k, n).map((log, i) => {
        const less = Math.max(0, shared[i]!) * Math.max(1, n / beside.n);
        return log > 0 ? log - less : log;
      });
      strata.push({ logs, waves: this.oldWaves.apart(endpoint).bulk });
    }
    return strata.length === 0 ? undefined : evidence(strata, this.oldWaves.together.bulk);
  }

  /** Log e-value of the endpoint that speaks loudest, by itself. */
  loudest(concurrent: boolean): number {
    const logs = concurrent
      ? [...this.#concurrent.values()].map((each) => logMix(each))
      : this.#strata().map(
          ([endpoint, counts]) =>
            logMix(this.#bets(endpoint, counts).logs(counts.k, counts.n)) /
            (endpoint === undefined ? this.oldWaves.together : this.oldWaves.apart(endpoint)).bulk,
        );
    return Math.max(0, ...logs);
  }

  /** Endpoints of which no new request was answered as it should be. */
  neverWell(): string[] {
    const some = this.total.k < this.total.n;
    return (
      [...this.byEndpoint]
        .filter(([, { k, n }]) => n >= NEVER_WELL && k === n)
        // What users ask for and never got is no news, where other things are answered.
        .filter(([endpoint, { k0, m }]) => !(some && isUsers(endpoint) && m > 0 && k0 === m))
        .map(([endpoint]) => endpoint)
    );
  }

  /** Endpoints by whether a PASS could speak for them: shown not to fail a tenth of all requests more, at `target`. */
  spoken(target: number): { covered: string[]; thin: string[]; waits: string[]; needed: number } {
    const found = { covered: [] as string[], thin: [] as string[], waits: [] as string[], needed: 0 };
    const { total } = this;
    for (const [endpoint, { k, n, k0, m }] of this.byEndpoint) {
      // Whether users come is their doing.
      if (isUsers(endpoint) && n === 0) continue;
      const [few, of] = m >= OWN_STRATUM ? [k0, m] : [total.k0, total.m];
      const bad = Math.min(0.95, (of > 0 ? few / of : 0) + ENDPOINT_MARGIN);
      const logE = (extra: number) => shareLogE(k + (extra * few) / Math.max(1, of), n + extra, bad, 'below');
      if (logE(0) >= target) {
        found.covered.push(endpoint);
        continue;
      }
      const share = Math.max(m / Math.max(1, total.m), n / Math.max(1, total.n));
      (share >= LEAST_SHARE ? found.waits : found.thin).push(endpoint);
      if (share < LEAST_SHARE) continue;
      const own = neededFor(logE, target);
      found.needed = Math.max(found.needed, Math.min(NEVER, Math.ceil(own / share)));
    }
    return found;
  }

  /** Log e-value of "the new version fails no more than the old". */
  logE(concurrent: boolean): number {
    if (!concurrent) return this.#separated(this.#strata());
    const now = evidence([...this.#concurrent.values()].map((logs) => ({ logs, waves: 1 })));
    // The mean of e-values is one, whichever of them comes to speak and when.
    const older = this.#older();
    const mixed = older === undefined ? now : logMix([now, older], [1 - OLDER, OLDER]);
    return this.#seeded ? logMix([mixed, this.#separated(this.#left())]) : mixed;
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
    const waves = concurrent ? 1 : this.oldWaves.together.bulk;
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
