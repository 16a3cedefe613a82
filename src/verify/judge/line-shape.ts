/** Silences that a judgement of their law needs, and how far they may deviate. */
const LEAST_GAPS = 10;
const STEADY = 1.25;
/** Lines within so many seconds of the one before are one event: in a second, or written in bursts. */
const BURSTS = [1, 3, 10] as const;

/** Silences of a line between its events. */
class Silences {
  readonly #burst: number;
  #n = 0;
  #sum = 0;
  #squares = 0;

  constructor(burst: number) {
    this.#burst = burst;
  }

  take(gap: number): void {
    if (gap < this.#burst) return;
    this.#n++;
    this.#sum += gap;
    this.#squares += gap * gap;
  }

  /**
   * Whether they are such as chance makes of a steady rate: their deviation over their mean is 1 then. Of lines that come
   * when something happens, and then often, no silence is too long.
   */
  get steady(): boolean | undefined {
    if (this.#n < LEAST_GAPS) return undefined;
    const mean = this.#sum / this.#n;
    return Math.sqrt(Math.max(0, this.#squares / this.#n - mean * mean)) / mean <= STEADY;
  }
}

/** One kind of line, and when it came. */
export class Shape {
  readonly key: string;
  /** A line of it, as it came. */
  readonly example: string;
  old = 0;
  oldFirst = Number.NaN;
  oldLast = Number.NaN;
  /** Its longest silence in the old version. */
  oldGap = 0;
  /** Of a baseline file: its rate stands for counts. */
  seeded?: { rate: number; gap: number };
  /** Old lines since the new version last wrote one. */
  oldSince = 0;
  seen = 0;
  newFirst = Number.NaN;
  newLast = Number.NaN;
  /** When an event was last counted, of lines within a second, and the last line itself. */
  #event = Number.NaN;
  readonly #silences = BURSTS.map((burst) => new Silences(burst));

  constructor(key: string, example: string) {
    this.key = key;
    this.example = example.slice(0, 300);
  }

  oldLine(t: number, weight: number): void {
    this.old += weight;
    this.oldSince += weight;
    if (Number.isNaN(this.oldFirst)) this.oldFirst = t;
    const [within, ...bursts] = this.#silences;
    const gap = t - this.#event;
    // Several in one second are one event.
    if (!(gap < 1)) {
      this.#event = t;
      if (!Number.isNaN(gap)) {
        this.oldGap = Math.max(this.oldGap, gap);
        within!.take(gap);
      }
    }
    if (!Number.isNaN(this.oldLast)) for (const silences of bursts) silences.take(t - this.oldLast);
    this.oldLast = t;
  }

  newLine(t: number, weight: number): void {
    this.seen += weight;
    this.oldSince = 0;
    if (Number.isNaN(this.newFirst)) this.newFirst = t;
    this.newLast = t;
  }

  /** Whether its silences, or those between its bursts, are such that one can be too long. */
  get regular(): boolean {
    const known = this.#silences.map(({ steady }) => steady).filter((steady) => steady !== undefined);
    return known.length === 0 ? this.seeded !== undefined : known.includes(true);
  }
}
