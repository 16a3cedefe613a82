import { createHours } from '../../lib/hours.ts';
import type { Threshold } from '../thresholds.ts';
import { neededFor, UNREAD } from './needed.ts';
import { shareLogE } from './rate.ts';
import type { Check, CheckState, JudgeEvent } from './types.ts';

/** Seconds of the window whose breaks `for 5m` looks at. */
const WINDOW = 10;
/** A gauge that has not been read for so long says nothing of now. */
const STALE = 60;
/** What "no errors at all" is held to: nothing seen proves no more than a rate this small. */
const ALMOST_NONE = 0.001;

interface Streak {
  since: number;
  k: number;
  n: number;
}
const streak = (since: number): Streak => ({ since, k: 0, n: 0 });

/** One absolute threshold of the new version: judged inside its hours, with `for` only when nothing broke it. */
export class Limit {
  readonly threshold: Threshold;
  readonly #inHours: (t: number) => boolean;
  #total = streak(Number.NaN);
  #good: Streak | undefined;
  #bad: Streak | undefined;
  #window: { second: number; k: number; n: number }[] = [];
  #last = Number.NaN;
  #lastValue = Number.NaN;
  #worstValue = Number.NaN;
  #failedText: string | undefined;

  constructor(threshold: Threshold) {
    this.threshold = threshold;
    const within = threshold.hours ? createHours(threshold.hours) : () => true;
    this.#inHours = (t) => within(t * 1000);
  }

