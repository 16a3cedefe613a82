/** Lines looked at in one second; of a busier log each n-th. */
const PER_SECOND = 100;

/** Thins out the lines of a busy log, evenly over each second: how often a line comes can be told by few of them. */
export class Sampler {
  #second = Number.NaN;
  #seen = 0;
  #every = 1;

  /** Whether this line, of stream time `t` in seconds, is one that is looked at. */
  take(t: number): boolean {
    const second = Math.floor(t);
    if (second !== this.#second) {
      this.#every = Math.max(1, Math.ceil(this.#seen / PER_SECOND));
      this.#second = second;
      this.#seen = 0;
    }
    this.#seen++;
    return this.#seen % this.#every === 0 && this.#seen <= PER_SECOND * this.#every;
  }
}
