import type { Baseline } from './baseline.ts';
import type { Moment, Stream } from './stream.ts';
import type { Check, JudgeEvent, JudgeOptions } from './types.ts';

/** One look at the stream; a look each second, the last one when the time is over. */
export interface Look {
  /** Stream time, seconds. */
  at: number;
  /** The last look: an open question becomes INCONCLUSIVE. */
  last: boolean;
  concurrent: boolean;
  /** ln(1/alpha) and ln(1/beta) of the whole run. */
  logAlpha: number;
  logBeta: number;
}

/** A picture for the report. */
export interface Picture {
  title: string;
  lines: { name: string; points: [x: number, y: number][] }[];
  axes: { x: string; y: string; log?: boolean; top?: number; mark?: number };
}

/** A FAIL that a gate gives by itself, beside the shared evidence. */
export interface Crossing {
  gate: string;
  reason: string;
}

/**
 * One way of judging. A gate takes events, answers evidence, and gives the rows of the table. It keeps its own
 * figures; what all gates need (time, counts of requests, the log) stands in the stream.
 */
export interface Gate {
  /** The old version's run of before; called once, before any event. */
  seed?(baseline: Baseline): void;
  /** One event, in time order. New events of the warm-up don't come here. */
  take?(event: JudgeEvent, moment: Moment): void;
  /** Before the evidence of a look is asked for. */
  refresh?(look: Look): void;
  /** Natural log of an e-value against "no worse"; it shares alpha by the gate's weight. 0 says nothing. */
  evidence?(look: Look): number;
  /** One sentence for a FAIL by that evidence. */
  reason?(look: Look, logE: number): string;
  /** Of a FAIL by that evidence: what the sentence names, for the row, so that the two agree. */
  accused?(look: Look): Partial<Check>;
  /** A FAIL of its own; `failAt` = ln(1/(alpha x weight)) is what a gate without an e-value holds its chance against. */
  crossed?(look: Look, failAt: number): Crossing | undefined;
  /** Rows of the table. With `full` also what is needed, which may cost a search. PASS waits for those that are open. */
  checks(look: Look, failAt: number, full: boolean): Check[];
  /** What the new version was held against and found well by; one gate at least must say so for a PASS. */
  proves?(look: Look): string | undefined;
  /** What went unjudged, for the sentence of a PASS or an INCONCLUSIVE. */
  unjudged?(look: Look): string | undefined;
  /** Adds what the new version did to a baseline. */
  snapshot?(baseline: Baseline, name: (text: string) => string): void;
  pictures?(look: Look): Picture[];
}

/** A gate as the list names it. */
export interface GateKind {
  name: string;
  /** Its share of alpha before gates that can't speak leave theirs to the others; 0 where it needs none. */
  budget: number;
  /** Whether it can speak in this run; known beforehand, since alpha is shared among those that can. */
  speaks(options: JudgeOptions): boolean;
  create(stream: Stream, options: JudgeOptions): Gate;
}