  get #isShare(): boolean {
    return this.threshold.metric === 'error-rate' || this.threshold.tail !== undefined;
  }

  get #p0(): number {
    return this.threshold.tail ?? Math.max(this.threshold.limit, ALMOST_NONE);
  }

  take(event: JudgeEvent): void {
    const { metric, tail, limit, op } = this.threshold;
    if (event.kind === 'request' && this.#isShare) {
      // Failed answers are fast or hang; latency is that of the good ones.
      if (tail !== undefined && (!event.ok || Number.isNaN(event.ms))) return;
      if (this.#enter(event.t))
        this.#takeShare(event.t, tail === undefined ? !event.ok : op === '<' ? event.ms >= limit : event.ms > limit);
    } else if (event.kind === 'gauge' && event.name === metric) {
      if (this.#enter(event.t)) this.#takeGauge(event.t, event.value);
    }
  }

  /** Leaving the hours ends both streaks; what was seen inside stays. */
  #enter(t: number): boolean {
    if (this.#inHours(t)) return true;
    this.#good = undefined;
    this.#bad = undefined;
    this.#window = [];
    return false;
  }

  /** Silence that breaks what is to hold without a break: nothing seen is nothing held. */
  get #gap(): number {
    return Math.min(STALE, Math.max(WINDOW, this.threshold.forMs / 2000));
  }

  #takeShare(t: number, hit: boolean): void {
    if (t - this.#last > this.#gap) this.#good = undefined;
    this.#last = t;
    this.#good ??= streak(t);
    const second = Math.floor(t);
    if (this.#window.at(-1)?.second !== second) this.#window.push({ second, k: 0, n: 0 });
    for (const part of [this.#total, this.#good, this.#bad, this.#window.at(-1)]) {
      if (!part) continue;
      part.n++;
      if (hit) part.k++;
    }
  }

  #takeGauge(t: number, value: number): void {
    const { op, limit } = this.threshold;
    const holds =
      op === '<=' ? value <= limit : op === '<' ? value < limit : op === '>=' ? value >= limit : value > limit;
    const upward = op.startsWith('<');
    if (t - this.#last > this.#gap) this.#good = this.#bad = undefined;
    this.#last = t;
    this.#lastValue = value;
    if (Number.isNaN(this.#worstValue) || (upward ? value > this.#worstValue : value < this.#worstValue))
      this.#worstValue = value;
    this.#total.n++;
    if (holds) {
      this.#good ??= streak(t);
      this.#good.n++;
      this.#bad = undefined;
      return;
    }
    this.#total.k++;
    this.#bad ??= streak(t);
    this.#good = undefined;
    if (t - this.#bad.since >= this.threshold.forMs / 1000) this.#failedText ??= this.#crossed(value);
  }

  #crossed(value: number): string {
    const shown = this.#show(value);
    return `${this.threshold.text}: ${this.threshold.tail === undefined ? `it was ${shown}` : shown}`;
  }

  #show(value: number): string {
    const { metric, tail } = this.threshold;
    if (tail !== undefined)
      return `${(value * 100).toFixed(2)} % of answers were slower (${(tail * 100).toFixed(tail < 0.01 ? 2 : 0)} % allowed)`;
    return ['error-rate', 'cpu', 'memory'].includes(metric)
      ? `${(value * 100).toFixed(2)} %`
      : String(Number(value.toPrecision(4)));
  }

  /** Windows of ten seconds: one clearly over the limit breaks the good streak, one under it ends the bad. */
  #breaks(t: number): void {
    while (this.#window.length > 0 && this.#window[0]!.second < t - WINDOW) this.#window.shift();
    const k = this.#window.reduce((sum, part) => sum + part.k, 0);
    const n = this.#window.reduce((sum, part) => sum + part.n, 0);
    if (n === 0) {
      this.#bad = undefined;
      if (t - this.#last > this.#gap) this.#good = undefined;
      return;
    }
    if (k / n <= this.threshold.limit && this.threshold.tail === undefined) this.#bad = undefined;
    else if (this.threshold.tail !== undefined && k / n <= this.#p0) this.#bad = undefined;
    else this.#bad ??= { since: Math.max(t - WINDOW, this.#window[0]!.second), k, n };
    if (shareLogE(k, n, this.#p0, 'above') >= Math.log(20) || (this.threshold.limit === 0 && k > 0))
      this.#good = undefined;
  }

  /** The state at stream time `t`; `logAlpha` and `logBeta` are ln(1/alpha) of this threshold and ln(1/beta). */
  look(t: number, logAlpha: number, logBeta: number): { state: CheckState; check: Check; text: string } {
    const { threshold } = this;
    const wait = threshold.forMs / 1000;
    const share = this.#total.n > 0 ? this.#total.k / this.#total.n : Number.NaN;
    const check: Check = { gate: `threshold ${threshold.text}`, state: 'open', samples: this.#total.n };
    if (this.#isShare) {
      if (threshold.forMs > 0) this.#breaks(t);
      const certain = threshold.metric === 'error-rate' && threshold.limit === 0 && this.#total.k > 0;
      check.new = Number.isNaN(share) ? undefined : this.#show(share);
      if (this.#p0 < 1 && this.#total.n > 0) {
        const judged = threshold.forMs > 0 ? this.#bad : this.#total;
        check.logE = judged ? shareLogE(judged.k, judged.n, this.#p0, 'above') : 0;
        check.failAt = logAlpha;
        const since = threshold.forMs > 0 ? (this.#bad?.since ?? t) : t;
        if ((check.logE >= logAlpha || certain) && t - since >= wait) this.#failedText ??= this.#crossed(share);
        const calm = threshold.forMs > 0 ? this.#good : this.#total;
        check.passLogE = calm ? shareLogE(calm.k, calm.n, this.#p0, 'below') : 0;
        check.passAt = logBeta;
        check.needed = neededFor((extra) => {
          // What is still to come is taken to go on as it did, or to keep to half the limit where that is less.
          const share = calm ? Math.min(calm.k / Math.max(1, calm.n), this.#p0 / 2) : 0;
          return shareLogE((calm?.k ?? 0) + extra * share, (calm?.n ?? 0) + extra, this.#p0, 'below');
        }, logBeta);
        if (check.passLogE >= logBeta && (wait === 0 || (calm !== undefined && this.#last - calm.since >= wait)))
          check.state = 'pass';
      } else if (this.#p0 >= 1) check.state = 'pass';
    } else {
      check.new = Number.isNaN(this.#lastValue)
        ? undefined
        : `${this.#show(this.#lastValue)} (worst ${this.#show(this.#worstValue)})`;
      const fresh = t - this.#last <= STALE;
      if (this.#good && fresh && this.#last - this.#good.since >= wait && this.#good.n > 0) check.state = 'pass';
    }
    if (this.#total.n === 0) check.note = UNREAD;
    if (this.#failedText) check.state = 'fail';
    else if (!this.#inHours(t) && check.state !== 'pass') {
      check.state = 'skipped';
      check.note = 'outside its hours';
    } else if (check.state === 'open' && wait > 0 && this.#good) {
      const held = Math.max(0, this.#last - this.#good.since);
      check.note = `held for ${Math.floor(held)} s of ${wait} s`;
      const rate = this.#good.n / Math.max(1, held);
      check.needed = Math.max(check.needed ?? 0, Math.ceil(rate * (wait - held)));
    }
    return { state: check.state, check, text: this.#failedText ?? '' };
  }
}
