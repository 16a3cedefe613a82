/** Old requests and share an endpoint needs before its silence means anything. */
const LEAST_OLD = 20;
const LEAST_SHARE = 0.005;
/** Half the old share is tolerated; a canary's users are not the old version's users. */
const TOLERATED = 0.5;
/** Calls come in bursts: a gap must also be this many times the longest the old version knew, and last some seconds. */
const GAP_FACTOR = 3;
const LEAST_SECONDS = 5;

interface Track {
  old: number;
  /** Old requests of all endpoints when this one was last called, and the longest run without it. */
  oldLast: number;
  oldGap: number;
  seen: number;
  runs: number;
  newLast: number;
  newLastT: number;
  /** Old calls of this endpoint since the new version last had one, with old requests of all since then. */
  oldSince: number;
  oldAllAt: number;
}

export interface Silence {
  endpoint: string;
  /** Log of the chance that a run without it is this long; FAIL at or below ln(alpha x weight). */
  logP: number;
  share: number;
  run: number;
  seen: number;
  failed: boolean;
}

/**
 * Endpoints of the new version that fall silent while the others are called: a fault often leaves no error, only
 * missing requests. Each run without a call is judged once it is ended by nothing; runs and endpoints share the budget.
 */
export class SilenceWatch {
  readonly #tracks = new Map<string, Track>();
  #oldAll = 0;
  /** Old requests that came as sums of a baseline file, which knows no order. */
  #seeded = 0;
  #newAll = 0;
  #firstNewT = Number.NaN;

  #of(endpoint: string): Track {
    let track = this.#tracks.get(endpoint);
    if (!track) {
      track = {
        old: 0,
        oldLast: this.#oldAll,
        oldGap: 0,
        seen: 0,
        runs: 1,
        newLast: 0,
        newLastT: Number.NaN,
        oldSince: 0,
        oldAllAt: 0,
      };
      this.#tracks.set(endpoint, track);
    }
    return track;
  }

  addOld(endpoint: string, times = 1): void {
    const track = this.#of(endpoint);
    track.old += times;
    track.oldGap = Math.max(track.oldGap, this.#oldAll - track.oldLast);
    this.#oldAll += times;
    if (times > 1) this.#seeded = this.#oldAll;
    track.oldLast = this.#oldAll;
    track.oldSince += times;
  }

  addNew(endpoint: string, t: number): void {
    if (Number.isNaN(this.#firstNewT)) this.#firstNewT = t;
    const track = this.#of(endpoint);
    this.#newAll++;
    track.seen++;
    track.runs++;
    track.newLast = this.#newAll;
    track.newLastT = t;
    track.oldSince = 0;
    track.oldAllAt = this.#oldAll;
  }

  /** The most telling silence at time `t`, with `logBudget` = ln(alpha x weight of this gate). */
  look(t: number, logBudget: number, concurrent: boolean): Silence | undefined {
    const watched = [...this.#tracks].filter(
      ([, track]) => track.old >= LEAST_OLD && track.old / this.#oldAll >= LEAST_SHARE,
    );
    if (watched.length < 2) return undefined; // a lone endpoint has no others that keep their share
    let worst: Silence | undefined;
    for (const [endpoint, track] of watched) {
      const share = track.old / this.#oldAll;
      const low = share - 2 * Math.sqrt((share * (1 - share)) / this.#oldAll);
      const run = this.#newAll - track.newLast;
      const chance = run * Math.log1p(-Math.max(0, low) * TOLERATED);
      const budget = logBudget - Math.log(watched.length) - Math.log(track.runs * (track.runs + 1));
      const quiet = t - (Number.isNaN(track.newLastT) ? this.#firstNewT : track.newLastT);
      // When the old version's users stopped calling it too, the silence isn't the release's doing.
      const oldToo = concurrent && track.oldSince < 0.25 * share * (this.#oldAll - track.oldAllAt);
      // Before the new version came, users may have left this endpoint already.
      const gone = concurrent ? 0 : this.#oldAll - Math.max(track.oldLast, this.#seeded);
      const gap = GAP_FACTOR * Math.max(track.oldGap, gone);
      const failed = chance <= budget && run >= gap && quiet >= LEAST_SECONDS && !oldToo;
      const found = { endpoint, logP: chance - budget + logBudget, share, run, seen: track.seen, failed };
      if (!worst || (failed && !worst.failed) || (failed === worst.failed && found.logP < worst.logP)) worst = found;
    }
    return worst;
  }

  /** Endpoints with an old share of 2 % or more that the new version has not been asked for yet, or not lately. */
  missing(): string[] {
    return [...this.#tracks]
      .filter(([, { old, newLast }]) => {
        const share = old / this.#oldAll;
        if (old < LEAST_OLD || share < 0.02) return false;
        const run = this.#newAll - newLast;
        return newLast === 0 || run * Math.log1p(-share * TOLERATED) < Math.log(0.001);
      })
      .map(([endpoint]) => endpoint);
  }
}
