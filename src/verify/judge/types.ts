import type { Entry } from '../logs/entries.ts';
import type { LogFormat } from '../logs/intake.ts';
import type { Thinner } from '../logs/sampler.ts';
import type { Threshold } from '../thresholds.ts';
import type { Baseline } from './baseline.ts';

/** Calls back with each line, its time in seconds, and for how many lines it stands; `thin` says which are wanted. */
export type EachLine = (take: (t: number, line: string, weight: number) => void, thin?: Thinner) => void;

export type Version = 'old' | 'new';

/** Endpoint of users' requests as the edge counted them; the name can't be a path. */
export const USERS = '(users)';

/** Endpoints of users' requests, each by itself, begin with it. How many users come is their doing, not the release's. */
export const isUsers = (endpoint: string): boolean => endpoint === USERS || endpoint.startsWith(`${USERS} `);

/** What sources tell the judge. `t` is seconds (of the epoch, where thresholds have hours). */
export type JudgeEvent =
  | {
      kind: 'request';
      t: number;
      version: Version;
      endpoint: string;
      ok: boolean;
      /** Why it failed, in a word, where that is known. */
      why?: string;
      /** NaN where requests were counted and not timed. */
      ms: number;
      /** Whoever timed it was held up itself. */
      late?: boolean;
    }
  | { kind: 'log'; t: number; version: Version; line: string; source?: string }
  /** Lines of a log that a source has joined to one entry already; `lines` counts them. */
  | { kind: 'entry'; t: number; version: Version; entry: Entry; source: string }
  /**
   * So many lines were written since the last of these. `each` reads those that are nobody's evidence, for whoever wants
   * them while the event is taken, `gone` of them can't be any more; `unread` says that the log can't be read at all,
   * `readable` that it is open and whatever is written will come.
   */
  | {
      kind: 'lines';
      t: number;
      version: Version;
      count: number;
      each?: EachLine;
      gone?: number;
      unread?: boolean;
      readable?: boolean;
    }
  /** A reading of a vital sign or a query, e.g. `cpu` as a share of its limit; each `series` is judged by itself. */
  | { kind: 'gauge'; t: number; version: Version; name: string; value: number; series?: string }
  /** Increments since the last reading: `k` events in `n` units, e.g. 5xx answers among requests of a query. */
  | { kind: 'counter'; t: number; version: Version; name: string; k: number; n: number }
  /** Something that needs no statistics: a restart, an OOM kill, a wrong digest. */
  | { kind: 'fact'; t: number; version: Version; gate: string; text: string };

export type CheckState = 'pass' | 'fail' | 'open' | 'skipped';

/** One gate as it stood when the verdict fell; a row of the summary's table and of the output `checks`. */
export interface Check {
  gate: string;
  state: CheckState;
  /** Readable values of both versions, e.g. `0.5 % (25/5000)`. */
  old?: string;
  new?: string;
  ratio?: number;
  /** What the ratio can be, at every look with the chance alpha; an upper end that is not known is left out. */
  interval?: [low: number, high: number | null];
  /** Natural log of the e-value against "no worse", and what it must reach for FAIL. */
  logE?: number;
  failAt?: number;
  /** Natural log of the e-value against "worse by the margin", and what it must reach for PASS. */
  passLogE?: number;
  passAt?: number;
  samples?: number;
  needed?: number;
  note?: string;
}

export interface JudgeOptions {
  alpha: number;
  beta: number;
  /** Stream time from the first new event that is not judged, and after which a verdict must fall; milliseconds. */
  warmUpMs: number;
  durationMs: number;
  thresholds: Threshold[];
  /** What can speak at all; alpha is shared among these, so it must be known beforehand. */
  sources: { requests: boolean; logs: boolean; counters: readonly string[] };
  /** Breaks ties of ranks; seed it for a verdict that can be repeated. */
  random: () => number;
  ignored?: (line: string) => boolean;
  /** How the log is to be read where its lines don't tell. */
  format?: LogFormat;
  baseline?: Baseline;
}

export type Verdict = 'pass' | 'fail' | 'inconclusive' | 'error';

export interface Decision {
  verdict: Verdict;
  /** One sentence that names the gate and the figures. */
  reason: string;
  gate: string;
  checks: Check[];
  samples: number;
  needed: number;
  timeToVerdictMs: number;
  mode: 'concurrent' | 'separated' | 'alone' | 'load';
  signatures: NewSignature[];
}

export interface NewSignature {
  signature: string;
  state: 'new' | 'maybe';
  level: string;
  count: number;
  example: string;
  logE: number;
}
