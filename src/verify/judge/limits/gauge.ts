import type { Threshold } from '../../thresholds.ts';
import { UNREAD } from '../needed.ts';
import type { Check, JudgeEvent } from '../types.ts';
import { gapOf, heldNote, hoursOf, type Limit, STALE, shown } from './limit.ts';

/** Seconds over which requests a second are counted. */
const RPS_SECONDS = 60;

interface Streak {
  since: number;
  n: number;
}

const within = (value: number, { op, limit }: Threshold) =>
  op === '<=' ? value <= limit : op === '<' ? value < limit : op === '>=' ? value >= limit : value > limit;

/** A limit on readings: CPU, memory, figures of stores. Crossed when a reading is beyond it, with `for` while all are. */
export class GaugeLimit implements Limit {
  readonly threshold: Threshold;
  readonly #inHours: (t: number) => boolean;
  #good: Streak | undefined;
  #bad: Streak | undefined;
  #n = 0;
  #last = Number.NaN;
  #lastValue = Number.NaN;
  #worst = Number.NaN;
  #failed: string | undefined;

  constructor(threshold: Threshold) {
    this.threshold = threshold;
    this.#inHours = hoursOf(threshold);
  }

  take(event: JudgeEvent, _: string): void {
    if (event.kind === 'gauge' && event.name === this.threshold.metric) this.read(event.t, event.value);
  }

  read(t: number, value: number): void {
    if (!this.#inHours(t)) {
      this.#good = this.#bad = undefined;
      return;
    }
    if (t - this.#last > gapOf(this.threshold)) this.#good = this.#bad = undefined;
    this.#last = t;
    this.#lastValue = value;
    const upward = this.threshold.op.startsWith('<');
    if (Number.isNaN(this.#worst) || (upward ? value > this.#worst : value < this.#worst)) this.#worst = value;
    this.#n++;
    if (within(value, this.threshold)) {
      this.#good ??= { since: t, n: 0 };
      this.#good.n++;
      this.#bad = undefined;
      return;
    }
    this.#bad ??= { since: t, n: 0 };
    this.#good = undefined;
    const { text, forMs } = this.threshold;
    if (t - this.#bad.since >= forMs / 1000) this.#failed ??= `${text}: it was ${shown(this.threshold, value)}`;
  }

  look(t: number): { check: Check; text: string } {
    const { threshold } = this;
    const wait = threshold.forMs / 1000;
    const check: Check = { gate: `threshold ${threshold.text}`, state: 'open', samples: this.#n };
    if (this.#n === 0) check.note = UNREAD;
    else check.new = `${shown(threshold, this.#lastValue)} (worst ${shown(threshold, this.#worst)})`;
    if (this.#failed) check.state = 'fail';
    // A figure that ended says nothing of now.
    else if (this.#good && t - this.#last <= STALE && this.#last - this.#good.since >= wait) check.state = 'pass';
    else if (!this.#inHours(t)) Object.assign(check, { state: 'skipped', note: 'outside its hours' });
    else if (this.#n > 0 && t - this.#last > STALE) {
      check.note = `no figure came for ${Math.round(t - this.#last)} s`;
    } else if (wait > 0 && this.#good) {
      const held = Math.max(0, this.#last - this.#good.since);
      heldNote(check, held, wait, this.#good.n / Math.max(1, held));
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
