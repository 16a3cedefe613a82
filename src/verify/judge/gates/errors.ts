import type { Baseline } from '../baseline.ts';
import { Errors } from '../errors.ts';
import type { Gate, GateKind, Look, Picture } from '../gate.ts';
import { closed, ratioInterval } from '../interval.ts';
import { hold, NEVER, neededFor } from '../needed.ts';
import type { Moment, Stream } from '../stream.ts';
import { percent, times } from '../text.ts';
import { Timeline } from '../timeline.ts';
import type { Check, JudgeEvent } from '../types.ts';

/** Old answers a comparison needs; below it only a FAIL is possible. */
const LEAST_OLD = 100;

/** Failed requests: all endpoints together, and each by itself. */
class ErrorsGate implements Gate {
  readonly #stream: Stream;
  readonly #errors = new Errors();
  readonly #time = new Timeline();

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  seed({ endpoints, waves }: Baseline): void {
    this.#errors.oldWaves.seed({ bulk: waves.errors, tail: waves.errors });
    for (const [endpoint, { failed, requests, waves: own }] of Object.entries(endpoints)) {
      this.#errors.oldWaves.seed({ bulk: own.errors, tail: own.errors }, endpoint);
      this.#errors.seedOld(endpoint, failed, requests);
    }
  }

  take(event: JudgeEvent, { endpoint, overlapping }: Moment): void {
    if (event.kind !== 'request') return;
    this.#time.add(event.version, event.t, event.ok ? 0 : 1);
    if (event.version === 'old') this.#errors.addOld(endpoint, !event.ok, event.t, overlapping);
    else this.#errors.addNew(endpoint, !event.ok, event.t);
  }

  refresh({ at }: Look): void {
    this.#errors.closeSlices(at);
  }

  evidence({ concurrent }: Look): number {
    return this.#stream.requests.m > 0 ? this.#errors.logE(concurrent) : 0;
  }

  reason(_: Look, logE: number): string {
    const errors = this.#errors;
    const worst = errors.worst();
    const { k, n, k0, m } = worst && worst.counts.m > 0 ? worst.counts : errors.total;
    const where = worst && errors.byEndpoint.size > 1 ? ` of ${worst.endpoint}` : '';
    return `Failed requests${where} rose from ${percent(k0, m)} to ${percent(k, n)} (e-value ${times(logE)}).`;
  }

