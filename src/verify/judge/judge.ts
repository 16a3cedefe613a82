import type { Baseline, WaveFactors } from '../baseline.ts';
import type { Threshold } from '../thresholds.ts';
import { Counters } from './counters.ts';
import { Errors } from './errors.ts';
import { Latency } from './latency.ts';
import { Limit } from './limits.ts';
import { type LogSpan, Logs } from './logs.ts';
import { logMix } from './math.ts';
import { SilenceWatch } from './silence.ts';
import { type Decision, type JudgeEvent, USERS } from './types.ts';
import { decide } from './verdict.ts';

export interface JudgeOptions {
  alpha: number;
  beta: number;
  /** Stream time from the first new event that is not judged, and after which a verdict must fall; milliseconds. */
  warmUpMs: number;
  durationMs: number;
  thresholds: Threshold[];
  /** What can speak at all; the error budget is shared among these, so it must be known beforehand. */
  sources: { requests: boolean; logs: boolean; counters: readonly string[] };
  /** Breaks ties of ranks; seed it for a verdict that can be repeated. */
  random: () => number;
  ignored?: (line: string) => boolean;
  baseline?: Baseline;
}

/** Shares of alpha (notes/verify.md, section 7); what cannot speak leaves its share to the others. */
const BUDGET = { errors: 0.3, latency: 0.3, signatures: 0.2, 'log-rate': 0.1, silence: 0.05, queries: 0.05 };
export type BudgetGate = keyof typeof BUDGET;
/** Endpoints kept apart; a router that puts ids into paths must not eat the memory. */
const MAX_ENDPOINTS = 200;
const FIRST_PROBES = 10;

/**
 * Judges a stream of events in time order. Pure: time comes from the events, chance from `random`. `advance` looks at
 * each whole second since the first new event and answers the verdict when it falls; `finish` gives the last one.
 */
export class Judge {
  readonly options: JudgeOptions;
  readonly errors = new Errors();
  readonly latency: Latency;
  readonly logs: Logs;
  readonly silence = new SilenceWatch();
  readonly counters = new Counters();
  readonly limits: Limit[];
  readonly weights: Partial<Record<BudgetGate, number>>;
  /** E-values at each look, for the report: seconds since the first new event and the combined log e-value. */
  readonly history: { t: number; logE: number }[] = [];
  readonly facts: { gate: string; text: string }[] = [];
  #endpoints = new Map<string, string>();
  /** Stream time of the first new event, and of the first and last event of each version. */
  firstNew = Number.NaN;
  now = Number.NaN;
  span = { old: { first: Number.NaN, last: Number.NaN }, new: { first: Number.NaN, last: Number.NaN } };
  overlapOld = 0;
  /** When old requests were seen: a log may reach further back than they do. */
  readonly #oldRequests = { first: Number.NaN, last: Number.NaN };
  #nextLook = Number.NaN;
  #first = { seen: 0, failed: 0 };

  constructor(options: JudgeOptions) {
    this.options = options;
    this.latency = new Latency(options.random);
    this.logs = new Logs(options.ignored ?? (() => false));
    this.limits = options.thresholds.map((threshold) => new Limit(threshold));
    const { requests, logs, counters } = options.sources;
    const speaks: Record<BudgetGate, boolean> = {
      errors: requests,
      latency: requests,
      silence: requests,
      signatures: logs,
      'log-rate': logs,
      queries: counters.length > 0,
    };
    const active = (Object.keys(BUDGET) as BudgetGate[]).filter((gate) => speaks[gate]);
    const sum = active.reduce((total, gate) => total + BUDGET[gate], 0);
    this.weights = Object.fromEntries(active.map((gate) => [gate, BUDGET[gate] / sum]));
    if (options.baseline) this.#seed(options.baseline);
  }

