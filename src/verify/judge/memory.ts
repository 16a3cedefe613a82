/**
 * The judged time in stretches whose least readings are compared: what a collector frees again is no loss. A rise goes on
 * when its later half is at least `steady` of the earlier one; one that becomes less is a cache or a start. Before so many
 * `seconds`, and below `rise` of the limit, it is noise.
 */
export const SURE = { stretches: 6, steady: 0.7, seconds: 30, rise: 0.05 };
export const LIKELY = { stretches: 3, steady: 0.4, seconds: 20, rise: 0.02 };
/** Readings kept; beyond, every other one is left out. */
const KEPT = 2048;

export interface Rise {
  /** Share of the limit now, and how much more a second. */
  now: number;
  perSecond: number;
  /** Seconds until the limit at that pace. */
  left: number;
}

/** One container's memory as shares of its limit, in order of time. */
export class MemorySeries {
  #readings: { t: number; value: number }[] = [];
  peak = 0;
  last = Number.NaN;

  add(t: number, value: number): void {
    this.#readings.push({ t, value });
    this.peak = Math.max(this.peak, value);
    this.last = value;
    if (this.#readings.length > KEPT) this.#readings = this.#readings.filter((_, i) => i % 2 === 0);
  }

  /** A rise that went on through all of its time and doesn't slow down; undefined where there is none. */
  rise({ stretches, steady, seconds, rise }: typeof SURE): Rise | undefined {
    const all = this.#readings;
    const from = all[0]?.t ?? Number.NaN;
    const span = (all.at(-1)?.t ?? Number.NaN) - from;
    if (!(span >= seconds)) return undefined;
    const least = new Array<number>(stretches).fill(Number.POSITIVE_INFINITY);
    for (const { t, value } of all) {
      const at = Math.min(stretches - 1, Math.floor(((t - from) / span) * stretches));
      least[at] = Math.min(least[at]!, value);
    }
    // A stretch without a reading, or one that is no higher than the one before, ends it.
    if (least.some((value, i) => value === Number.POSITIVE_INFINITY || (i > 0 && value <= least[i - 1]!)))
      return undefined;
    const middle = (stretches - 1) / 2;
    const [early, late] = [least[Math.floor(middle)]! - least[0]!, least.at(-1)! - least[Math.ceil(middle)]!];
    if (late < steady * early || least.at(-1)! - least[0]! < rise) return undefined;
    const perSecond = late / ((span / stretches) * Math.floor(middle));
    return { now: this.last, perSecond, left: Math.max(0, 1 - this.last) / perSecond };
  }
}
