import type { Threshold } from '../../thresholds.ts';
import { neededFor, UNREAD } from '../needed.ts';
import { shareLogE } from '../rate.ts';
import type { Check, JudgeEvent } from '../types.ts';
import { gapOf, heldNote, hoursOf, type Limit, shown } from './limit.ts';

/** Seconds of the window whose breaks a PASS with `for` looks at. */
const WINDOW = 10;
/** What "no errors at all" is held to: nothing seen proves no more than a rate this small. */
const ALMOST_NONE = 0.001;
/** A part of the time is surely below the limit when so few hits had less than this chance at the limit. */
const SURE = 0.01;

interface Streak {
  since: number;
  k: number;
  n: number;
}
const streak = (since: number): Streak => ({ since, k: 0, n: 0 });
const sum = (parts: readonly { k: number; n: number }[]) =>
  parts.reduce((all, { k, n }) => ({ k: all.k + k, n: all.n + n }), { k: 0, n: 0 });

/** ln P(Bin(n, p) <= k), from the largest term down. */
function logAtMost(k: number, n: number, p: number): number {
  // ln C(n, i) + i ln p + (n - i) ln(1 - p), by steps from i = 0.
  let log = n * Math.log1p(-p);
  let total = log;
  for (let i = 1; i <= k; i++) {
    log += Math.log((n - i + 1) / i) + Math.log(p / (1 - p));
    total = Math.max(total, log) + Math.log1p(Math.exp(-Math.abs(total - log)));
  }
  return total;
}

/**
 * A limit on a share of requests: failed ones, or those slower than a quantile allows. Without `for` it is crossed
 * when that is sure at any look. With `for` it means what it means in Prometheus: the share measured is beyond the limit for
 * that long without a break. The measure is the share over that time; a part of it that is surely below is a break.
 */
export class ShareLimit implements Limit {
  readonly threshold: Threshold;
  readonly #inHours: (t: number) => boolean;
  readonly #total = streak(Number.NaN);
  #good: Streak | undefined;
  /** Seconds of the last `for`, and since when they came without a gap. */
  #seconds: { second: number; k: number; n: number }[] = [];
  #since = Number.NaN;
  #last = Number.NaN;
  #failed: string | undefined;

  constructor(threshold: Threshold) {
    this.threshold = threshold;
    this.#inHours = hoursOf(threshold);
  }

