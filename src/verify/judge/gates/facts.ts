import type { Crossing, Gate, GateKind } from '../gate.ts';
import type { Stream } from '../stream.ts';
import type { Check, JudgeEvent } from '../types.ts';

const FIRST_PROBES = 10;

/** What needs no statistics: a restart, an OOM kill, a wrong digest, the first ten requests all failing. */
class FactsGate implements Gate {
  readonly #stream: Stream;
  #fact: Crossing | undefined;
  #seen = 0;
  #failed = 0;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  take(event: JudgeEvent): void {
    if (event.version !== 'new') return;
    if (event.kind === 'fact') this.#fact ??= { gate: event.gate, reason: event.text };
    else if (event.kind === 'request' && !Number.isNaN(event.ms)) this.#first(event.ok, event.why);
  }

  /** The first ten all failing needs no statistics, unless failing is what the old version did as well. */
  #first(ok: boolean, why?: string): void {
    if (this.#seen >= FIRST_PROBES) return;
    this.#seen++;
    if (!ok) this.#failed++;
    if (this.#failed < FIRST_PROBES) return;
    const { k0, m } = this.#stream.requests;
    if (m >= 20 && k0 / m > 0.25) return;
    const reason = `The first ${FIRST_PROBES} requests of the new version all failed${why ? ` (${why})` : ''}.`;
    this.#fact ??= { gate: 'first-probes', reason };
  }

  crossed(): Crossing | undefined {
    return this.#fact;
  }

  checks(): Check[] {
    return [];
  }
}

export const facts: GateKind = {
  name: 'facts',
  budget: 0,
  speaks: () => true,
  create: (stream) => new FactsGate(stream),
};
