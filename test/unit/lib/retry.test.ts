import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/lib/clock.ts';
import { type Attempt, withRetry } from '../../../src/lib/retry.ts';

function fakeClock(): Clock & { slept: number[] } {
  let now = 0;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    mono: () => now,
    async sleep(ms) {
      slept.push(ms);
      now += ms;
    },
  };
}
const failing = async (): Promise<Attempt<string>> => ({ done: false, value: 'no', retry: true });

describe('withRetry', () => {
  it('stops at the first success', async () => {
    const clock = fakeClock();
    let n = 0;
    const result = await withRetry<string>(
      async () => (++n === 2 ? { done: true, value: 'yes' } : { done: false, value: 'no', retry: true }),
      { tries: 5, budgetMs: 60_000, clock, random: () => 0 },
    );
    expect(result).toEqual({ value: 'yes', attempts: 2 });
    expect(clock.slept).toEqual([500]);
  });
  it('never tries again what a retry cannot help', async () => {
    const clock = fakeClock();
    const result = await withRetry(async () => ({ done: false, value: 'refused', retry: false }), {
      tries: 5,
      budgetMs: 60_000,
      clock,
    });
    expect(result).toEqual({ value: 'refused', attempts: 1 });
    expect(clock.slept).toEqual([]);
  });
  it('doubles its waits, up to the number of tries', async () => {
    const clock = fakeClock();
    expect((await withRetry(failing, { tries: 4, budgetMs: 60_000, clock, random: () => 0 })).attempts).toBe(4);
    expect(clock.slept).toEqual([500, 1000, 2000]);
  });
  it('begins no wait that would cross the budget', async () => {
    const clock = fakeClock();
    expect((await withRetry(failing, { tries: 9, budgetMs: 1600, clock, random: () => 0 })).attempts).toBe(3);
    expect(clock.slept).toEqual([500, 1000]);
  });
  it('keeps a wait it was told', async () => {
    const clock = fakeClock();
    await withRetry(async () => ({ done: false, value: 0, retry: true, afterMs: 7000 }), {
      tries: 2,
      budgetMs: 60_000,
      clock,
    });
    expect(clock.slept).toEqual([7000]);
  });
});
