import type { Baseline } from '../baseline.ts';
import type { Gate, GateKind, Look } from '../gate.ts';
import type { Stream } from '../stream.ts';
import { times } from '../text.ts';
import type { Check } from '../types.ts';

/** Errors the old version never wrote. */
class SignaturesGate implements Gate {
  readonly #stream: Stream;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  evidence({ at }: Look): number {
    if (this.#stream.logSpan(at).old <= 0) return 0;
    return this.#stream.logs.novelLogE(this.#stream.noveltySpan(at));
  }

  #novel({ at }: Look) {
    return this.#stream.logs.signatures(this.#stream.logSpan(at)).filter((one) => one.state === 'new');
  }

  reason(look: Look, logE: number): string {
    const first = this.#novel(look)[0];
    return `The new version writes an error the old one never wrote: ${first?.signature ?? 'unknown'} (${first?.count ?? 0} times, e-value ${times(logE)}).`;
  }

  checks(look: Look, failAt: number): Check[] {
    const check: Check = { gate: 'signatures', state: 'open', logE: this.evidence(look), failAt };
    check.new = `${this.#novel(look).length} new`;
    // What an old version never wrote is not known where there is none.
    if (this.#stream.logs.unread) return [{ ...check, state: 'skipped', needed: 0, note: 'the log can’t be read' }];
    if (this.#stream.logSpan(look.at).old === 0) return [{ ...check, state: 'skipped', needed: 0, note: 'no old log' }];
    check.state = check.logE! < Math.log(3) ? 'pass' : 'open';
    return [check];
  }

  snapshot(baseline: Baseline): void {
    const { logs } = this.#stream;
    baseline.logs.errors = logs.errors.new;
    baseline.logs.signatures = logs.written();
  }
}

export const signatures: GateKind = {
  name: 'signatures',
  budget: 0.2,
  speaks: ({ sources }) => sources.logs,
  create: (stream) => new SignaturesGate(stream),
};
