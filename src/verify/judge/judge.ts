import type { Baseline } from './baseline.ts';
import { decide, type Judged } from './decide.ts';
import type { Look, Picture } from './gate.ts';
import { GATES } from './gates/index.ts';
import { logMix } from './math.ts';
import { Stream } from './stream.ts';
import type { Decision, JudgeEvent, JudgeOptions } from './types.ts';

/**
 * Judges a stream of events in time order. Pure: time comes from the events, chance from `random`. `advance` looks at
 * each whole second since the first new event and answers the verdict when it falls; `finish` gives the last one.
 */
export class Judge {
  readonly options: JudgeOptions;
  readonly stream: Stream;
  /** E-values at each look, for the report: seconds since the first new event and the combined log e-value. */
  readonly history: { t: number; logE: number }[] = [];
  readonly #gates: Omit<Judged, 'logE'>[];
  #nextLook = Number.NaN;

  constructor(options: JudgeOptions) {
    this.options = options;
    this.stream = new Stream(options);
    const kinds = GATES.filter((kind) => kind.speaks(options));
    const sum = kinds.reduce((total, { budget }) => total + budget, 0);
    this.#gates = kinds.map((kind) => {
      const weight = sum > 0 ? kind.budget / sum : 0;
      const failAt = Math.log(1 / options.alpha) - (weight > 0 ? Math.log(weight) : 0);
      return { name: kind.name, weight, failAt, gate: kind.create(this.stream, options) };
    });
    if (!options.baseline) return;
    this.stream.seed(options.baseline);
    for (const { gate } of this.#gates) gate.seed?.(options.baseline);
  }

  get now(): number {
    return this.stream.now;
  }

  get firstNew(): number {
    return this.stream.firstNew;
  }

  /** Takes one event; answers the decision when a look before it came to one. */
  advance(event: JudgeEvent): Decision | undefined {
    const decision = this.tick(event.t);
    if (decision) return decision;
    const began = Number.isNaN(this.firstNew);
    const moment = this.stream.note(event);
    if (began && event.version === 'new') this.#nextLook = event.t + 1;
    // A fact needs no statistics and no warm-up.
    if (moment || event.kind === 'fact') {
      for (const { gate } of this.#gates) gate.take?.(event, moment ?? { endpoint: '', overlapping: false });
    }
    return undefined;
  }

  /** Makes the looks that are due before stream time `t`. */
  tick(t: number): Decision | undefined {
    const { end } = this.stream;
    // The last one is when the duration ends, which need not be a whole second.
    for (let at = this.#nextLook; Math.min(at, end) <= t; at = this.#nextLook) {
      at = Math.min(at, end);
      this.#nextLook += 1;
      const decision = this.#decide(at, false);
      if (decision) return decision;
    }
    return undefined;
  }

  #look(at: number, last: boolean): Look {
    const { alpha, beta } = this.options;
    const { concurrent } = this.stream;
    return { at, last, concurrent, logAlpha: Math.log(1 / alpha), logBeta: Math.log(1 / beta) };
  }

  #decide(at: number, last: boolean): Decision | undefined {
    this.stream.now = at;
    const look = this.#look(at, last || at >= this.stream.end);
    this.stream.logs.flush(at, !Number.isNaN(this.firstNew), last);
    for (const { gate } of this.#gates) gate.refresh?.(look);
    const judged = this.#gates.map((one): Judged => ({ ...one, logE: one.gate.evidence?.(look) ?? 0 }));
    const sharing = judged.filter(({ weight }) => weight > 0);
    // The weighted mean of e-values is one itself.
    const combined =
      sharing.length === 0
        ? 0
        : logMix(
            sharing.map((one) => one.logE),
            sharing.map((one) => one.weight),
          );
    this.history.push({ t: at - this.firstNew, logE: combined });
    return decide(this.stream, judged, combined, look);
  }

  /** The last look, at the stream's end or at `t`; always answers. */
  finish(t = this.now): Decision {
    const early = this.tick(t);
    return early ?? this.#decide(Number.isNaN(t) ? 0 : t, true)!;
  }

  /** Adds what the new version did to a baseline; `name` makes endpoints fit to be kept. */
  snapshot(baseline: Baseline, name: (text: string) => string): void {
    for (const { gate } of this.#gates) gate.snapshot?.(baseline, name);
  }

  pictures(): Picture[] {
    const look = this.#look(this.now, true);
    return this.#gates.flatMap(({ gate }) => gate.pictures?.(look) ?? []);
  }
}
