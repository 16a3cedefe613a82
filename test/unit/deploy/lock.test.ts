import { describe, expect, it } from 'vitest';
import { acquire, type LockRequest, markUnlocked } from '../../../src/deploy/docker/state/lock.ts';
import { readLock } from '../../../src/deploy/docker/state/lock-seen.ts';
import type { Clock } from '../../../src/lib/clock.ts';
import type { CallOptions } from '../../../src/lib/docker/engine.ts';
import { FrontWorld, MemoryEngine } from '../../support/memory/front-host.ts';

/*
 * The lock of an app on a Docker host: a lease that another run holds, gives back or loses at this very moment, judged by
 * the engine's clock. An engine then answers oddly; none of it may take a lock that is held.
 */

const HOUR = 3_600_000;
const PASSING_MS = 5000;

/** An engine that refuses a call for as long as it is told to, with what 20.10 says of a container half removed. */
class Refusing extends MemoryEngine {
  refuses: (call: string) => boolean = () => false;

  override call<T>(
    name: string,
    body: (docker: never, signal: AbortSignal) => Promise<T>,
    options?: CallOptions,
  ): Promise<T> {
    const refused = this.refuses(name);
    const error = () =>
      Promise.reject(
        Object.assign(new Error('RWLayer of container 0a1b is unexpectedly nil'), { statusCode: 500 }) as never,
      );
    return super.call(name, refused ? error : body, options);
  }
}

const world = () => new FrontWorld();
const request = ({ clock }: FrontWorld, more: Partial<LockRequest> = {}): LockRequest => ({
  ...{ app: 'shop', environment: 'production', holder: 'lin (deploy)', run: '', waitMs: 0, clock },
  ...more,
});

/** A lock that a run of "wang" holds, for an hour. */
function held(at: FrontWorld, forMs = HOUR): string {
  const labels = { 'io.seatrial.holder': 'wang (deploy)', 'io.seatrial.run': '' };
  const { id, files } = at.make('shop-lock', { labels });
  files.set('/lease', String(at.t + forMs));
  return id;
}
const isLease = (call: string) => call.includes('/lease');

describe('a lock whose lease the engine does not show', () => {
  it('is nobody’s when it was being removed', async () => {
    const at = world();
    const id = held(at);
    const engine = new Refusing(at);
    engine.refuses = (call) => {
      if (!isLease(call)) return false;
      at.boxes.delete(id);
      return true;
    };
    const lock = await acquire(engine, request(at));
    expect([lock.id === id, at.find('shop-lock')!.id]).toEqual([false, lock.id]);
  });

  it('is read again: one that is held is told with what is left of it', async () => {
    const at = world();
    held(at);
    const engine = new Refusing(at);
    let refused = 0;
    engine.refuses = (call) => isLease(call) && refused++ === 0;
    const taken = acquire(engine, request(at));
    await expect(taken).rejects.toMatchObject({
      code: 'LOCK_HELD',
      message: expect.stringMatching(/wang \(deploy\) since .*, its lease runs \d+ s more/),
    });
    expect(refused).toBe(2);
  });

  it('is held still when it stays so, and looked at now and then only', async () => {
    const at = world();
    const id = held(at);
    const engine = new Refusing(at);
    let refused = 0;
    engine.refuses = (call) => isLease(call) && ++refused > 0;
    const begun = at.t;
    await expect(acquire(engine, request(at))).rejects.toMatchObject({
      code: 'LOCK_HELD',
      message: expect.stringMatching(/wang \(deploy\) since .*its lease can't be read/),
    });
    expect(at.t - begun).toBeGreaterThanOrEqual(PASSING_MS);
    expect(refused).toBeLessThanOrEqual(101);
    expect(await readLock(engine, 'shop')).toMatchObject({ holder: 'wang (deploy)', expiresAt: undefined });
    expect(at.find('shop-lock')!.id).toBe(id);
  });
});

describe('a lock that another holds', () => {
  const runners: [string, number][] = [
    ['right', 0],
    ['an hour ahead', HOUR],
    ['an hour behind', -HOUR],
  ];
  it.each(runners)('is judged by the engine’s clock: that of the runner is %s', async (_, offMs) => {
    const at = world();
    const id = held(at, HOUR / 2);
    const engine = new MemoryEngine(at);
    const clock: Clock = { ...at.clock, now: () => at.t + offMs, mono: () => at.t / 2 };
    await expect(acquire(engine, request(at, { clock }))).rejects.toMatchObject({ code: 'LOCK_HELD' });
    expect(at.find('shop-lock')!.id).toBe(id);
    at.t += HOUR / 2 + 1;
    const lock = await acquire(engine, request(at, { clock }));
    expect(lock.id).not.toBe(id);
    expect(Math.abs(lock.now() - at.t)).toBeLessThan(1000);
  });

  it('is waited for, and taken when it is given back', async () => {
    const at = world();
    const id = held(at);
    const begun = at.t;
    const told: string[] = [];
    const waits = request(at, { waitMs: 60_000, onWait: ({ holder }) => told.push(holder) });
    const engine = new MemoryEngine(at, () => {
      if (at.t - begun > 10_000) at.boxes.delete(id);
    });
    expect((await acquire(engine, waits)).id).toBe(at.find('shop-lock')!.id);
    expect(at.t - begun).toBeLessThan(12_000);
    expect(told).toEqual(['wang (deploy)']);
  });
});

describe('a lock that is gone from under its run', () => {
  /** Takes the lock, loses it as `lose` says, and goes on a minute later. */
  async function lost(lose: (at: FrontWorld, engine: MemoryEngine, id: string) => unknown, unchanged = true) {
    const at = world();
    const engine = new MemoryEngine(at);
    let regained = 0;
    const lock = await acquire(engine, request(at, { unchanged: async () => unchanged, onRegained: () => regained++ }));
    await lose(at, engine, lock.id);
    at.boxes.delete(lock.id);
    at.t += 60_000;
    const end = await lock.guard().then(
      () => 'goes on',
      ({ code }: { code: string }) => code,
    );
    return [end, regained];
  }

  it('is made again where only its container was cleared away', async () =>
    expect(await lost(() => undefined)).toEqual(['goes on', 1]));
  it('is lost where somebody took it away by hand', async () =>
    expect(await lost((_, engine, id) => markUnlocked(engine, id))).toEqual(['LOCK_LOST', 0]));
  it('is lost where another changed something meanwhile', async () =>
    expect(await lost(() => undefined, false)).toEqual(['LOCK_LOST', 0]));
  it('is lost where another has it', async () =>
    expect(
      await lost((at, _, id) => {
        at.boxes.delete(id);
        held(at);
      }),
    ).toEqual(['LOCK_LOST', 0]));
});

it('a disk that is full has a code of its own', async () => {
  const at = world();
  const engine = new MemoryEngine(at);
  const full = Object.assign(new Error('mkdir /data/overlay2/0a1b-init: no space left on device'), { statusCode: 500 });
  await expect(engine.call('make a container', () => Promise.reject(full))).rejects.toMatchObject({
    code: 'DISK_FULL',
    message: expect.stringMatching(/no space left on device; make room there/),
  });
});
