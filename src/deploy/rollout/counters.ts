import type { Counted, Counters } from '../target.ts';

/**
 * What users met of a release between two readings. Where it did not answer, the edge did, with 502, 503 or 504: that
 * is the release's error as far as connections to it failed, and no error where a second try was answered.
 */
export function between(then: Counters, now: Counters): Counted {
  const more = (name: keyof Counters) => Math.max(0, now[name] - then[name]);
  const unanswered = Math.min(more('made'), more('failed'));
  return { requests: more('ok') + more('errors5xx') + unanswered, errors: more('errors5xx') + unanswered };
}

/** Lower and upper bound of a share at 99 % confidence (Wilson's score interval). */
export function wilson({ requests, errors }: Counted): [low: number, high: number] {
  if (requests === 0) return [0, 1];
  const z = 2.5758;
  const p = errors / requests;
  const d = 1 + z ** 2 / requests;
  const centre = (p + z ** 2 / (2 * requests)) / d;
  const half = (z / d) * Math.sqrt((p * (1 - p)) / requests + z ** 2 / (4 * requests ** 2));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

/** Fewer requests than this prove nothing. */
const ENOUGH = 20;

export const nothingCounted: Counted = { requests: 0, errors: 0 };

export const plus = (one: Counted, other: Counted): Counted => ({
  requests: one.requests + other.requests,
  errors: one.errors + other.errors,
});

/**
 * Whether the new release's 5xx are beyond what the watch lets pass; answers why, or nothing. Judged against the
 * budget, and against the old release, before the switch and beside the new one: a hotfix in an outage must not be
 * taken back for the outage it mends. An old release that failed nobody excuses nothing, however few asked it.
 */
export function tooManyErrors(fresh: Counted, old: Counted | undefined, budget: number): string | undefined {
  if (fresh.requests < ENOUGH) return undefined;
  const [low] = wilson(fresh);
  const [, high] = old && (old.requests >= ENOUGH || old.errors > 0) ? wilson(old) : [0, 0];
  if (low <= Math.max(budget, high)) return undefined;
  const share = ((100 * fresh.errors) / fresh.requests).toFixed(1);
  return `${fresh.errors} of ${fresh.requests} requests (${share} %) failed, the budget is ${(100 * budget).toFixed(1)} %`;
}
