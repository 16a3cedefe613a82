import type { Crossing, Gate, GateKind, Look } from '../gate.ts';
import { createLimit, type Limit } from '../limits/index.ts';
import type { Moment, Stream } from '../stream.ts';
import type { Check, JudgeEvent } from '../types.ts';

/** Absolute limits of the new version; they share the gate's alpha evenly. */
class ThresholdsGate implements Gate {
  readonly #limits: Limit[];

  constructor({ options }: Stream) {
    this.#limits = options.thresholds.map(createLimit);
  }

  take(event: JudgeEvent, { endpoint }: Moment): void {
    if (event.version === 'new') for (const limit of this.#limits) limit.take(event, endpoint);
  }

  #looks({ at, logBeta }: Look, failAt: number) {
    const each = failAt + Math.log(this.#limits.length);
    return this.#limits.map((limit) => limit.look(at, each, logBeta));
  }

  crossed(look: Look, failAt: number): Crossing | undefined {
    const found = this.#looks(look, failAt).find(({ check }) => check.state === 'fail');
    return found && { gate: found.check.gate, reason: `The threshold was crossed: ${found.text}.` };
  }

  checks(look: Look, failAt: number): Check[] {
    return this.#looks(look, failAt).map(({ check }) => check);
  }

  proves(look: Look): string | undefined {
    const { at, logBeta, logAlpha } = look;
    const held = this.#limits.some((limit) => limit.look(at, logAlpha, logBeta).check.state === 'pass');
    return held ? 'within its thresholds' : undefined;
  }
}

export const thresholds: GateKind = {
  name: 'thresholds',
  budget: 0.2,
  speaks: (options) => options.thresholds.length > 0,
  create: (stream) => new ThresholdsGate(stream),
};
