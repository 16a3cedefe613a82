import { clean } from '../logs/entries.ts';
import { readEntry } from '../logs/read.ts';
import { Sampler } from '../logs/sampler.ts';
import type { BaselineLine } from './baseline.ts';
import { RequestClock } from './companions.ts';
import { getOrMake } from './maps.ts';
import { shapeOf } from './shape.ts';
import type { EachLine, Version } from './types.ts';

/** Old lines a shape needs before its absence means anything. */
const LEAST_OLD = 20;
/** Lines a second a PASS waits for: six a minute. */
const LEAST_RATE = 0.1;
/** Half as often, by the clock, is tolerated; by requests, where one came with each, seven in ten. */
const BY_CLOCK = 0.5;
const BY_REQUESTS = 0.7;
/**
 * A silence must also be so many times the longest the old version kept. By the clock by much: what looks steady for
 * a hundred lines may still have long tails. By requests, where nothing else makes a line come, by little.
 */
const GAP_FACTOR = 10;
const REQUESTS_FACTOR = 3;
const LEAST_QUIET = 5;
/** A log of which so much is looked at is as good as whole: lines can be told by requests. */
const WHOLE = 0.95;
/** Gaps that a judgement of their law needs, and how far they may deviate. */
const LEAST_GAPS = 10;
const STEADY = 1.25;
/** While so much of a silence is over that would be a FAIL, a PASS waits. */
const LEANS = 0.4;
const MAX_SHAPES = 4000;

interface Shape {
  key: string;
  /** A line of it, as it came. */
  example: string;
  old: number;
  oldFirst: number;
  oldLast: number;
  oldGap: number;
  /** Gaps between the seconds it came in: how many, their sum and that of their squares. */
  gaps: { n: number; sum: number; squares: number };
  /** Of a baseline file: its rate stands for counts. */
  seeded?: { rate: number; gap: number };
  /** Old lines since the new version last wrote one. */
  oldSince: number;
  seen: number;
  newFirst: number;
  newLast: number;
}

export interface MissingLine {
  key: string;
  example: string;
  failed: boolean;
  /** What the old version wrote a minute, and for how long the new one has written none. */
  perMinute: number;
  quiet: number;
  seen: number;
  /** Where it came with each request of an endpoint: requests of it since the last line. */
  requests?: { endpoint: string; run: number };
  /** Seconds after which its absence would be a FAIL, at the least. */
  wait: number;
  /** A line that only the new version writes, as often as this one came. */
  instead?: string;
}

