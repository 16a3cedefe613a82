import { redact } from '../../lib/redact.ts';
import { type Entry, Joiner } from './entries.ts';
import { mayBeEvidence } from './prefilter.ts';
import { type LogTraits, readEntry } from './read.ts';
import { type Signature, sign } from './signature.ts';

/** Entries of new shapes that are read in a second of the stream; a flood of more is counted and told, not read. */
const MAX_READ = 2000;
const MAX_SHAPES = 10_000;

export interface LogFormat extends LogTraits {
  /** A declared pattern says what a line is: then no line can be passed over by its words. */
  all?: boolean;
}

/** One source's lines. */
interface Track {
  source: string;
  joiner: Joiner;
  stderr: boolean;
}

export interface IntakeOptions {
  ignored: (entry: string) => boolean;
  format?: LogFormat;
}

/** An entry that tells of a failure or a warning. */
export interface Evidence extends Signature {
  t: number;
  /** Redacted; only what is kept needs it. */
  text: () => string;
}

/** Digits that tell a level: of records' numbers and of HTTP statuses. All others only differ from line to line. */
const TELLING =
  /(?:evel\w*|rity\w*|lvl|tatus\w*|[Cc]ode)"?[:=] ?"?(\d{1,5})|" (\d{3})\b|\| +(\d{3}) +\||^<(\d{1,3})>|(?:^| )([1-5]\d\d) /gi;

/** What entries of one shape have in common, so that the next of it needs no reading. */
function shapeOf(text: string, stderr: boolean | undefined, carried: string | undefined): string {
  let told = '';
  TELLING.lastIndex = 0;
  for (let found = TELLING.exec(text), n = 0; found && n < 6; found = TELLING.exec(text), n++)
    told += ` ${found[1] ?? found[2] ?? found[3] ?? found[4] ?? found[5]}`;
  return `${text.slice(0, 4096).replace(/\d+/g, '0')}\n${told}${stderr ? ' e' : ''}${carried ?? ''}`;
}

/**
 * From raw lines to evidence: joins, leaves out what can't be evidence, reads level and signature. One for a version, so
 * that each line passes once.
 */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #all: boolean;
  readonly #tracks = new Map<string, Track>();
  /** Lines of one source mostly come together. */
  #last: Track | undefined;
  readonly #shapes = new Map<string, Signature | null>();
  readonly #take: (evidence: Evidence) => void;
  #second = Number.NaN;
  #read = 0;
  /** Entries that were counted and not read. */
  dropped = 0;

  constructor(options: IntakeOptions, take: (evidence: Evidence) => void) {
    this.#options = options;
    this.#all = options.format?.all === true;
    this.#take = take;
  }

  /** A raw line; `counts` is false during the warm-up, whose lines are joined and not judged. */
  line(source: string, t: number, line: string, counts: boolean): void {
    const track = source === this.#last?.source ? this.#last : this.#track(source);
    this.#last = track;
    const { joiner, stderr } = track;
    const marked = this.#all || mayBeEvidence(line, stderr);
    if (!marked && !joiner.isOpen) {
      joiner.pass(t, line);
      return;
    }
    const entry = joiner.push(t, line, marked);
    if (entry?.marked && counts) this.entry(source, entry);
  }

  #track(source: string): Track {
    const known = this.#tracks.get(source);
    if (known) return known;
    const made = { source, joiner: new Joiner(), stderr: source.endsWith(' stderr') };
    this.#tracks.set(source, made);
    return made;
  }

  flush(t: number, force = false): void {
    for (const { source, joiner } of this.#tracks.values()) {
      const entry = joiner.flush(t, force);
      if (entry?.marked) this.entry(source, entry);
    }
  }

  /** An entry that is whole. */
  entry(source: string, entry: Entry): void {
    const { t, text, carried } = entry;
    const stderr = entry.stderr ?? (source.endsWith(' stderr') || undefined);
    // A declared pattern may read any digit.
    const shape = this.#options.format?.pattern ? text : shapeOf(text, stderr, carried);
    let signature = this.#shapes.get(shape);
    if (signature === undefined) {
      if (!this.#mayRead(t)) return;
      signature = this.#sign(entry, stderr);
      if (this.#shapes.size >= MAX_SHAPES) this.#shapes.clear();
      this.#shapes.set(shape, signature);
    }
    if (signature && !this.#options.ignored(text)) this.#take({ ...signature, t, text: () => redact(text) });
  }

  #mayRead(t: number): boolean {
    const second = Math.floor(t);
    if (second !== this.#second) {
      this.#second = second;
      this.#read = 0;
    }
    if (++this.#read <= MAX_READ) return true;
    this.dropped++;
    return false;
  }

  /** Null where it tells of nothing wrong. */
  #sign({ text, carried }: Entry, stderr?: boolean): Signature | null {
    const traits = { ...this.#options.format, carried, stderr: stderr || this.#options.format?.stderr };
    const { level } = readEntry(text, traits);
    if (level === 'info' || level === 'unknown') return null;
    // Hidden before it is kept: signatures end in reports and baseline files.
    return sign(readEntry(redact(text), traits), level);
  }
}
