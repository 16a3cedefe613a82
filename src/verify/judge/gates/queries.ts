import { Counters } from '../counters.ts';
import type { Gate, GateKind, Look } from '../gate.ts';
import { UNREAD } from '../needed.ts';
import type { Stream } from '../stream.ts';
import { times } from '../text.ts';
import type { Check, JudgeEvent } from '../types.ts';

/** Counters of a store, of both versions. */
class QueriesGate implements Gate {
  readonly #counters = new Counters();
  readonly #stream: Stream;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  take(event: JudgeEvent): void {
    if (event.kind !== 'counter') return;
    if (event.version === 'old') this.#counters.addOld(event.name, event.k, event.n);
    else this.#counters.addNew(event.name, event.k, event.n);
  }

  evidence({ concurrent }: Look): number {
    return this.#counters.logE(concurrent);
  }

  reason(_: Look, logE: number): string {
    return `A query rose against the old version (e-value ${times(logE)}).`;
  }

  checks(look: Look, failAt: number): Check[] {
    const unread = this.#stream.options.sources.counters.filter((name) => !this.#counters.compares(name));
    const check: Check = { gate: 'queries', state: 'open', logE: this.evidence(look), failAt };
    // No data is no zero: a counter that never came is not one that did not rise.
    if (unread.length > 0) check.note = `${UNREAD} of ${unread.join(', ')}`;
    else if (check.logE! < Math.log(3)) check.state = 'pass';
    return [check];
  }
}

export const queries: GateKind = {
  name: 'queries',
  budget: 0.05,
  speaks: ({ sources }) => sources.counters.length > 0,
  create: (stream) => new QueriesGate(stream),
};
