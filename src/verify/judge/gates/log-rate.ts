import type { Gate, GateKind, Look } from '../gate.ts';
import { hold } from '../needed.ts';
import type { Stream } from '../stream.ts';
import { times } from '../text.ts';
import type { Check } from '../types.ts';

/** How often error lines come, in all and signature by signature. */
class LogRateGate implements Gate {
  readonly #stream: Stream;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  evidence({ at }: Look): number {
    return this.#stream.logs.rateLogE(this.#stream.logSpan(at));
  }

  reason(_: Look, logE: number): string {
    const { errors } = this.#stream.logs;
    return `Error lines in the log rose: ${errors.old} before, ${errors.new} now (e-value ${times(logE)}).`;
  }

  checks(look: Look, failAt: number): Check[] {
    const { logs, requests } = this.#stream;
    const span = this.#stream.logSpan(look.at);
    const check: Check = { gate: 'log-rate', state: 'open', logE: this.evidence(look), failAt, passAt: look.logBeta };
    // What an old version wrote less of is not known where there is none: nothing to judge by.
    if (logs.unread) return [{ ...check, state: 'skipped', needed: 0, note: 'the log can’t be read' }];
    if (span.old === 0) return [{ ...check, state: 'skipped', needed: 0, note: 'no old log' }];
    const passLogE = logs.passLogE(span);
    check.passLogE = passLogE;
    check.old = `${logs.errors[span.concurrent ? 'oldOverlap' : 'old']} in ${Math.round(span.old)} s`;
    check.new = span.new > 0 ? `${logs.errors.new} in ${Math.round(look.at - span.newSince)} s` : 'no data';
    const missing = logs.lines.old + logs.known().length > 0 && logs.lines.new === 0;
    check.state = passLogE >= look.logBeta && !missing ? 'pass' : 'open';
    hold(check, requests.n);
    if (missing) check.note = 'the new version has written no line yet';
    const seconds = Math.max(1, look.at - span.newSince);
    if (check.state === 'open' && !Number.isNaN(seconds)) {
      const more = Math.max(1, (60 * (look.logBeta - passLogE)) / look.logBeta);
      check.needed = Math.ceil((requests.n / seconds) * more);
    }
    return [check];
  }
}

export const logRate: GateKind = {
  name: 'log-rate',
  budget: 0.1,
  speaks: ({ sources }) => sources.logs,
  create: (stream) => new LogRateGate(stream),
};
