import { type Clock, systemClock } from './clock.ts';

/** What a try said: done, or failed with whether and when another try may help. */
export type Attempt<T> = { done: true; value: T } | { done: false; value: T; retry: boolean; afterMs?: number };

export interface RetryOptions {
  /** Tries in all, the first included. */
  tries: number;
  /** Milliseconds for everything, waits included; a wait that would cross it is not begun. */
  budgetMs: number;
  /** First wait; doubles each time. */
  baseMs?: number;
  clock?: Clock;
  random?: () => number;
  signal?: AbortSignal;
}

/**
 * Runs `attempt` until it is done, refuses a retry, or the budget is spent; answers the last value and the tries made.
 * The caller's classification decides what is worth a retry, so a fault is never hidden by trying again.
 */
export async function withRetry<T>(
  attempt: (n: number) => Promise<Attempt<T>>,
  { tries, budgetMs, baseMs = 500, clock = systemClock, random = Math.random, signal }: RetryOptions,
): Promise<{ value: T; attempts: number }> {
  const end = clock.mono() + budgetMs;
  for (let n = 1; ; n++) {
    const result = await attempt(n);
    if (result.done || !result.retry || n >= tries) return { value: result.value, attempts: n };
    const wait = result.afterMs ?? baseMs * 2 ** (n - 1) * (1 + 0.25 * random());
    if (clock.mono() + wait >= end) return { value: result.value, attempts: n };
    await clock.sleep(wait, signal);
  }
}
