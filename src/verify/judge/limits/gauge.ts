import type { Threshold } from '../../thresholds.ts';
import { getOrMake } from '../maps.ts';
import { UNREAD } from '../needed.ts';
import type { Check, JudgeEvent } from '../types.ts';
import { gapOf, heldNote, hoursOf, type Limit, STALE, shown } from './limit.ts';

/** No series counts as ended before so many seconds: stores scrape and answer at their own pace. */
const LEAST_STALE = 15;
/** Seconds over which requests a second are counted. */
const RPS_SECONDS = 60;

interface Streak {
  since: number;
  n: number;
}

const within = (value: number, { op, limit }: Threshold) =>
  op === '<=' ? value <= limit : op === '<' ? value < limit : op === '>=' ? value >= limit : value > limit;

/** Readings of one series: how long they kept to the limit, or were beyond it. */
class Readings {
  good: Streak | undefined;
  bad: Streak | undefined;
  last = Number.NaN;
  value = Number.NaN;
  /** Longest time between two readings. */
  #interval = 0;

  take(t: number, value: number, holds: boolean, gap: number): void {
    if (t - this.last > gap) this.good = this.bad = undefined;
    if (t > this.last) this.#interval = Math.max(this.#interval, Math.min(gap, t - this.last));
    this.last = t;
    this.value = value;
    if (holds) {
      this.good ??= { since: t, n: 0 };
      this.good.n++;
      this.bad = undefined;
    } else {
      this.bad ??= { since: t, n: 0 };
      this.good = undefined;
    }
  }

  /** A series that ended says nothing of now: it is as old as three of its own intervals, or a minute at the most. */
  isStale(t: number): boolean {
    return t - this.last > Math.min(STALE, Math.max(LEAST_STALE, 3 * this.#interval));
  }
}

/**
 * A limit on readings: CPU, memory, figures of stores. Crossed when a reading is beyond it, with `for` while all are.
 * Several series are judged each by itself: the worst of them counts.
 */
export class GaugeLimit implements Limit {
  readonly threshold: Threshold;
  readonly #inHours: (t: number) => boolean;
  readonly #series = new Map<string, Readings>();
  #n = 0;
  #worst = Number.NaN;
  #failed: string | undefined;

  constructor(threshold: Threshold) {
    this.threshold = threshold;
    this.#inHours = hoursOf(threshold);
  }

  take(event: JudgeEvent, _: string): void {
    if (event.kind === 'gauge' && event.name === this.threshold.metric) this.read(event.t, event.value, event.series);
  }

  read(t: number, value: number, series = ''): void {
    if (!this.#inHours(t)) {
      this.#series.clear();
      return;
    }
    const readings = getOrMake(this.#series, series, () => new Readings());
    const upward = this.threshold.op.startsWith('<');
    if (Number.isNaN(this.#worst) || (upward ? value > this.#worst : value < this.#worst)) this.#worst = value;
    this.#n++;
    readings.take(t, value, within(value, this.threshold), gapOf(this.threshold));
    const { text, forMs } = this.threshold;
    if (readings.bad && t - readings.bad.since >= forMs / 1000) {
      const which = series && this.#series.size > 1 ? ` of ${series.slice(0, 100)}` : '';
      this.#failed ??= `${text}: it was ${shown(this.threshold, value)}${which}`;
    }
  }

  look(t: number): { check: Check; text: string } {
    const { threshold } = this;
    const wait = threshold.forMs / 1000;
    const check: Check = { gate: `threshold ${threshold.text}`, state: 'open', samples: this.#n };
    const all = [...this.#series.values()];
    // A replica that left is not waited for as long as another one speaks.
    const fresh = all.filter((one) => !one.isStale(t));
    const latest = (fresh.length > 0 ? fresh : all).map(({ value }) => value);
    if (this.#n === 0) check.note = UNREAD;
    else if (latest.length > 0) {
      const now = threshold.op.startsWith('<') ? Math.max(...latest) : Math.min(...latest);
      check.new = `${shown(threshold, now)} (worst ${shown(threshold, this.#worst)})`;
    }
    const held = fresh.map(({ good, last }) => (good ? last - good.since : -1));
    const shortest = held.length > 0 ? Math.min(...held) : -1;
    if (this.#failed) check.state = 'fail';
    else if (shortest >= wait && shortest >= 0) check.state = 'pass';
    else if (!this.#inHours(t)) Object.assign(check, { state: 'skipped', note: 'outside its hours' });
    else if (this.#n > 0 && fresh.length === 0) {
      const last = Math.max(...all.map((one) => one.last));
      check.note = `no figure came for ${Math.round(t - last)} s`;
    } else if (wait > 0 && shortest >= 0) {
      const n = Math.min(...fresh.map(({ good }) => good?.n ?? 0));
      heldNote(check, shortest, wait, n / Math.max(1, shortest));
    }
    return { check, text: this.#failed ?? '' };
  }
}

/** Requests a second of the new version, over the last minute. */
export class RateLimit implements Limit {
  readonly threshold: Threshold;
  readonly #gauge: GaugeLimit;
  #seconds: { second: number; n: number }[] = [];
  #since = Number.NaN;
  #read = Number.NaN;

  constructor(threshold: Threshold) {
    this.threshold = threshold;
    this.#gauge = new GaugeLimit(threshold);
  }

  take(event: JudgeEvent, endpoint: string): void {
    // Any event of the new version starts the clock: one that answers nothing at all has a rate too.
    if (Number.isNaN(this.#since)) this.#since = event.t;
    const { endpoint: only } = this.threshold;
    if (event.kind !== 'request' || (only !== undefined && only !== endpoint)) return;
    const second = Math.floor(event.t);
    const last = this.#seconds.at(-1);
    if (last?.second === second) last.n++;
    else this.#seconds.push({ second, n: 1 });
  }

  look(t: number): { check: Check; text: string } {
    while (this.#seconds.length > 0 && this.#seconds[0]!.second < t - RPS_SECONDS) this.#seconds.shift();
    if (t - this.#since >= RPS_SECONDS && t !== this.#read) {
      this.#read = t;
      this.#gauge.read(t, this.#seconds.reduce((sum, { n }) => sum + n, 0) / RPS_SECONDS);
    }
    const found = this.#gauge.look(t);
    if (Number.isNaN(this.#read)) found.check.note = `counted over ${RPS_SECONDS} s, which are not over yet`;
    return found;
  }
}
