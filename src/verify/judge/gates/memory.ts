import type { Crossing, Gate, GateKind } from '../gate.ts';
import { getOrMake } from '../maps.ts';
import { LIKELY, MemorySeries, type Rise, SURE } from '../memory.ts';
import type { Check, JudgeEvent } from '../types.ts';

/** Full within so many seconds at this pace: a FAIL, and half as far again and more a PASS waits. */
const SOON = 15 * 60;
const WATCHED = 30 * 60;
/** So many times the most the old version ever took: it has had its start and its caches already. */
const BEYOND_OLD = 1.5;
/** Where no old version tells, a start may take nearly all: only what is all but full is a FAIL. */
const ALMOST_FULL = 0.9;
/** Below this a rise may still be a start. */
const LEAST_USED = 0.3;

const percent = (share: number) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
const minutes = (seconds: number) => (seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`);

/** Memory that rises without end: a leak kills a container long after a verdict, if nobody looks at where it goes. */
class MemoryGate implements Gate {
  readonly #series = { old: new Map<string, MemorySeries>(), new: new Map<string, MemorySeries>() };

  take(event: JudgeEvent): void {
    // A share of a limit; a query of that name may be in bytes.
    if (event.kind !== 'gauge' || event.name !== 'memory' || !(event.value >= 0 && event.value <= 1.5)) return;
    getOrMake(this.#series[event.version], event.series ?? '', () => new MemorySeries()).add(event.t, event.value);
  }

  get #old(): number {
    return Math.max(0, ...[...this.#series.old.values()].map(({ peak }) => peak));
  }

  #worst(how: typeof SURE): { name: string; rise: Rise } | undefined {
    let worst: { name: string; rise: Rise } | undefined;
    for (const [name, series] of this.#series.new) {
      const rise = series.rise(how);
      if (rise && rise.left <= (worst?.rise.left ?? WATCHED)) worst = { name, rise };
    }
    return worst;
  }

  crossed(): Crossing | undefined {
    const worst = this.#worst(SURE);
    if (!worst || worst.rise.left > SOON) return undefined;
    const { now } = worst.rise;
    const old = this.#old;
    if (old > 0 ? now < BEYOND_OLD * old || now < LEAST_USED : now < ALMOST_FULL) return undefined;
    const than = old > 0 ? `; the old version took ${percent(old)} at the most` : '';
    return { gate: 'memory', reason: `${sentence(worst)}${than}.` };
  }

  checks(): Check[] {
    if (this.#series.new.size === 0) return [];
    const most = Math.max(...[...this.#series.new.values()].map(({ last }) => last));
    const old = this.#old;
    const check: Check = { gate: 'memory', state: 'pass', new: `${percent(most)} of the limit` };
    if (old > 0) check.old = `${percent(old)} at the most`;
    const worst = this.#worst(LIKELY);
    // What the old version took as well is no leak of the new one.
    if (worst && worst.rise.now >= Math.max(LEAST_USED, old)) {
      check.state = 'open';
      check.note = `${sentence(worst)}: a leak, or a start that is not over`;
    }
    return [check];
  }
}

const sentence = ({ name, rise }: { name: string; rise: Rise }) =>
  `Memory${name ? ` of ${name}` : ''} rises without end: ${percent(rise.now)} of its limit, ${percent(60 * rise.perSecond)} more a minute, full in ${minutes(rise.left)}`;

export const memory: GateKind = {
  name: 'memory',
  budget: 0,
  speaks: () => true,
  create: () => new MemoryGate(),
};
