import { getOrMake } from './maps.ts';

/** Times kept of each line and endpoint of the old version; enough to see which go together. */
const KEPT = 300;
const LEAST = 15;
/** A line and its request are seen within so many seconds of each other. */
const NEAR = 1.5;
/** So many of ten requests have their line, and lines their request. */
const MATCHED = 0.9;
const RATIO = [0.85, 1.2] as const;
/** What the lines of the old version tell is worked out anew when there are so many times as many. */
const MORE = 1.5;

interface Times {
  all: number[];
  /** All that came, also those no longer kept. */
  count: number;
}

interface Tie {
  endpoints: string[];
  /** Lines a request, at the most one. */
  share: number;
  /** Most requests in a row that had no line. */
  gap: number;
}

const keep = (times: Times, t: number) => {
  const { all } = times;
  times.count++;
  all.push(t);
  if (all.length > 2 * KEPT) all.splice(0, all.length - KEPT);
};

/** How many of `from` have one of `to` within NEAR seconds; both in order of time. */
function near(from: readonly number[], to: readonly number[]): number {
  let at = 0;
  let matched = 0;
  for (const t of from) {
    while (at < to.length && to[at]! < t - NEAR) at++;
    if (at < to.length && to[at]! <= t + NEAR) matched++;
  }
  return matched;
}

/** Which lines came with each request of an endpoint: their absence is told by requests and not by the clock. */
export class RequestClock {
  readonly #lines = new Map<string, Times>();
  readonly #endpoints = new Map<string, Times>();
  /** What was found, and of how many lines: looked for anew when there are half as many more. */
  readonly #ties = new Map<string, { tie: Tie | undefined; of: number }>();
  /** New requests of each endpoint, and how many there had been when each line was last written. */
  readonly #asked = new Map<string, number>();
  readonly #at = new Map<string, Map<string, number>>();
  readonly #bursts = new Map<string, { index: number; of: number }>();

  line(key: string, t: number): void {
    keep(
      getOrMake(this.#lines, key, () => ({ all: [], count: 0 })),
      t,
    );
  }

  oldRequest(endpoint: string, t: number): void {
    keep(
      getOrMake(this.#endpoints, endpoint, () => ({ all: [], count: 0 })),
      t,
    );
  }

  newRequest(endpoint: string): void {
    this.#asked.set(endpoint, (this.#asked.get(endpoint) ?? 0) + 1);
  }

  /** The new version wrote the line. */
  written(key: string): void {
    const tie = this.#tie(key);
    if (tie) this.#mark(key, tie);
  }

  /** Requests of its endpoint since the line was last written; undefined for a line that is tied to none. */
  run(key: string): { endpoint: string; run: number; share: number; gap: number } | undefined {
    const tie = this.#tie(key);
    if (!tie) return undefined;
    const at = this.#at.get(key);
    // Where it may be one of several endpoints, the one that was asked least lets it off.
    const runs = tie.endpoints.map((endpoint) => ({
      endpoint,
      run: (this.#asked.get(endpoint) ?? 0) - (at?.get(endpoint) ?? 0),
    }));
    const least = runs.reduce((a, b) => (b.run < a.run ? b : a));
    return { ...least, share: tie.share, gap: tie.gap };
  }

  /** How much more the old version's lines came in bursts than by chance alone: of counts, variance over mean. */
  bursts(key: string): number {
    const { all, count } = this.#lines.get(key) ?? { all: [], count: 0 };
    const known = this.#bursts.get(key);
    if (known && count < MORE * known.of) return known.index;
    const index = dispersion(all);
    this.#bursts.set(key, { index, of: count });
    return index;
  }

  #tie(key: string): Tie | undefined {
    const { count } = this.#lines.get(key) ?? { count: 0 };
    const known = this.#ties.get(key);
    if (known && (known.tie || count < MORE * known.of)) return known.tie;
    const tie = this.#find(key);
    this.#ties.set(key, { tie, of: count });
    // Found while both versions run, it counts requests from now on: which of those before had their line isn't known.
    if (tie && known) this.#mark(key, tie);
    return tie;
  }

  #mark(key: string, { endpoints }: Tie): void {
    const at = getOrMake(this.#at, key, () => new Map<string, number>());
    for (const endpoint of endpoints) at.set(endpoint, this.#asked.get(endpoint) ?? 0);
  }

  #find(key: string): Tie | undefined {
    const lines = this.#lines.get(key)?.all ?? [];
    if (lines.length < LEAST) return undefined;
    let tie: Tie | undefined;
    for (const [endpoint, { all }] of this.#endpoints) {
      const from = Math.max(lines[0]!, all[0]!) - NEAR;
      const to = Math.min(lines.at(-1)!, all.at(-1)!) + NEAR;
      const within = (times: readonly number[]) => times.filter((t) => t >= from && t <= to);
      const [own, asked] = [within(lines), within(all)];
      const ratio = own.length / asked.length;
      if (own.length < LEAST || asked.length < LEAST || ratio < RATIO[0] || ratio > RATIO[1]) continue;
      // Either must cover what the other one covers, or they merely met for a while.
      if (own.length < 0.8 * lines.length && asked.length < 0.8 * all.length) continue;
      if (near(asked, own) < MATCHED * asked.length || near(own, asked) < MATCHED * own.length) continue;
      const share = Math.min(0.98, ratio);
      if (!tie) tie = { endpoints: [endpoint], share, gap: longestGap(asked, own) };
      else {
        tie.endpoints.push(endpoint);
        tie.share = Math.min(tie.share, share);
        tie.gap = Math.max(tie.gap, longestGap(asked, own));
      }
    }
    return tie;
  }
}

/** Most requests between two lines. */
function longestGap(asked: readonly number[], lines: readonly number[]): number {
  let at = 0;
  let run = 0;
  let most = 0;
  for (const t of asked) {
    let found = false;
    while (at < lines.length && lines[at]! <= t + NEAR) {
      found = true;
      at++;
    }
    run = found ? 0 : run + 1;
    most = Math.max(most, run);
  }
  return most;
}

/** Mean lines a stretch, at which counts are compared. */
const STRETCHES = [3, 10, 30];
const LEAST_STRETCHES = 6;

/** The index of dispersion of times, the largest of some lengths of stretches; 1 where it may be chance. */
function dispersion(times: readonly number[]): number {
  const span = times.length > 1 ? times.at(-1)! - times[0]! : 0;
  let most = 1;
  for (const mean of STRETCHES) {
    const bins = Math.floor(times.length / mean);
    if (bins < LEAST_STRETCHES || !(span > 0)) continue;
    const counts = new Array<number>(bins).fill(0);
    for (const t of times) counts[Math.min(bins - 1, Math.floor(((t - times[0]!) / span) * bins))]!++;
    const average = times.length / bins;
    const index = counts.reduce((sum, count) => sum + (count - average) ** 2, 0) / (bins - 1) / average;
    // Of a Poisson stream it is 1 with a variance of 2/(bins - 1).
    if (index > 1 + 2 * Math.sqrt(2 / (bins - 1))) most = Math.max(most, index);
  }
  return most;
}