  #seedWaves({ errors, latency, tail }: WaveFactors, endpoint?: string): void {
    this.errors.oldWaves.seed({ most: errors, tail: errors }, endpoint);
    this.latency.oldWaves.seed({ most: latency, tail }, endpoint);
  }

  #seed(baseline: Baseline): void {
    this.#seedWaves(baseline.waves);
    for (const [endpoint, { failed, requests, latency, waves }] of Object.entries(baseline.endpoints)) {
      this.#seedWaves(waves, endpoint);
      this.errors.seedOld(endpoint, failed, requests);
      if (endpoint !== USERS) this.silence.addOld(endpoint, requests);
      this.#endpoints.set(endpoint, endpoint);
      for (const [ms, times] of latency) this.latency.seedOld(endpoint, ms, times);
    }
    this.logs.seedOld(baseline.logs.signatures, baseline.logs.errors);
  }

  #endpoint(name: string): string {
    const known = this.#endpoints.get(name);
    if (known !== undefined) return known;
    const kept = this.#endpoints.size < MAX_ENDPOINTS ? name : '(other)';
    // Past the limit the map itself stays small as well.
    if (this.#endpoints.size < MAX_ENDPOINTS) this.#endpoints.set(name, kept);
    return kept;
  }

  /** Takes one event; answers the decision when a look before it came to one. */
  advance(event: JudgeEvent): Decision | undefined {
    const { t } = event;
    const decision = this.tick(t);
    if (decision) return decision;
    this.now = t;
    const span = this.span[event.version];
    if (Number.isNaN(span.first)) span.first = t;
    span.last = t;
    if (event.version === 'new' && Number.isNaN(this.firstNew)) {
      this.firstNew = t;
      this.#nextLook = t + 1;
    }
    if (event.version === 'old') this.#takeOld(event);
    else if (event.kind === 'fact') this.#fact(event.gate, event.text);
    else this.#takeNew(event, t < this.#judgedFrom);
    return undefined;
  }

  get #judgedFrom(): number {
    return this.firstNew + this.options.warmUpMs / 1000;
  }

  get #end(): number {
    return this.firstNew + this.options.durationMs / 1000;
  }

  /** Makes the looks that are due before stream time `t`. */
  tick(t: number): Decision | undefined {
    // The last one is when the duration ends, which need not be a whole second.
    for (let at = this.#nextLook; Math.min(at, this.#end) <= t; at = this.#nextLook) {
      at = Math.min(at, this.#end);
      this.#nextLook += 1;
      const decision = this.#look(at, false);
      if (decision) return decision;
    }
    return undefined;
  }

  #takeOld(event: JudgeEvent): void {
    // What the old version did while the new one warmed up has nothing of the same moment to stand beside.
    const overlapping = event.t >= this.#judgedFrom;
    if (event.kind === 'request') {
      const endpoint = this.#endpoint(event.endpoint);
      if (overlapping) this.overlapOld++;
      if (Number.isNaN(this.#oldRequests.first)) this.#oldRequests.first = event.t;
      this.#oldRequests.last = event.t;
      this.errors.addOld(endpoint, !event.ok, event.t, overlapping);
      if (Number.isNaN(event.ms)) return; // counted, not timed: users' requests as an edge counts them
      if (event.ok) this.latency.addOld(endpoint, event.ms, event.t, overlapping);
      if (endpoint !== USERS) this.silence.addOld(endpoint);
    } else if (event.kind === 'log') {
      this.logs.add('old', event.source ?? '', event.t, event.line, true, overlapping);
    } else if (event.kind === 'counter') this.counters.addOld(event.name, event.k, event.n);
  }

  #takeNew(event: JudgeEvent, warming: boolean): void {
    if (event.kind === 'log') {
      this.logs.add('new', event.source ?? '', event.t, event.line, !warming, false);
      return;
    }
    if (warming) return;
    for (const limit of this.limits) limit.take(event);
    if (event.kind === 'counter') this.counters.addNew(event.name, event.k, event.n);
    if (event.kind !== 'request') return;
    const endpoint = this.#endpoint(event.endpoint);
    this.errors.addNew(endpoint, !event.ok, event.t);
    if (Number.isNaN(event.ms)) return;
    if (event.ok) this.latency.addNew(endpoint, event.ms, event.t, event.late);
    // How many users come is their doing, not the release's.
    if (endpoint !== USERS) this.silence.addNew(endpoint, event.t);
    if (this.#first.seen < FIRST_PROBES) this.#firstProbe(event.ok, event.why);
  }

  /** The first ten all failing needs no statistics, unless failing is what the old version did as well. */
  #firstProbe(ok: boolean, why?: string): void {
    this.#first.seen++;
    if (!ok) this.#first.failed++;
    if (this.#first.failed < FIRST_PROBES) return;
    const { k0, m } = this.errors.total;
    if (m >= 20 && k0 / m > 0.25) return;
    this.#fact(
      'first-probes',
      `The first ${FIRST_PROBES} requests of the new version all failed${why ? ` (${why})` : ''}.`,
    );
  }

  #fact(gate: string, text: string): void {
    if (!this.facts.some((fact) => fact.gate === gate && fact.text === text)) this.facts.push({ gate, text });
  }

  /** Both versions answer at the same time, and the old one goes on doing so. */
  get concurrent(): boolean {
    const since = this.now - this.firstNew;
    const { n } = this.errors.total;
    if (this.options.sources.requests && n > 0 && this.overlapOld < Math.max(1, 0.02 * n)) return false;
    return this.span.old.last - this.firstNew >= 0.5 * since && since > 0;
  }

  /** Seconds of both versions for the log gates, the new ones scaled by the traffic they carry. */
  logSpan(now: number): LogSpan {
    const newSince = this.#judgedFrom;
    const seconds = Math.max(0, now - newSince);
    const { concurrent } = this;
    const seeded = this.options.baseline?.logs.seconds ?? 0;
    const before = Number.isNaN(this.span.old.first) ? 0 : this.span.old.last - this.span.old.first;
    const old = concurrent ? Math.max(0, this.span.old.last - newSince) : before + seeded;
    const { n, m } = this.errors.total;
    const asked = this.#oldRequests.last - this.#oldRequests.first;
    const oldSeconds = (Number.isNaN(asked) ? 0 : asked) + (this.options.baseline?.seconds ?? 0);
    const oldRate = m / Math.max(1e-9, oldSeconds);
    const known = n >= 50 && m >= 50 && seconds > 0 && oldSeconds > 1;
    const ratio = known ? Math.min(100, Math.max(0.01, n / seconds / oldRate)) : 1;
    return { old, new: seconds * ratio, scale: 1 / ratio, concurrent, now, newSince };
  }

  /** Log e-values of the gates that share alpha; the weighted mean of the e-values is one itself. */
  gateLogs(now: number): { gate: BudgetGate; logE: number; weight: number }[] {
    const { concurrent } = this;
    const compared = this.errors.total.m > 0;
    const span = this.logSpan(now);
    const all: Record<BudgetGate, () => number> = {
      errors: () => (compared ? this.errors.logE(concurrent) : 0),
      latency: () => (compared ? this.latency.logE(concurrent) : 0),
      signatures: () => (span.old > 0 ? this.logs.novelLogE(this.#noveltySpan(span)) : 0),
      'log-rate': () => this.logs.rateLogE(span),
      queries: () => this.counters.logE(concurrent),
      silence: () => 0,
    };
    return (Object.entries(this.weights) as [BudgetGate, number][]).map(([gate, weight]) => ({
      gate,
      logE: all[gate](),
      weight,
    }));
  }

  /** What the old version wrote before the overlap counts for novelty too. */
  #noveltySpan(span: LogSpan): LogSpan {
    const before = Number.isNaN(this.span.old.first) ? 0 : this.span.old.last - this.span.old.first;
    return { ...span, old: before + (this.options.baseline?.logs.seconds ?? 0) };
  }

  #look(at: number, last: boolean): Decision | undefined {
    this.now = at;
    const { concurrent } = this;
    this.errors.closeSlices(at);
    this.latency.refresh(concurrent);
    this.logs.flush(at, !Number.isNaN(this.firstNew), last);
    const gates = this.gateLogs(at);
    const combined = logMix(
      gates.map((gate) => gate.logE),
      gates.map((gate) => gate.weight),
    );
    this.history.push({ t: at - this.firstNew, logE: combined });
    return decide(this, { gates, combined, at, last: last || at >= this.#end });
  }

  /** The last look, at the stream's end or at `t`; always answers. */
  finish(t = this.now): Decision {
    const early = this.tick(t);
    return early ?? this.#look(Number.isNaN(t) ? 0 : t, true)!;
  }
}
