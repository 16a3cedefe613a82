import type { Entry } from '../logs/entries.ts';
import { type Evidence, Intake, type IntakeOptions } from '../logs/intake.ts';
import { HOLE } from '../logs/mask.ts';
import type { Signature } from '../logs/signature.ts';
import { Templates } from '../logs/templates.ts';
import type { KnownSignature } from './baseline.ts';
import { Bursts } from './bursts.ts';
import { getOrMake } from './maps.ts';
import { logBeta, logMix } from './math.ts';
import { LOG_RATIOS, passRatioLogE, rateLogE, rateTerm } from './rate.ts';
import type { NewSignature, Version } from './types.ts';

const BIN = 10;
/** Errors come in bursts even where the baseline was too short to show it: the assumption fades as it gets to show more. */
const leastFano = (seen: number) => 1 + 1 / (1 + seen / 50);
const MAX_TRACKED = 2000;

interface Known extends Signature {
  /** Where its words differ from time to time. */
  open: boolean[];
  oldBins: number;
  newBins: number;
  oldBin: number;
  newBin: number;
  lastSecond: Record<Version, number>;
}

interface Novel extends Signature {
  first: number;
  bin: number;
  hits: number;
  count: number;
  example: string;
  state: 'new' | 'maybe';
  nth: number;
}

export interface LogSpan {
  /** Seconds of log of the old version that count, and the same for the new, scaled to the old one's traffic. */
  old: number;
  new: number;
  /** New seconds on the clock over scaled ones. */
  scale: number;
  /** All seconds of the old log that was read, before and beside the new one. */
  written: number;
  concurrent: boolean;
  now: number;
  newSince: number;
}

/** Error lines: their rate, and signatures the old version never wrote. */
export class Logs {
  readonly #intakes: Record<Version, Intake>;
  /** What the old version wrote, and what only the new one did. */
  readonly #templates = { old: new Templates((into, from) => this.#join(into, from)), new: new Templates() };
  readonly #known = new Map<string, Known>();
  readonly #novel = new Map<string, Novel>();
  readonly #bursts = new Bursts();
  /** Distinct seconds a signature was seen in, summed: one fault that writes fifty lines is one event. */
  readonly errors = { old: 0, oldOverlap: 0, new: 0 };
  lines = { old: 0, new: 0 };
  /** One that can't be read says nothing of either version; of a new one known to be open, no line is a silence. */
  unread = false;
  readable = false;
  #overlapping = false;
  #nominated = 0;

  constructor(options: IntakeOptions) {
    const intake = (version: Version) => new Intake(options, (evidence) => this.#take(version, evidence));
    this.#intakes = { old: intake('old'), new: intake('new') };
  }

  /** Entries that came in a flood of new shapes, and were counted and not read. */
  get dropped(): number {
    return this.#intakes.old.dropped + this.#intakes.new.dropped;
  }

  /** A raw line; `counts` is false during the warm-up, whose lines are read and not judged. */
  add(version: Version, source: string, t: number, line: string, counts: boolean, overlapping: boolean): void {
    this.lines[version]++;
    this.#overlapping = overlapping;
    this.#intakes[version].line(source, t, line, counts);
  }

  /** An entry whose lines a source has joined and counted. */
  addEntry(version: Version, source: string, entry: Entry, counts: boolean, overlapping: boolean): void {
    this.#overlapping = overlapping;
    if (counts) this.#intakes[version].entry(source, entry);
  }

  flush(t: number, overlapping: boolean, force = false): void {
    this.#overlapping = overlapping;
    for (const intake of Object.values(this.#intakes)) intake.flush(t, force);
  }

  seedOld(signatures: KnownSignature[], errors: number): void {
    for (const { key, scope, level, words, bins } of signatures) {
      const known = this.#learn({ key, scope, words, level: level as Signature['level'] });
      known.oldBins += bins;
    }
    this.errors.old += errors;
  }

  #learn({ scope, key, words, level }: Signature): Known {
    const template = this.#templates.old.learn(scope, key, words);
    return getOrMake(this.#known, template.key, () => ({
      key: template.key,
      scope,
      words: template.words,
      open: template.open,
      level,
      oldBins: 0,
      newBins: 0,
      oldBin: Number.NaN,
      newBin: Number.NaN,
      lastSecond: { old: Number.NaN, new: Number.NaN },
    }));
  }

