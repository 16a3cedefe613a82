import type { EdgeRecord } from '../../lib/edge-records.ts';
import type { JudgeEvent, Version } from '../judge/types.ts';

/** So many first requests of testers, all failing, are a fact. */
const FIRST = 10;

interface Met {
  requests: number;
  failed: number;
  times: number[];
}

const median = (times: readonly number[]) => [...times].sort((x, y) => x - y)[Math.floor(times.length / 2)] ?? 0;

/**
 * Requests that `canary-match` names. Who tests does not do as users do, so they are in no comparison: they are told
 * apart, and only a version that fails every one of the first ten is judged by them.
 */
export class Testers {
  readonly #emit: (event: JudgeEvent) => void;
  readonly #met: Record<Version, Met> = {
    old: { requests: 0, failed: 0, times: [] },
    new: { requests: 0, failed: 0, times: [] },
  };

  constructor(emit: (event: JudgeEvent) => void) {
    this.#emit = emit;
  }

  get count(): number {
    return this.#met.old.requests + this.#met.new.requests;
  }

  add(version: Version, { why, ms }: Pick<EdgeRecord, 'why' | 'ms'>, t: number): void {
    const met = this.#met[version];
    met.requests++;
    if (why) met.failed++;
    else if (met.times.length < 10_000) met.times.push(ms);
    if (version === 'new' && met.requests === FIRST && met.failed === FIRST) {
      const text = `The first ${FIRST} requests of testers (canary-match) to the new version all failed (${why}).`;
      this.#emit({ kind: 'fact', t, version, gate: 'testers', text });
    }
  }

  rows(): [name: string, old: string, now: string][] {
    if (this.count === 0) return [];
    const say = ({ requests, failed, times }: Met) =>
      requests === 0 ? '–' : `${requests} requests, ${failed} failed, p50 ${median(times)} ms`;
    return [['testers (canary-match)', say(this.#met.old), say(this.#met.new)]];
  }
}
