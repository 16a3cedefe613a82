import { createHours } from '../../../lib/hours.ts';
import type { Threshold } from '../../thresholds.ts';
import type { Check, JudgeEvent } from '../types.ts';

/** A gauge that has not been read for so long says nothing of now. */
export const STALE = 60;
/** Seconds of silence that are none yet. */
const LEAST_GAP = 10;

/** One absolute threshold of the new version, judged inside its hours. */
export interface Limit {
  readonly threshold: Threshold;
  /** `endpoint` is the request's, as the stream keeps it apart. */
  take(event: JudgeEvent, endpoint: string): void;
  /** Its row at stream time `t`; `logAlpha` and `logBeta` are ln(1/alpha) of this threshold and ln(1/beta). */
  look(t: number, logAlpha: number, logBeta: number): { check: Check; text: string };
}

/** Whether a time (seconds) is within a threshold's hours. */
export function hoursOf({ hours }: Threshold): (t: number) => boolean {
  if (!hours) return () => true;
  const within = createHours(hours);
  return (t) => within(t * 1000);
}

/** Silence that breaks what is to hold without a break: nothing seen is nothing held. */
export const gapOf = ({ forMs }: Threshold) => Math.min(STALE, Math.max(LEAST_GAP, forMs / 2000));

/** A value as the sentence gives it. */
export function shown({ metric, tail }: Threshold, value: number): string {
  if (tail !== undefined)
    return `${(value * 100).toFixed(2)} % of answers were slower (${(tail * 100).toFixed(tail < 0.01 ? 2 : 0)} % allowed)`;
  return ['error-rate', 'success-rate', 'cpu', 'memory'].includes(metric)
    ? `${(value * 100).toFixed(2)} %`
    : String(Number(value.toPrecision(4)));
}

/** What is written where a threshold with `for` has not held long enough. */
export function heldNote(check: Check, held: number, wait: number, rate: number): void {
  check.note = `held for ${Math.floor(held)} s of ${wait} s`;
  check.needed = Math.max(check.needed ?? 0, Math.ceil(rate * (wait - held)));
}