/** Further lines of an entry: what a stack holds is no line of its own. */
const CONTINUES = /^(?:\s|at |Caused by|Suppressed|#\d|\}|\]|goroutine )/;
const EVIDENCE: readonly string[] = ['fatal', 'error', 'warn'];

/**
 * Whether its gaps are such as chance makes of a steady rate: their deviation over their mean is 1 then. Of lines that
 * come when something happens, and then often, no silence is too long.
 */
function isRegular({ gaps: { n, sum, squares }, seeded }: Shape): boolean {
  if (n < LEAST_GAPS) return seeded !== undefined;
  const mean = sum / n;
  return Math.sqrt(Math.max(0, squares / n - mean * mean)) / mean <= STEADY;
}

/**
 * Frequent lines that are no errors, and whether they still come: a fault often leaves no error, only a line that is
 * never written again. Silences are judged as those of endpoints are; a silence and a shape each have a share.
 */
export class LineWatch {
  readonly #shapes = new Map<string, Shape>();
  readonly #samplers = { old: new Sampler(), new: new Sampler() };
  readonly requests = new RequestClock();
  #oldFirst = Number.NaN;
  #oldLast = Number.NaN;
  #seededSeconds = 0;

  seed(lines: readonly BaselineLine[], seconds: number): void {
    this.#seededSeconds = seconds;
    for (const { key, example, rate, gap } of lines) {
      const shape = this.#of(key, example, 0);
      shape.seeded = { rate, gap };
      shape.old = Math.round(rate * seconds);
    }
  }

  #of(key: string, example: string, t: number): Shape {
    return getOrMake(this.#shapes, key, () => ({
      key,
      example: example.slice(0, 300),
      old: 0,
      oldFirst: t,
      oldLast: Number.NaN,
      oldGap: 0,
      gaps: { n: 0, sum: 0, squares: 0 },
      oldSince: 0,
      seen: 0,
      newFirst: Number.NaN,
      newLast: Number.NaN,
    }));
  }

  /** A raw line; errors and warnings are other gates' to judge, and their absence is no fault. */
  add(version: Version, t: number, line: string): void {
    if (this.#samplers[version].take(t)) this.#read(version, t, line);
  }

  /** Lines that came together, `each` reads them. */
  addAll(version: Version, t: number, count: number, each: EachLine): void {
    const every = this.#samplers[version].every(t, count);
    if (every > 0) each((at, line) => this.#read(version, Math.min(at, t), line), every);
  }

  #read(version: Version, t: number, line: string): void {
    const text = clean(line);
    if (CONTINUES.test(text)) return;
    const { level, message } = readEntry(text);
    if (EVIDENCE.includes(level)) return;
    const shape = shapeOf(message);
    if (!shape) return;
    if (this.#shapes.size >= MAX_SHAPES) this.#thin();
    for (const key of shape.head === shape.whole ? [shape.whole] : [shape.whole, shape.head])
      this.#note(this.#of(key, text, t), version, t);
  }

  #note(shape: Shape, version: Version, t: number): void {
    if (version === 'old') {
      if (Number.isNaN(this.#oldFirst)) this.#oldFirst = t;
      this.#oldLast = t;
      shape.old++;
      shape.oldSince++;
      this.#gap(shape, t);
      this.requests.line(shape.key, t);
      return;
    }
    shape.seen++;
    shape.oldSince = 0;
    if (Number.isNaN(shape.newFirst)) shape.newFirst = t;
    shape.newLast = t;
    this.requests.written(shape.key);
  }

  /** Several in one second are one event. */
  #gap(shape: Shape, t: number): void {
    const gap = t - shape.oldLast;
    if (gap < 1) return;
    shape.oldLast = t;
    if (Number.isNaN(gap)) return;
    shape.oldGap = Math.max(shape.oldGap, gap);
    shape.gaps.n++;
    shape.gaps.sum += gap;
    shape.gaps.squares += gap * gap;
  }

  /** Shapes that came once or twice make room. */
  #thin(): void {
    for (const [key, { old, seen }] of this.#shapes) if (old + seen <= 2) this.#shapes.delete(key);
    if (this.#shapes.size >= MAX_SHAPES)
      for (const key of [...this.#shapes.keys()].slice(-500)) this.#shapes.delete(key);
  }

  get #oldSeconds(): number {
    const seen = Number.isNaN(this.#oldFirst) ? 0 : this.#oldLast - this.#oldFirst;
    return seen + this.#seededSeconds;
  }

  #watched(): Shape[] {
    return [...this.#shapes.values()].filter((shape) => shape.old >= LEAST_OLD && isRegular(shape));
  }

  /** How much of the old version's work the new one does, by the frequent lines that it writes; 1 where it writes none. */
  #share(watched: readonly Shape[], newSince: number): number {
    const ratios = watched
      .filter(({ seen }) => seen > 0)
      .map(({ seen, old, newLast }) => seen / Math.max(1, newLast - newSince) / (old / this.#oldSeconds))
      .sort((a, b) => a - b);
    return ratios.length === 0 ? 1 : Math.min(1, ratios[Math.floor(ratios.length / 2)]!);
  }

  /**
   * Frequent old lines that the new version doesn't write now, those that fail first. `logBudget` is ln(alpha x
   * weight); `scale` is how much of the old version's requests come to the new one, undefined where it has none.
   */
  look(t: number, newSince: number, logBudget: number, scale: number | undefined, concurrent: boolean): MissingLine[] {
    const seconds = this.#oldSeconds;
    const watched = this.#watched();
    if (watched.length === 0 || !(seconds > 0)) return [];
    // Of a busy log only some lines are looked at, and not as many of both.
    const looked = this.#samplers.new.share / Math.max(1e-6, this.#samplers.old.share);
    const share = scale === undefined ? this.#share(watched, newSince) : scale * looked;
    const found: MissingLine[] = [];
    for (const shape of watched) {
      const rate = shape.old / seconds;
      const low = Math.max(0, shape.old - 2 * Math.sqrt(shape.old)) / seconds;
      const runs = shape.seen + 1;
      const budget = logBudget - Math.log(watched.length) - Math.log(runs * (runs + 1));
      const quiet = t - (shape.seen > 0 ? Math.max(shape.newLast, newSince) : newSince);
      // What the old version had stopped writing before, as lines of a start, is nobody's loss.
      const gone = concurrent || Number.isNaN(shape.oldLast) ? 0 : this.#oldLast - shape.oldLast;
      const gap = Math.max(shape.oldGap, shape.seeded?.gap ?? 0, gone);
      const oldToo = concurrent && shape.oldSince < 0.25 * rate * Math.min(quiet, this.#oldLast - newSince);
      const tied = this.#samplers.new.share > WHOLE ? this.requests.run(shape.key) : undefined;
      let failed: boolean;
      let wait: number;
      if (tied) {
        failed = tied.run * Math.log1p(-tied.share * BY_REQUESTS) <= budget && tied.run > REQUESTS_FACTOR * tied.gap;
        wait = LEAST_QUIET;
      } else {
        // Lines that come in bursts tell less than their number says.
        const bursts = this.requests.bursts(shape.key);
        wait = Math.max((-budget * bursts) / (low * BY_CLOCK * share), (GAP_FACTOR * gap) / share);
        failed = quiet >= wait;
      }
      failed &&= quiet >= LEAST_QUIET && !oldToo;
      const { key, example, seen } = shape;
      const idle = seen > 0 && (tied ? tied.run <= REQUESTS_FACTOR * Math.max(1, tied.gap) : quiet < LEANS * wait);
      if (idle || oldToo || (!failed && seen === 0 && rate * share < LEAST_RATE)) continue;
      const requests = tied && { endpoint: tied.endpoint, run: tied.run };
      const instead = this.#instead(shape, t - newSince, rate * share);
      found.push({
        key,
        example,
        failed: failed && !instead,
        perMinute: rate * 60,
        quiet,
        seen,
        requests,
        wait,
        instead,
      });
    }
    // The whole line says more than the words it begins with.
    return found.sort(
      (a, b) => Number(b.failed) - Number(a.failed) || b.perMinute - a.perMinute || b.key.length - a.key.length,
    );
  }

  /** A line only the new version writes, about as often, with a word in common: the same thing said otherwise. */
  #instead(gone: Shape, seconds: number, rate: number): string | undefined {
    if (gone.seen > 0) return undefined;
    const words = new Set(gone.key.toLowerCase().split(' '));
    for (const { key, old, seen, example } of this.#shapes.values()) {
      if (old > 0 || seen < Math.max(5, 0.5 * rate * seconds)) continue;
      if (
        key
          .toLowerCase()
          .split(' ')
          .some((word) => word.length > 3 && words.has(word))
      )
        return example;
    }
    return undefined;
  }

  /** What the new version writes often, for a baseline of it. */
  written(seconds: number): BaselineLine[] {
    return [...this.#shapes.values()]
      .filter(({ seen }) => seen >= LEAST_OLD && seconds > 0)
      .map(({ key, example, seen, newFirst, newLast }) => ({
        key,
        example,
        rate: seen / seconds,
        // Its longest silence is not kept for the new version; twice the mean is what a Poisson stream exceeds at times.
        gap: Math.max((6 * (newLast - newFirst)) / seen, seconds - (newLast - newFirst)),
      }));
  }
}