  /** Two signatures turned out to be one with a value in it. */
  #join(into: string, from: string): void {
    const [kept, gone] = [this.#known.get(into), this.#known.get(from)];
    if (!kept || !gone) return;
    kept.oldBins += gone.oldBins;
    kept.newBins += gone.newBins;
    this.#known.delete(from);
  }

  #take(version: Version, { t, text, ...signature }: Evidence): void {
    const { scope, key, words } = signature;
    const bin = Math.floor(t / BIN);
    const group = this.#templates.old.find(scope, key, words);
    let known = group && this.#known.get(group.key);
    if (version === 'old' && !known && this.#known.size < MAX_TRACKED) {
      known = this.#learn(signature);
      const mine = this.#templates.new.find(scope, key, words);
      if (mine) this.#novel.delete(mine.key); // both write it: not the release's doing
    }
    const second = Math.floor(t);
    const mine = known ? known.key : version === 'new' ? this.#templates.new.learn(scope, key, words).key : key;
    const fresh = known ? known.lastSecond[version] !== second : this.#freshSecond(mine, second);
    if (known) {
      known.lastSecond[version] = second;
      const field = version === 'old' ? 'oldBin' : 'newBin';
      if (known[field] !== bin) known[version === 'old' ? 'oldBins' : 'newBins']++;
      known[field] = bin;
    }
    if (signature.level !== 'warn') this.#count(version, second, this.#overlapping, fresh);
    if (version === 'new' && !known) this.#testify({ ...signature, key: mine }, t, bin, text);
  }

  readonly #seconds = new Map<string, number>();
  #freshSecond(key: string, second: number): boolean {
    const fresh = this.#seconds.get(key) !== second;
    if (this.#seconds.size > MAX_TRACKED) this.#seconds.clear();
    this.#seconds.set(key, second);
    return fresh;
  }

  #count(version: Version, second: number, overlapping: boolean, fresh: boolean): void {
    if (!fresh) return;
    this.errors[version]++;
    if (version === 'new') return;
    if (overlapping) this.errors.oldOverlap++;
    this.#bursts.add(second);
  }

  /** The first hit only nominates; hits in other ten-second bins testify. */
  #testify(signature: Signature, t: number, bin: number, text: () => string): void {
    const novel = this.#novel.get(signature.key);
    if (novel) {
      novel.count++;
      if (novel.bin !== bin) novel.hits++;
      novel.bin = bin;
      return;
    }
    if (this.#novel.size >= MAX_TRACKED) return;
    const near = this.#templates.old.near(signature.scope, signature.words);
    const gating = !near && signature.level !== 'warn';
    if (gating) this.#nominated++;
    const state = gating ? 'new' : 'maybe';
    this.#novel.set(signature.key, {
      ...signature,
      first: t,
      bin,
      hits: 0,
      count: 1,
      example: text().slice(0, 2000),
      state,
      nth: this.#nominated,
    });
  }

  /**
   * Ten-second bins after the first hit, and how many of them were hit. Known versions never wrote it for `before`
   * seconds, so its chance p in a bin has 1 - p ~ Beta(before/bin, 1): the law that an exponential prior on its rate
   * gives to whole bins. Against it stands a signature of any frequency (Jeffreys). A bin that is still open counts once
   * it is hit, which is when its outcome is known.
   */
  #novelLogE({ hits, first, bin }: Novel, span: LogSpan): number {
    if (hits === 0) return 0;
    const open = Math.floor(span.now / BIN);
    const bins = Math.max(hits, open - Math.floor(first / BIN) - (bin === open ? 0 : 1));
    const before = span.old * span.scale + Math.max(0, first - span.newSince);
    const missed = bins - hits;
    const b = before / BIN;
    const fresh = logBeta(hits + 0.5, missed + 0.5) - logBeta(0.5, 0.5);
    return fresh - (logBeta(hits + 1, missed + b) - logBeta(1, b));
  }

  /** Log e-value of "no signature is new": the j-th nominated has weight 1/(j(j+1)). */
  novelLogE(span: LogSpan): number {
    const gating = [...this.#novel.values()].filter((novel) => novel.state === 'new');
    let left = 1;
    const logs: number[] = [];
    const weights: number[] = [];
    for (const novel of gating) {
      const weight = 1 / (novel.nth * (novel.nth + 1));
      logs.push(this.#novelLogE(novel, span));
      weights.push(weight);
      left -= weight;
    }
    return logMix([...logs, 0], [...weights, Math.max(0, left)]);
  }

  #counts(span: LogSpan) {
    const k0 = span.concurrent ? this.errors.oldOverlap : this.errors.old;
    return { k: this.errors.new, n: span.new, k0, m: span.old };
  }

  /** Log e-value of "error lines are no more frequent", in all and signature by signature. */
  rateLogE(span: LogSpan): number {
    if (span.old <= 0 || span.new <= 0) return 0;
    const tolerated = span.concurrent ? 1 : 1.5;
    const phi = Math.max(leastFano(this.errors.old), this.#bursts.index(span.written));
    const ratios = LOG_RATIOS.filter((l) => l > tolerated);
    const whole = logMix(ratios.map((l) => rateTerm(this.#counts(span), l, tolerated) / phi));
    const apart = this.errorLines()
      .filter((known) => known.oldBins > 0)
      .map(({ oldBins, newBins }) =>
        rateLogE(
          { k: newBins, n: Math.max(newBins, span.new / BIN), k0: oldBins, m: Math.max(oldBins, span.old / BIN) },
          Math.max(1.5, tolerated),
          LOG_RATIOS,
        ),
      );
    return apart.length === 0 ? whole : logMix([whole, logMix(apart)]);
  }

  /** Log e-value of "error lines are three times as frequent, or one more in ten seconds". */
  passLogE(span: LogSpan): number {
    if (span.new <= 0) return 0;
    const { k, n, k0, m } = this.#counts(span);
    const phi = this.#bursts.index(span.written);
    const low = m > 0 ? Math.max(0, k0 - 2 * Math.sqrt(k0)) / m : 0;
    const bad = low + 1 / BIN;
    const absolute = logMix([0.02, 0.2, 0.5, 0.8].map((l) => (k * Math.log(l) + bad * n * (1 - l)) / phi));
    return Math.max(absolute, m > 0 ? passRatioLogE({ k, n, k0, m }, 3) / phi : 0);
  }

  signatures(span: LogSpan): NewSignature[] {
    return [...this.#novel.values()]
      .map((novel) => ({
        signature: novel.key,
        state: novel.state,
        level: novel.level,
        count: novel.count,
        example: novel.example,
        logE: this.#novelLogE(novel, span),
      }))
      .sort((a, b) => b.logE - a.logE || b.count - a.count);
  }

  /** Lines of errors that the old version wrote too. */
  errorLines(): Known[] {
    return [...this.#known.values()].filter(({ level }) => level !== 'warn');
  }

  /** What the old version wrote. */
  known(): KnownSignature[] {
    return [...this.#known.values()].map((one) => ({ ...kept(one), bins: one.oldBins }));
  }

  /** What the new version wrote, for a baseline of it. */
  written(): KnownSignature[] {
    const known = [...this.#known.values()].map((one) => ({ ...kept(one), bins: one.newBins }));
    const novel = [...this.#novel.values()].map((one) => ({ ...kept(one), bins: one.hits + 1 }));
    return [...known, ...novel].filter(({ bins }) => bins > 0);
  }
}

/** Of a signature what a baseline keeps; places of values stand as such. */
const kept = ({ key, scope, level, words, open }: Signature & { open?: boolean[] }) => ({
  key,
  scope,
  level,
  words: words.map((word, i) => (open?.[i] ? HOLE : word)),
});
