import type { Met } from './customers.ts';
import type { Baseline } from './judge/baseline.ts';
import type { Judge } from './judge/judge.ts';
import type { Decision } from './judge/types.ts';

/** What a run hands to the report. */
export interface Result {
  decision: Decision;
  judge?: Judge;
  /** Redacted log of the new version, last lines. */
  evidence?: string;
  baseline?: Baseline;
  /** Sentences on what was not looked at, and why. */
  notChecked: string[];
  /** Rows of vital signs: name, old, new. */
  vitals: [name: string, old: string, now: string][];
  /** Of a load: requests a second that were held. */
  capacity?: number;
  /** Questions to stores as they were asked, redacted. */
  asked?: string[];
  /** What users met of the new version, where an edge counted it. */
  customers?: Met;
  /** How old the baseline of a file was when the run compared with it. */
  baselineAgeMs?: number;
  /** Sentences on the measuring itself: probes sent, the prober's own lag. */
  measured: string[];
}

/** What was counted in a flood of new shapes of log entries and not read, as a sentence; none when nothing was. */
export const unreadEntries = (judge: Judge): string[] => {
  const { dropped } = judge.stream.logs;
  return dropped > 0 ? [`${dropped} log entries came in floods of new shapes and were not read`] : [];
};

/** A verdict that no judge made: a source broke, or a line could not be read. */
export function broken(reason: string, judge?: Judge): Decision {
  return {
    verdict: 'error',
    reason,
    gate: '',
    checks: [],
    samples: judge?.stream.requests.n ?? 0,
    needed: 0,
    timeToVerdictMs:
      judge && !Number.isNaN(judge.firstNew) ? Math.max(0, Math.round((judge.now - judge.firstNew) * 1000)) : 0,
    mode: 'alone',
    signatures: [],
  };
}
