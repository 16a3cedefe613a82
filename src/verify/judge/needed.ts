import type { Check } from './types.ts';

/** What `needed` says where more samples would not help. */
export const NEVER = 1_000_000;
/** While a gate's evidence against the new version stands at ten, a PASS waits: it may be one endpoint of many. */
const LEANS = Math.log(10);
export const LEANS_NOTE = 'the evidence against it is not settled';
/** The note of what a source should have told and did not; more time would not bring it. */
export const UNREAD = 'no figure came';

/** Further samples until `logE` reaches `target` when things go on as they did; a million where they never would. */
export function neededFor(logE: (extra: number) => number, target: number): number {
  if (logE(0) >= target) return 0;
  let high = 16;
  while (high < NEVER && logE(high) < target) high *= 2;
  if (high >= NEVER) return NEVER;
  let low = 0;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (logE(middle) >= target) high = middle;
    else low = middle;
  }
  return high;
}

/** Evidence of one endpoint alone that a PASS waits for; with many endpoints one is always a little off. */
const ONE_LEANS = Math.log(50);

/** Keeps a check open that leans towards FAIL, in all or by one endpoint; about as many samples again will tell. */
export function hold(check: Check, samples: number, loudest = 0): void {
  if (check.state !== 'pass' || ((check.logE ?? 0) < LEANS && loudest < ONE_LEANS)) return;
  check.state = 'open';
  check.note = LEANS_NOTE;
  check.needed = Math.max(check.needed ?? 0, samples);
}