  get #p0(): number {
    return this.threshold.tail ?? Math.max(this.threshold.limit, ALMOST_NONE);
  }

  take(event: JudgeEvent, endpoint: string): void {
    const { tail, limit, op, endpoint: only } = this.threshold;
    if (event.kind !== 'request' || (only !== undefined && only !== endpoint)) return;
    // Failed answers are fast or hang; latency is that of the good ones.
    if (tail !== undefined && (!event.ok || Number.isNaN(event.ms))) return;
    const { t } = event;
    if (!this.#inHours(t)) {
      // Leaving the hours ends what held; what was seen inside stays.
      this.#good = undefined;
      this.#seconds = [];
      this.#since = Number.NaN;
      return;
    }
    const hit = tail === undefined ? !event.ok : op === '<' ? event.ms >= limit : event.ms > limit;
    this.#add(t, hit);
  }

  #add(t: number, hit: boolean): void {
    if (!(t - this.#last <= gapOf(this.threshold))) {
      this.#good = undefined;
      this.#seconds = [];
      this.#since = t;
    }
    if (Number.isNaN(this.#since)) this.#since = t;
    this.#last = t;
    this.#good ??= streak(t);
    const second = Math.floor(t);
    if (this.#seconds.at(-1)?.second !== second) this.#seconds.push({ second, k: 0, n: 0 });
    for (const part of [this.#total, this.#good, this.#seconds.at(-1)!]) {
      part.n++;
      if (hit) part.k++;
    }
  }

  /** With `for`: whether the share was beyond the limit all the time, and whether what held so far broke. */
  #refresh(t: number): boolean {
    const { forMs } = this.threshold;
    const span = Math.max(WINDOW, forMs / 1000);
    while (this.#seconds.length > 0 && this.#seconds[0]!.second < t - span) this.#seconds.shift();
    if (t - this.#last > gapOf(this.threshold)) {
      this.#good = undefined;
      return false;
    }
    const recent = sum(this.#seconds.filter(({ second }) => second >= t - WINDOW));
    const certain = this.threshold.tail === undefined && this.threshold.limit === 0 && recent.k > 0;
    if (certain || shareLogE(recent.k, recent.n, this.#p0, 'above') >= Math.log(20)) this.#good = undefined;
    const all = sum(this.#seconds);
    if (t - this.#since < forMs / 1000 || all.n === 0 || all.k / all.n <= this.#bar) return false;
    const part = Math.max(WINDOW, span / 10);
    for (let from = t - span; from < t; from += part) {
      const { k, n } = sum(this.#seconds.filter(({ second }) => second >= from && second < from + part));
      if (n > 0 && k / n <= this.#bar && logAtMost(k, n, this.#p0) < Math.log(SURE)) return false;
    }
    return true;
  }

  get #bar(): number {
    return this.threshold.tail ?? this.threshold.limit;
  }

  look(t: number, logAlpha: number, logBeta: number): { check: Check; text: string } {
    const { threshold } = this;
    const wait = threshold.forMs / 1000;
    const { k, n } = this.#total;
    const check: Check = { gate: `threshold ${threshold.text}`, state: 'open', samples: n };
    if (n === 0) check.note = UNREAD;
    else if (this.#p0 >= 1) check.state = 'pass';
    else this.#judge(check, t, logAlpha, logBeta);
    if (n > 0) check.new = this.#shown(k / n);
    if (this.#failed) check.state = 'fail';
    else if (!this.#inHours(t) && check.state !== 'pass')
      Object.assign(check, { state: 'skipped', note: 'outside its hours' });
    else if (check.state === 'open' && wait > 0 && this.#good) {
      const held = Math.max(0, this.#last - this.#good.since);
      heldNote(check, held, wait, this.#good.n / Math.max(1, held));
    }
    return { check, text: this.#failed ?? '' };
  }

  #judge(check: Check, t: number, logAlpha: number, logBeta: number): void {
    const wait = this.threshold.forMs / 1000;
    const { k, n } = this.#total;
    if (wait > 0) {
      const held = this.#refresh(t);
      const all = sum(this.#seconds);
      if (held) this.#failed ??= `${this.#crossed(all.k / all.n)}, for ${wait} s`;
    } else {
      check.logE = shareLogE(k, n, this.#p0, 'above');
      check.failAt = logAlpha;
      const certain = this.threshold.tail === undefined && this.threshold.limit === 0 && k > 0;
      if (certain || check.logE >= logAlpha) this.#failed ??= this.#crossed(k / n);
    }
    const calm = wait > 0 ? this.#good : this.#total;
    check.passLogE = calm ? shareLogE(calm.k, calm.n, this.#p0, 'below') : 0;
    check.passAt = logBeta;
    check.needed = neededFor((extra) => {
      // What is still to come is taken to go on as it did, or to keep to half the limit where that is less.
      const share = calm ? Math.min(calm.k / Math.max(1, calm.n), this.#p0 / 2) : 0;
      return shareLogE((calm?.k ?? 0) + extra * share, (calm?.n ?? 0) + extra, this.#p0, 'below');
    }, logBeta);
    const long = wait === 0 || (calm !== undefined && this.#last - calm.since >= wait);
    if (check.passLogE >= logBeta && long) check.state = 'pass';
  }

  #shown(share: number): string {
    return shown(this.threshold, this.threshold.metric === 'success-rate' ? 1 - share : share);
  }

  #crossed(share: number): string {
    const { text, tail } = this.threshold;
    return `${text}: ${tail === undefined ? `it was ${this.#shown(share)}` : this.#shown(share)}`;
  }
}
