import type { Baseline } from '../baseline.ts';
import type { Crossing, Gate, GateKind, Look } from '../gate.ts';
import { SilenceWatch } from '../silence.ts';
import type { Moment, Stream } from '../stream.ts';
import { type Check, isUsers, type JudgeEvent } from '../types.ts';

/** Endpoints that fall silent while the others are asked for. */
class SilenceGate implements Gate {
  readonly #stream: Stream;
  readonly #watch = new SilenceWatch();

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  seed({ endpoints }: Baseline): void {
    for (const [endpoint, { requests }] of Object.entries(endpoints))
      if (!isUsers(endpoint)) this.#watch.addOld(endpoint, requests);
  }

  take(event: JudgeEvent, { endpoint }: Moment): void {
    // How many users come is their doing, not the release's.
    if (event.kind !== 'request' || Number.isNaN(event.ms) || isUsers(endpoint)) return;
    if (event.version === 'old') this.#watch.addOld(endpoint);
    else this.#watch.addNew(endpoint, event.t);
  }

  crossed({ at, concurrent }: Look, failAt: number): Crossing | undefined {
    const silent = this.#watch.look(at, -failAt, concurrent);
    if (!silent?.failed) return undefined;
    const share = (100 * silent.share).toFixed(1);
    const since = silent.seen > 0 ? `fell silent after ${silent.seen} requests` : 'was never asked for';
    return {
      gate: 'endpoints',
      reason: `${silent.endpoint} ${since}: it had ${share} % of the old traffic, and none of the last ${silent.run} new requests.`,
    };
  }

  checks(look: Look, failAt: number): Check[] {
    const { m, n } = this.#stream.requests;
    if (m === 0) return [];
    const missing = this.#watch.missing();
    const silent = this.#watch.look(look.at, -failAt, look.concurrent);
    const waits = missing.length > 0 ? `not yet asked for: ${missing.slice(0, 5).join(', ')}` : undefined;
    return [
      {
        gate: 'endpoints',
        state: silent?.failed ? 'fail' : waits ? 'open' : 'pass',
        note: silent?.failed ? silent.endpoint : waits,
        samples: n,
        needed: waits ? Math.max(1, Math.ceil(3 / 0.02)) : 0,
      },
    ];
  }
}

export const silence: GateKind = {
  name: 'silence',
  budget: 0.05,
  speaks: ({ sources }) => sources.requests,
  create: (stream) => new SilenceGate(stream),
};
