import type { Baseline } from '../baseline.ts';
import { Errors } from '../errors.ts';
import type { Gate, GateKind, Look } from '../gate.ts';
import { hold, NEVER, neededFor } from '../needed.ts';
import type { Moment, Stream } from '../stream.ts';
import { percent, times } from '../text.ts';
import type { Check, JudgeEvent } from '../types.ts';

/** Old answers a comparison needs; below it only a FAIL is possible. */
const LEAST_OLD = 100;

/** Failed requests: all endpoints together, and each by itself. */
class ErrorsGate implements Gate {
  readonly #stream: Stream;
  readonly #errors = new Errors();

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  seed({ endpoints, waves }: Baseline): void {
    this.#errors.oldWaves.seed({ most: waves.errors, tail: waves.errors });
    for (const [endpoint, { failed, requests, waves: own }] of Object.entries(endpoints)) {
      this.#errors.oldWaves.seed({ most: own.errors, tail: own.errors }, endpoint);
      this.#errors.seedOld(endpoint, failed, requests);
    }
  }

  take(event: JudgeEvent, { endpoint, overlapping }: Moment): void {
    if (event.kind !== 'request') return;
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

  checks(look: Look, failAt: number, full: boolean): Check[] {
    const { concurrent, logBeta } = look;
    const errors = this.#errors;
    const { total } = errors;
    if (total.m === 0) return [];
    const counts = errors.counts(concurrent);
    const check: Check = { gate: 'errors', state: 'open', logE: this.evidence(look), failAt, passAt: logBeta };
    check.samples = counts.n;
    check.passLogE = errors.passLogE(concurrent);
    check.state = check.passLogE >= logBeta && total.m >= LEAST_OLD ? 'pass' : 'open';
    check.old = percent(counts.k0, counts.m);
    check.new = percent(counts.k, counts.n);
    if (counts.k0 > 0 && counts.n > 0) check.ratio = counts.k / counts.n / (counts.k0 / counts.m);
    if (full) {
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
    hold(check, counts.n);
    const factor = errors.oldWaves.together.most;
    if (!concurrent && factor > 1) check.note ??= wavesNote(factor);
    return [check];
  }

  proves(): string | undefined {
    return this.#errors.total.m > 0 ? 'no worse than the old version within the margins' : undefined;
  }

  snapshot(baseline: Baseline, name: (text: string) => string): void {
    const { newWaves } = this.#errors;
    baseline.waves.errors = newWaves.together.most;
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
      kept.waves.errors = newWaves.apart(endpoint).most;
    }
  }
}

export const wavesNote = (factor: number) =>
  `the old version's came in waves, so each says less: ${factor.toPrecision(2)} times as many are needed`;

export const errors: GateKind = {
  name: 'errors',
  budget: 0.3,
  speaks: ({ sources }) => sources.requests,
  create: (stream) => new ErrorsGate(stream),
};