  accused(): Partial<Check> {
    const worst = this.#errors.byEndpoint.size > 1 ? this.#errors.worst() : undefined;
    if (!worst || worst.counts.m === 0) return {};
    const { k, n, k0, m } = worst.counts;
    return {
      old: percent(k0, m),
      new: percent(k, n),
      ratio: k0 > 0 ? k / n / (k0 / m) : undefined,
      interval: closed(ratioInterval(worst.counts, this.#stream.options.alpha)),
      samples: n,
      note: `of ${worst.endpoint}`,
    };
  }

  checks(look: Look, failAt: number, full: boolean): Check[] {
    const { concurrent, logBeta } = look;
    const errors = this.#errors;
    const { total } = errors;
    // A first release is judged by its thresholds; what never answers is no PASS even so.
    if (total.m === 0) return this.#answered(logBeta, full).filter(({ state }) => state !== 'pass');
    const counts = errors.counts(concurrent);
    const check: Check = { gate: 'errors', state: 'open', logE: this.evidence(look), failAt, passAt: logBeta };
    check.samples = counts.n;
    check.passLogE = errors.passLogE(concurrent);
    check.state = check.passLogE >= logBeta && total.m >= LEAST_OLD ? 'pass' : 'open';
    check.old = percent(counts.k0, counts.m);
    check.new = percent(counts.k, counts.n);
    if (counts.k0 > 0 && counts.n > 0) check.ratio = counts.k / counts.n / (counts.k0 / counts.m);
    if (full) {
      check.interval = closed(ratioInterval(counts, this.#stream.options.alpha));
      const alone = check.state === 'pass' ? 0 : neededFor((extra) => errors.passLogE(concurrent, extra), logBeta);
      const both = alone < NEVER ? alone : neededFor((extra) => errors.passLogE(concurrent, extra, true), logBeta);
      if (alone >= NEVER && both < NEVER)
        check.note = 'the baseline is too short: as many more old requests are needed';
      check.needed = both;
    }
    if (total.m < LEAST_OLD) {
      check.note = `the baseline holds ${total.m} requests; ${LEAST_OLD} are the least for a PASS`;
      check.needed = Math.max(check.needed ?? 0, LEAST_OLD - total.m);
    }
    hold(check, counts.n, errors.loudest(concurrent));
    const factor = errors.oldWaves.together.bulk;
    if (!concurrent && factor > 1) check.note ??= wavesNote(factor);
    return [check, ...this.#answered(logBeta, full)];
  }

  /** What a PASS would speak for: endpoints that answered as they should, often enough to be told from failing ones. */
  #answered(logBeta: number, full: boolean): Check[] {
    const errors = this.#errors;
    const { covered, thin, waits, needed } = errors.spoken(logBeta);
    const all = covered.length + thin.length + waits.length;
    const never = errors.neverWell();
    const check: Check = {
      gate: 'answers',
      state: 'pass',
      samples: errors.total.n,
      new: `${covered.length} of ${all}`,
    };
    if (never.length > 0) {
      const named = never.slice(0, 5).join(', ');
      const olds = never.filter((endpoint) => {
        const { k0, m } = errors.byEndpoint.get(endpoint)!;
        return m > 0 && k0 === m;
      });
      const too = olds.length === never.length ? ', the old version neither' : '';
      check.state = 'open';
      check.note = `${NEVER_WELL} ${named}${too}: check what the request needs and what it should answer`;
    } else if (waits.length > 0 && errors.total.m > 0) {
      check.state = 'open';
      check.note = `too few requests to ${waits.slice(0, 5).join(', ')}${waits.length > 5 ? ` and ${waits.length - 5} more` : ''}`;
      if (full) check.needed = needed;
    }
    return [check];
  }

  proves({ logBeta }: Look): string | undefined {
    if (this.#errors.total.m === 0) return undefined;
    const { covered, thin, waits } = this.#errors.spoken(logBeta);
    const all = covered.length + thin.length + waits.length;
    const rare = [...thin, ...waits];
    const few = rare.slice(0, 5).join(', ') + (rare.length > 5 ? ` and ${rare.length - 5} more` : '');
    const which =
      all < 2
        ? ''
        : rare.length === 0
          ? `, on all its ${all} endpoints`
          : `, on ${covered.length} of ${all} endpoints (too few requests to ${few})`;
    return `no worse than the old version within the margins${which}`;
  }

  pictures(): Picture[] {
    if (this.#errors.total.k + this.#errors.total.k0 === 0) return [];
    const lines = [this.#time.line('old', 'old', undefined, 100), this.#time.line('new', 'new', undefined, 100)];
    return [{ title: 'Failed requests over time', lines, axes: { x: 'seconds', y: '% failed' } }];
  }

  snapshot(baseline: Baseline, name: (text: string) => string): void {
    const { newWaves } = this.#errors;
    baseline.waves.errors = newWaves.together.bulk;
    for (const [endpoint, { k, n }] of this.#errors.byEndpoint) {
      if (n === 0) continue;
      const kept = baseline.endpoints[name(endpoint)] ?? {
        requests: 0,
        failed: 0,
        latency: [],
        waves: { errors: 1, latency: 1, tail: 1 },
      };
      baseline.endpoints[name(endpoint)] = kept;
      kept.requests += n;
      kept.failed += k;
      kept.waves.errors = newWaves.apart(endpoint).bulk;
    }
  }
}

/** The note of what can't pass: nothing of it was ever answered well. */
export const NEVER_WELL = 'nothing was answered as expected of';

export const wavesNote = (factor: number) =>
  `the old version's came in waves, so each says less: ${factor.toPrecision(2)} times as many are needed`;

export const errors: GateKind = {
  name: 'errors',
  budget: 0.3,
  speaks: ({ sources }) => sources.requests,
  create: (stream) => new ErrorsGate(stream),
};
