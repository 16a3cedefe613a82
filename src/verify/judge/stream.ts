import { type LogSpan, Logs } from './logs.ts';
import type { Counts } from './rate.ts';
import type { JudgeEvent, JudgeOptions } from './types.ts';

/** Endpoints kept apart; a router that puts ids into paths must not eat the memory. */
const MAX_ENDPOINTS = 200;

/** Where an event stands in the stream; the stream works it out once for all gates. */
export interface Moment {
  /** Of a request: its endpoint, or `(other)` beyond the most that are kept apart. */
  endpoint: string;
  /** Of an old event: it came while the new version was judged. */
  overlapping: boolean;
}

/** What every gate sees of the stream: its time, which versions answer when, counts of requests, and the log, read once. */
export class Stream {
  readonly options: JudgeOptions;
  readonly logs: Logs;
  /** Judged requests: k of n new ones failed, k0 of m old ones. */
  readonly requests: Counts = { k: 0, n: 0, k0: 0, m: 0 };
  /** Stream time of the first new event. */
  firstNew = Number.NaN;
  now = Number.NaN;
  readonly span = { old: { first: Number.NaN, last: Number.NaN }, new: { first: Number.NaN, last: Number.NaN } };
  #overlapOld = 0;
  /** When old requests were seen: a log may reach further back than they do. */
  readonly #oldRequests = { first: Number.NaN, last: Number.NaN };
  readonly #endpoints = new Map<string, string>();
  /** How many times the old version's work the new one does, by whoever counts the lines that tell of it. */
  work: ((now: number, newSince: number) => number) | undefined;

  constructor(options: JudgeOptions) {
    this.options = options;
    this.logs = new Logs({ ignored: options.ignored ?? (() => false), format: options.format });
  }

  seed(baseline: NonNullable<JudgeOptions['baseline']>): void {
    for (const [endpoint, { failed, requests }] of Object.entries(baseline.endpoints)) {
      this.#endpoints.set(endpoint, endpoint);
      this.requests.k0 += failed;
      this.requests.m += requests;
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

  /** Notes one event; answers where it stands, or undefined when it belongs to the warm-up and is not judged. */
  note(event: JudgeEvent): Moment | undefined {
    const { t, version } = event;
    if (event.kind === 'lines' && event.unread) {
      this.logs.unread = true;
      return undefined;
    }
    if (event.kind === 'lines' && event.readable) {
      this.logs.readable = true;
      return undefined;
    }
    this.now = t;
    const span = this.span[version];
    if (Number.isNaN(span.first)) span.first = t;
    span.last = t;
    if (version === 'new' && Number.isNaN(this.firstNew)) this.firstNew = t;
    // What the old version did while the new one warmed up has nothing of the same moment to stand beside.
    const judged = t >= this.judgedFrom;
    const overlapping = version === 'old' && judged;
    if (event.kind === 'log') {
      this.logs.add(version, event.source ?? '', t, event.line, version === 'old' || judged, overlapping);
    } else if (event.kind === 'entry') {
      this.logs.addEntry(version, event.source, { ...event.entry, t }, version === 'old' || judged, overlapping);
    } else if (event.kind === 'lines') {
      this.logs.lines[version] += event.count;
    }
    if (version === 'new' && !judged) return undefined;
    if (event.kind !== 'request') return { endpoint: '', overlapping };
    const { requests } = this;
    if (version === 'old') {
      if (overlapping) this.#overlapOld++;
      if (Number.isNaN(this.#oldRequests.first)) this.#oldRequests.first = t;
      this.#oldRequests.last = t;
      requests.m++;
      if (!event.ok) requests.k0++;
    } else {
      requests.n++;
      if (!event.ok) requests.k++;
    }
    return { endpoint: this.#endpoint(event.endpoint), overlapping };
  }

  get judgedFrom(): number {
    return this.firstNew + this.options.warmUpMs / 1000;
  }

  get end(): number {
    return this.firstNew + this.options.durationMs / 1000;
  }

  /** Both versions answer at the same time, and the old one goes on doing so. */
  get concurrent(): boolean {
    const since = this.now - this.firstNew;
    const { n } = this.requests;
    if (this.options.sources.requests && n > 0 && this.#overlapOld < Math.max(1, 0.02 * n)) return false;
    return this.span.old.last - this.firstNew >= 0.5 * since && since > 0;
  }

  get mode(): 'concurrent' | 'separated' | 'alone' {
    if (this.requests.m === 0) return 'alone';
    return this.concurrent ? 'concurrent' : 'separated';
  }

  /** Seconds of both versions for the log gates, the new ones scaled by the traffic they carry. */
  logSpan(now: number): LogSpan {
    const newSince = this.judgedFrom;
    const seconds = Math.max(0, now - newSince);
    const { concurrent } = this;
    const seeded = this.options.baseline?.logs.seconds ?? 0;
    const before = Number.isNaN(this.span.old.first) ? 0 : this.span.old.last - this.span.old.first;
    const old = concurrent ? Math.max(0, this.span.old.last - newSince) : before + seeded;
    const { n, m } = this.requests;
    const asked = this.#oldRequests.last - this.#oldRequests.first;
    const oldSeconds = (Number.isNaN(asked) ? 0 : asked) + (this.options.baseline?.seconds ?? 0);
    const oldRate = m / Math.max(1e-9, oldSeconds);
    const known = n >= 50 && m >= 50 && seconds > 0 && oldSeconds > 1;
    const ratio = known ? Math.min(100, Math.max(0.01, n / seconds / oldRate)) : this.#work(now);
    return { old, new: seconds * ratio, scale: 1 / ratio, written: before, concurrent, now, newSince };
  }

  /** Where no requests tell: how much more the new version works than the old one, by the lines it is known by; never less. */
  #work(now: number): number {
    return Math.min(100, Math.max(1, this.work?.(now, this.judgedFrom) ?? 1));
  }

  /** The same with all that the old version wrote, overlap or not: novelty looks back that far. */
  noveltySpan(now: number): LogSpan {
    const before = Number.isNaN(this.span.old.first) ? 0 : this.span.old.last - this.span.old.first;
    return { ...this.logSpan(now), old: before + (this.options.baseline?.logs.seconds ?? 0) };
  }
}
