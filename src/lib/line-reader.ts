import { SeatrialError } from './errors.ts';

/** Reads one line of a list with a grammar of its own; an error names the line, the column and what was expected there. */
export class LineReader {
  readonly #text: string;
  readonly #line: number;
  at = 0;

  constructor(text: string, line: number) {
    this.#text = text;
    this.#line = line;
  }

  fail(expected: string, at = this.at): never {
    const found = this.#text.slice(at).split(/\s/)[0] || 'the end';
    throw new SeatrialError(
      'INPUT_INVALID',
      `line ${this.#line}, column ${at + 1}: expected ${expected}, found "${found}" in "${this.#text}".`,
    );
  }

  take(pattern: RegExp): string | undefined {
    const sticky = new RegExp(`\\s*(${pattern.source})`, 'y');
    sticky.lastIndex = this.at;
    const found = sticky.exec(this.#text);
    if (!found) return undefined;
    this.at = sticky.lastIndex;
    return found[1];
  }

  need(pattern: RegExp, expected: string): string {
    return this.take(pattern) ?? this.fail(expected, this.start);
  }

  get start(): number {
    return this.at + (/^\s*/.exec(this.#text.slice(this.at))?.[0].length ?? 0);
  }

  get done(): boolean {
    return this.start >= this.#text.length;
  }
}
