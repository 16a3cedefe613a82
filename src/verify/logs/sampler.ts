/** Lines looked at in one second; of a busier log each n-th. */
const PER_SECOND = 100;

/** Thins out the lines of a busy log, over each second: how often a line comes can be told by few of them. */
export class Sampler {
  #second = Number.NaN;
  #seen = 0;
  #took = 0;
  #every = 1;
  #total = { seen: 0, taken: 0 };

  #begin(t: number): void {
    const second = Math.floor(t);
    if (second === this.#second) return;
    this.#every = Math.max(1, Math.ceil(this.#seen / PER_SECOND));
    this.#second = second;
    this.#seen = this.#took = 0;
  }

  /** Whether this line, of stream time `t` in seconds, is one that is looked at. */
  take(t: number): boolean {
    this.#begin(t);
    this.#seen++;
    const taken = this.#seen % this.#every === 0 && this.#took < PER_SECOND;
    this.#count(1, taken ? 1 : 0);
    return taken;
  }

  /** Of `count` lines that came together: each how many-th is looked at; 0 is none. */
  every(t: number, count: number): number {
    this.#begin(t);
    this.#seen += count;
    const left = PER_SECOND - this.#took;
    const every = left > 0 && count > 0 ? Math.max(1, Math.ceil(count / left)) : 0;
    this.#count(count, every === 0 ? 0 : Math.ceil(count / every));
    return every;
  }

  #count(seen: number, taken: number): void {
    this.#took += taken;
    this.#total.seen += seen;
    this.#total.taken += taken;
  }

  /** The share of lines that were looked at. */
  get share(): number {
    const { seen, taken } = this.#total;
    return seen > 0 ? taken / seen : 1;
  }
}
