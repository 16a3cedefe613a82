/** How often a byte stands in logs, roughly: the rarest pair of a text is looked for. */
function common(byte: number): number {
  const letter = String.fromCharCode(byte);
  const at = ' etaoinsrhdlucmfywgpbvk'.indexOf(letter);
  if (at >= 0) return 30 - at;
  if (byte >= 0x30 && byte <= 0x39) return 25;
  return '":,.-/=_[]'.includes(letter) ? 18 : 2;
}

/** Each `?` of a text as every digit: a handful of texts have one or two. */
const spelt = (text: string): string[] =>
  text.includes('?') ? [...'0123456789'].flatMap((digit) => spelt(text.replace('?', digit))) : [text];

const hash = (first: number, second: number, pair: number) => (pair ^ (first * 7919) ^ (second * 337)) & 0xffff;
/** The first node of the tree, and the mark of a text's end. */
const ROOT = 1;
const END = 65535;

/**
 * Finds the first of many texts in bytes. Four bytes of each, with the rarest pair, are looked for as Wu and Manber do
 * (TR-94-17): most of the text is passed three bytes at a time, with one look-up. What looks right is compared in a tree of all
 * texts. A regular expression of as many texts takes several times as long.
 */
export class Scanner {
  /** `?` is any digit; a line break at either end is the line's own. */
  readonly texts: readonly string[];
  #built = false;
  /** By pair of bytes: 0 where a text's four bytes may end, else how far to go on. */
  #shift = new Uint8Array();
  /** Whether any text has these four bytes, by a hash of them: a pair alone is met too often. */
  #fours = new Uint8Array();
  /** By pair: where in their texts the four bytes may stand. */
  #offsets: (number[] | undefined)[] = [];
  #next = new Uint16Array();
  #nodes = ROOT;

  constructor(texts: readonly string[]) {
    this.texts = texts;
  }

  /** The tables are made when the first bytes come: they take 20 ms, and a run without logs needs none. */
  #build(): void {
    this.#built = true;
    this.#shift = new Uint8Array(65536).fill(3);
    this.#fours = new Uint8Array(65536);
    this.#offsets = new Array(65536);
    this.#next = new Uint16Array(256 * 1024);
    for (const text of this.texts.flatMap(spelt)) this.#add(Buffer.from(text, 'utf8'));
  }

  #add(bytes: Uint8Array): void {
    if (bytes.length < 4) throw new TypeError('a text of a scanner has at least four bytes');
    let at = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i + 3 < bytes.length; i++) {
      const cost = common(bytes[i + 2]!) * common(bytes[i + 3]!);
      if (cost >= least) continue;
      least = cost;
      at = i;
    }
    const pair = (i: number) => (bytes[at + i]! << 8) | bytes[at + i + 1]!;
    for (let i = 0; i < 3; i++) this.#shift[pair(i)] = Math.min(this.#shift[pair(i)]!, 2 - i);
    this.#fours[hash(bytes[at]!, bytes[at + 1]!, pair(2))] = 1;
    this.#offsets[pair(2)] ??= [];
    if (!this.#offsets[pair(2)]!.includes(at)) this.#offsets[pair(2)]!.push(at);
    this.#grow(bytes);
  }

  #grow(bytes: Uint8Array): void {
    let node = ROOT;
    for (const [i, byte] of bytes.entries()) {
      const slot = node * 256 + byte;
      if (i === bytes.length - 1) this.#next[slot] = END;
      else if (this.#next[slot] === END) return;
      else if (this.#next[slot] === 0) {
        // Made first: a new node may move the whole tree.
        const made = this.#node();
        this.#next[slot] = made;
      }
      node = this.#next[slot]!;
    }
  }

  #node(): number {
    this.#nodes++;
    if ((this.#nodes + 1) * 256 > this.#next.length) {
      const wider = new Uint16Array(this.#next.length * 2);
      wider.set(this.#next);
      this.#next = wider;
    }
    return this.#nodes;
  }

  /** The same as a POSIX extended regular expression for one line. */
  get source(): string {
    return this.texts
      .map((text) =>
        text
          .replace(/[.*+^${}()|[\]\\]/g, '\\$&')
          .replaceAll('?', '[0-9]')
          .replace(/^\n/, '^')
          .replace(/\n$/, '$'),
      )
      .join('|');
  }

  /** Index of a byte inside the first text found between `from` and `to`, or -1. */
  find(bytes: Uint8Array, from: number, to: number): number {
    if (!this.#built) this.#build();
    const shift = this.#shift;
    const fours = this.#fours;
    for (let i = from + 3; i < to; ) {
      const pair = (bytes[i - 1]! << 8) | bytes[i]!;
      const step = shift[pair]!;
      if (step !== 0) i += step;
      else if (fours[hash(bytes[i - 3]!, bytes[i - 2]!, pair)] === 1 && this.#holds(bytes, pair, i - 3, from, to))
        return i;
      else i++;
    }
    return -1;
  }

  #holds(bytes: Uint8Array, pair: number, four: number, from: number, to: number): boolean {
    const next = this.#next;
    for (const offset of this.#offsets[pair]!) {
      const start = four - offset;
      if (start < from) continue;
      for (let node = ROOT, i = start; i < to && node !== 0; i++) {
        node = next[node * 256 + bytes[i]!]!;
        if (node === END) return true;
      }
    }
    return false;
  }
}
