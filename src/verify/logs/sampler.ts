/** Lines of a second that are read whatever they are. */
const PER_SECOND = 100;
/** Beyond these: so many of a kind in a second, and lines in all; further ones of a kind are counted with its next. */
const OF_A_KIND = 3;
const MOST = 300;
/** Lines of a second of which the kind is told; of a flood each n-th. */
const TOLD = 5000;
const KINDS = 4000;
/** So much of a line tells its kind. */
const LONGEST = 256;

/** Asked of each line of many, in order. */
export interface Thinner {
  /** Whether the kind of this line is to be told. */
  next(): boolean;
  /** For how many lines one of this kind stands; 0 when it isn't to be read. */
  weigh(kind: number): number;
}

interface Kind {
  second: number;
  /** In this second. */
  n: number;
  /** Not read since the last that was. */
  skipped: number;
}

/** The kind of a text by its words without digits, roughly: `at` gives its bytes or units of code. */
function kindBy(at: (i: number) => number, from: number, to: number): number {
  const end = Math.min(to, from + LONGEST);
  let kind = 0;
  let word = 0;
  let digits = false;
  for (let i = from; i < end; i++) {
    const c = at(i);
    if ((c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c >= 128) word = (Math.imul(word, 31) + c) | 0;
    else if (c >= 48 && c <= 57) digits = true;
    else {
      if (word !== 0 && !digits) kind = (Math.imul(kind, 0x01000193) ^ word) | 0;
      word = 0;
      digits = false;
    }
  }
  return word !== 0 && !digits ? (Math.imul(kind, 0x01000193) ^ word) | 0 : kind;
}

export const kindOfText = (text: string): number => kindBy((i) => text.charCodeAt(i), 0, text.length);
export const kindOfBytes = (data: Uint8Array, from: number, to: number): number => kindBy((i) => data[i]!, from, to);

/**
 * Thins out the lines of a busy log, over each second, by their kinds: of frequent lines few tell how often they come, and
 * a rare one is read whatever else is written.
 */
export class Sampler implements Thinner {
  readonly #kinds = new Map<number, Kind>();
  #second = Number.NaN;
  #seen = 0;
  #told = 0;
  #read = 0;
  #every = 1;
  readonly #total = { seen: 0, unread: 0, lost: 0 };

  next(): boolean {
    if (++this.#seen % this.#every === 0 && this.#told < TOLD) return true;
    this.#total.unread++;
    this.#total.lost++;
    return false;
  }

  weigh(key: number): number {
    this.#told++;
    let kind = this.#kinds.get(key);
    if (!kind) {
      if (this.#kinds.size >= KINDS) this.#kinds.clear();
      kind = { second: this.#second, n: 0, skipped: 0 };
      this.#kinds.set(key, kind);
    } else if (kind.second !== this.#second) {
      kind.second = this.#second;
      kind.n = 0;
    }
    kind.n++;
    if (this.#read < PER_SECOND || (kind.n <= OF_A_KIND && this.#read < MOST)) {
      this.#read++;
      const weight = 1 + kind.skipped;
      kind.skipped = 0;
      return weight;
    }
    this.#total.unread++;
    if (kind.n > OF_A_KIND) kind.skipped++;
    else this.#total.lost++;
    return 0;
  }

  /** For how many lines this one stands, of stream time `t` in seconds; 0 when it isn't to be read. */
  take(t: number, line: string): number {
    this.begin(t, 1);
    return this.next() ? this.weigh(kindOfText(line)) : 0;
  }

  /** Before `count` lines that came together; `gone` of them can't be read any more. */
  begin(t: number, count: number, gone = 0): void {
    this.#total.seen += count;
    this.#total.unread += gone;
    this.#total.lost += gone;
    const second = Math.floor(t);
    if (second === this.#second) return;
    this.#every = Math.max(1, Math.ceil(this.#seen / TOLD));
    this.#second = second;
    this.#seen = this.#told = this.#read = 0;
  }

  /** The share of lines that were read themselves. */
  get share(): number {
    const { seen, unread } = this.#total;
    return seen > 0 ? 1 - unread / seen : 1;
  }

  /** Lines that neither were read nor are counted with one that is. */
  get lost(): number {
    return this.#total.lost;
  }

  /** The share of lines that were read or counted with one that was. */
  get covered(): number {
    const { seen, lost } = this.#total;
    return seen > 0 ? 1 - lost / seen : 1;
  }
}
