/** Stretches over which the dispersion is taken, seconds; so many of them must there be. */
const SCALES = [5, 10, 30, 100] as const;
/** The stretch whose index holds as it is; at others it must be more than chance makes. */
const PLAIN = 10;
const LEAST = 5;
/** Seconds with an event that are kept; more would not change the picture. */
const KEPT = 20_000;

/** When events of one version came, by the second, and how much more in bursts and waves than by chance alone. */
export class Bursts {
  readonly #seconds = new Map<number, number>();
  #all = 0;
  #known: { all: number; stretches: number; index: number } | undefined;

  add(second: number): void {
    const count = this.#seconds.get(second);
    if (count === undefined && this.#seconds.size >= KEPT) return;
    this.#seconds.set(second, (count ?? 0) + 1);
    this.#all++;
  }

  /** Of counts, variance over mean, over `seconds` in all; 1 where there are too few to tell. */
  index(seconds: number): number {
    const stretches = Math.floor(seconds / SCALES[0]);
    if (this.#known?.all !== this.#all || this.#known.stretches !== stretches)
      this.#known = { all: this.#all, stretches, index: this.#find(seconds) };
    return this.#known.index;
  }

  #find(seconds: number): number {
    let most = 1;
    for (const scale of SCALES) {
      const bins = Math.floor(seconds / scale);
      if (bins < LEAST || this.#all === 0) break;
      const mean = this.#all / bins;
      const counts = new Map<number, number>();
      for (const [second, count] of this.#seconds) {
        const bin = Math.floor(second / scale);
        counts.set(bin, (counts.get(bin) ?? 0) + count);
      }
      let squares = 0;
      for (const count of counts.values()) squares += count * count;
      const index = (squares / bins - mean * mean) / mean;
      // Of a Poisson stream it is 1 with a variance of 2/(bins - 1).
      if (scale === PLAIN || index > 1 + 2 * Math.sqrt(2 / (bins - 1))) most = Math.max(most, index);
    }
    return most;
  }
}
