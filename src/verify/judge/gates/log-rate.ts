import type { Gate, GateKind, Look, Picture } from '../gate.ts';
import { hold } from '../needed.ts';
import { mayHaveRisen } from '../risen.ts';
import type { Stream } from '../stream.ts';
import { times } from '../text.ts';
import { Timeline } from '../timeline.ts';
import type { Check, JudgeEvent } from '../types.ts';

/** How often error lines come, in all and signature by signature. */
class LogRateGate implements Gate {
  readonly #stream: Stream;
  readonly #time = new Timeline();
  readonly #last = { old: { t: Number.NaN, count: 0 }, new: { t: Number.NaN, count: 0 } };

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  take(event: JudgeEvent): void {
    if (event.kind !== 'log' || event.version !== 'old') return;
    const { old } = this.#stream.logs.errors;
    this.#note('old', event.t, old);
  }

  refresh({ at }: Look): void {
    this.#note('new', at, this.#stream.logs.errors.new);
  }

  /** Counts come with the lines; what has come since the last moment belongs to this one, in errors a minute. */
  #note(version: 'old' | 'new', t: number, count: number): void {
    const last = this.#last[version];
    if (t - last.t < 1) return;
    if (!Number.isNaN(last.t)) this.#time.add(version, t, (60 * (count - last.count)) / (t - last.t));
    this.#last[version] = { t, count };
  }

  pictures(): Picture[] {
    const { errors } = this.#stream.logs;
    if (errors.old + errors.new === 0) return [];
    const lines = [this.#time.line('old', 'old'), this.#time.line('new', 'new')];
    return [{ title: 'Error lines in the log over time', lines, axes: { x: 'seconds', y: 'a minute' } }];
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
    const risen = mayHaveRisen(logs.errorLines(), span, look.logBeta);
    if (risen && check.state === 'pass') {
      check.state = 'open';
      check.note = `“${risen.key.slice(0, 80)}” may come ten times as often as before; about ${risen.seconds} s more would tell`;
    }
    if (missing) check.note = 'the new version has written no line yet';
    const seconds = Math.max(1, look.at - span.newSince);
    if (check.state === 'open' && !Number.isNaN(seconds)) {
      const more = Math.max(1, (60 * (look.logBeta - passLogE)) / look.logBeta);
      const wait = risen && passLogE >= look.logBeta ? risen.seconds * span.scale : more;
      check.needed = Math.ceil(Math.max(check.needed ?? 0, (requests.n / seconds) * wait));
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
