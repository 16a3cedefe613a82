/** Time as a core sees it: handed in, so that a test can hold it still. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. */
  now(): number;
  /** Monotonic milliseconds, for durations only. */
  mono(): number;
  /** Resolves after `ms`, rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  mono: () => performance.now(),
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', stop);
        resolve();
      }, ms);
      signal?.addEventListener('abort', stop, { once: true });
    });
  },
};

/** Asks `probe` every `every` ms until it answers something other than undefined, or the time is up (undefined). */
export async function until<T>(
  probe: () => Promise<T | undefined>,
  {
    every,
    within,
    clock = systemClock,
    signal,
  }: { every: number; within: number; clock?: Clock; signal?: AbortSignal },
): Promise<T | undefined> {
  const end = clock.mono() + within;
  for (;;) {
    const answer = await probe();
    if (answer !== undefined) return answer;
    if (clock.mono() + every > end) return undefined;
    await clock.sleep(every, signal);
  }
}
