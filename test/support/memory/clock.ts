import type { Clock } from '../../../src/lib/clock.ts';

/**
 * Time that only passes when everybody sleeps: whoever wakes first wakes next, and no test waits. All work between two
 * sleeps must be done in microtasks.
 */
export class MemoryClock implements Clock {
  #t: number;
  #sleepers: { at: number; wake: () => void }[] = [];
  #scheduled = false;

  constructor(at = Date.parse('2026-11-30T08:00:00Z')) {
    this.#t = at;
  }

  now = (): number => this.#t;
  mono = (): number => this.#t;

  /** Time passes while nobody is there. */
  pass(ms: number): void {
    this.#t += ms;
    this.#sleepers = [];
  }

  sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = () => reject(signal?.reason);
      signal?.addEventListener('abort', stop, { once: true });
      const wake = () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      };
      this.#sleepers.push({ at: this.#t + ms, wake });
      this.#schedule();
    });

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const next = this.#sleepers.sort((x, y) => x.at - y.at).shift();
      if (!next) return;
      this.#t = Math.max(this.#t, next.at);
      next.wake();
      if (this.#sleepers.length) this.#schedule();
    });
  }
}
