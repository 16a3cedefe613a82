import { clean } from '../logs/entries.ts';
import { readEntry } from '../logs/read.ts';
import { Sampler } from '../logs/sampler.ts';
import type { BaselineLine } from './baseline.ts';
import { RequestClock } from './companions.ts';
import { Shape } from './line-shape.ts';
import { getOrMake } from './maps.ts';
import { keysOf } from './shape.ts';
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
/** So many times as late as the old version's first one a line may come. */
const LEAD_FACTOR = 3;
const LEAST_QUIET = 5;
/** Lines of both versions that say how much either works. */
const LEAST_WORK = 8;
/** A log of which so much is looked at is as good as whole: lines can be told by requests. */
const WHOLE = 0.95;
/** Old lines of which an absence is no fault yet, and no PASS either. */
const LEAST_TOLD = 5;
/** Of a line without a steady rate: a silence a PASS waits for, as so many of its longest; longer ones are told only. */
const BURST_FACTOR = 3;
const LONGEST_WAIT = 240;
/** While so much of a silence is over that would be a FAIL, a PASS waits. */
const LEANS = 0.4;
const MAX_SHAPES = 4000;

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
  /** It comes too seldom at a time to be waited for: a PASS says so. */
  untold?: boolean;
}

/** Further lines of an entry: what a stack holds is no line of its own. */
const CONTINUES = /^(?:\s|at |Caused by|Suppressed|#\d|\}|\]|goroutine )/;
const EVIDENCE: readonly string[] = ['fatal', 'error', 'warn'];

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
  /** When either version last wrote any line, and for how long it wrote none at the most. */
  readonly #any = { old: { last: Number.NaN, gap: 0 }, new: { last: Number.NaN, gap: 0 } };
  #seededSeconds = 0;

  seed(lines: readonly BaselineLine[], seconds: number): void {
    this.#seededSeconds = seconds;
    for (const { key, example, rate, gap } of lines) {
      const shape = this.#of(key, example);
      shape.seeded = { rate, gap };
      shape.old = Math.round(rate * seconds);
    }
  }

  #of(key: string, example: string): Shape {
    return getOrMake(this.#shapes, key, () => new Shape(key, example));
  }

  /** A raw line; errors and warnings are other gates' to judge, and their absence is no fault. */
  add(version: Version, t: number, line: string): void {
    const weight = this.#samplers[version].take(t, line);
    if (weight > 0) this.#read(version, t, line, weight);
  }

  /** Lines that came together, `each` reads them; `gone` of them it can't. */
  addAll(version: Version, t: number, count: number, each: EachLine, gone = 0): void {
    const sampler = this.#samplers[version];
    sampler.begin(t, count, gone);
    each((at, line, weight) => this.#read(version, Math.min(at, t), line, weight), sampler);
  }

  #read(version: Version, t: number, line: string, weight: number): void {
    const text = clean(line);
    if (CONTINUES.test(text)) return;
    const any = this.#any[version];
    if (t - any.last > any.gap) any.gap = t - any.last;
    any.last = t;
    const { level, message } = readEntry(text);
    if (EVIDENCE.includes(level)) return;
    const keys = keysOf(message);
    if (keys.length === 0) return;
    if (this.#shapes.size >= MAX_SHAPES) this.#thin();
    for (const key of keys) this.#note(this.#of(key, text), version, t, weight);
  }

  #note(shape: Shape, version: Version, t: number, weight: number): void {
    if (version === 'old') {
      if (Number.isNaN(this.#oldFirst)) this.#oldFirst = t;
      this.#oldLast = t;
      shape.oldLine(t, weight);
      this.requests.line(shape.key, t);
      return;
    }
    shape.newLine(t, weight);
    this.requests.written(shape.key);
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
    return [...this.#shapes.values()].filter((shape) => shape.old >= LEAST_OLD && shape.regular);
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
   * How many times the old version's work the new one does, by lines that both write often: the median of their rates, the
   * lower one of two.
   */
  work(t: number, newSince: number): number {
    const ratios: number[] = [];
    for (const { old, seen } of this.#shapes.values())
      if (Math.min(old, seen) >= LEAST_WORK) ratios.push(seen / (t - newSince) / (old / this.#oldSeconds));
    ratios.sort((a, b) => a - b);
    return ratios.length === 0 ? 1 : ratios[Math.floor((ratios.length - 1) / 2)]!;
  }

  /**
   * Frequent old lines that the new version doesn't write now, those that fail first. `logBudget` is ln(alpha x
   * weight); `scale` is how much of the old version's requests come to the new one, undefined where it has none.
   */
  look(t: number, newSince: number, logBudget: number, scale: number | undefined, concurrent: boolean): MissingLine[] {
    const seconds = this.#oldSeconds;
    if (!(seconds > 0)) return [];
    const watched = this.#watched();
    // Of a flood only some lines are looked at, and not as many of both.
    const looked = this.#samplers.new.covered / Math.max(1e-6, this.#samplers.old.covered);
    const share = scale === undefined ? this.#share(watched, newSince) : scale * looked;
    // Where one is silent while the other one works, as with a leader and its deputy, a line tells no more than all of them.
    const turns = concurrent ? Math.min(this.#any.old.gap, this.#any.new.gap) : 0;
    const found = this.#untold(t - newSince, share, concurrent);
    for (const shape of watched) {
      const rate = shape.old / seconds;
      const low = Math.max(0, shape.old - 2 * Math.sqrt(shape.old)) / seconds;
      const runs = shape.seen + 1;
      const budget = logBudget - Math.log(watched.length) - Math.log(runs * (runs + 1));
      const quiet = t - this.#silentSince(shape, newSince, concurrent);
      // What the old version had stopped writing before, as lines of a start, is nobody's loss.
      const gone = Number.isNaN(shape.oldLast) ? 0 : this.#oldLast - shape.oldLast;
      const gap = Math.max(shape.oldGap, shape.seeded?.gap ?? 0, gone, turns);
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
        wait = Math.max((-budget * bursts) / (low * BY_CLOCK * share), (GAP_FACTOR * gap) / share, this.#lead(shape));
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

  /** Since when the new version could have written a line; while both run, not before the old one first did. */
  #silentSince({ seen, newLast, oldFirst }: Shape, newSince: number, concurrent: boolean): number {
    if (seen > 0) return Math.max(newLast, newSince);
    return concurrent && oldFirst > newSince ? oldFirst : newSince;
  }

  /** What the old version itself was silent of for a while, from its first line on, may come as late in the new one. */
  #lead({ oldFirst, seeded }: Shape): number {
    return seeded || Number.isNaN(oldFirst) ? 0 : LEAD_FACTOR * (oldFirst - this.#oldFirst);
  }

  /**
   * Old lines the new version has never written whose absence can't be a FAIL: too few of them were seen, or they came in
   * bursts of no law. A PASS waits for them, or says that they went unjudged.
   */
  #untold(quiet: number, share: number, concurrent: boolean): MissingLine[] {
    const found: MissingLine[] = [];
    for (const shape of this.#shapes.values()) {
      const { key, example, seen, old, oldSince, oldLast, oldFirst } = shape;
      if (seen > 0 || old < LEAST_TOLD || (old >= LEAST_OLD && shape.regular)) continue;
      const rate = old / this.#oldSeconds;
      if (rate * share < LEAST_RATE || (concurrent && oldSince < 0.25 * rate * quiet)) continue;
      const gap = Math.max(shape.oldGap, shape.seeded?.gap ?? 0, 1 / rate);
      // What the old version itself had stopped writing.
      if (
        !shape.seeded &&
        !concurrent &&
        this.#oldLast - oldLast > BURST_FACTOR * Math.max(gap, (oldLast - oldFirst) / old)
      )
        continue;
      const wait = Math.max(LEAST_QUIET, (BURST_FACTOR * gap) / share, quiet + 1 / (rate * share));
      const untold = BURST_FACTOR * gap > LONGEST_WAIT * share;
      const instead = this.#instead(shape, quiet, rate * share);
      found.push({ key, example, failed: false, perMinute: rate * 60, quiet, seen, wait, untold, instead });
    }
    return found;
  }

  /** The share of the old version's lines that were looked at or counted with one that was. */
  get covered(): number {
    return this.#samplers.old.covered;
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
      .filter(({ seen }) => seconds > 0 && (seen >= LEAST_OLD || (seen >= LEAST_TOLD && seen / seconds >= LEAST_RATE)))
      .map(({ key, example, seen, newFirst, newLast }) => ({
        key,
        example,
        rate: seen / seconds,
        // Its longest silence is not kept for the new version; twice the mean is what a Poisson stream exceeds at times.
        gap: Math.max((6 * (newLast - newFirst)) / seen, seconds - (newLast - newFirst)),
      }));
  }
}
