import type { Clock } from '../../lib/clock.ts';
import { getFile, putFiles } from '../../lib/docker/archive.ts';
import { type Engine, statusOf } from '../../lib/docker/engine.ts';
import { SeatrialError } from '../../lib/errors.ts';
import { EMPTY_IMAGE, ensureEmptyImage } from './empty-image.ts';
import { label, ownLabels } from './labels.ts';
import { MOUNT } from './store.ts';

export const LEASE_MS = 60_000;
/** A lease renewed this short a time ago can't have run out: no call is spent on proving it. */
const FRESH_MS = 5_000;
const HEARTBEAT_MS = 15_000;

export interface Holder {
  /** Who: actor and command. */
  holder: string;
  /** Address of the run, empty outside GitHub. */
  run: string;
}

export interface HeldLock extends Holder {
  id: string;
  since: string;
  /** End of the lease on the engine's clock, milliseconds since the epoch. */
  expiresAt: number;
}

export const lockName = (app: string) => `${app}-lock`;
export const volumeName = (app: string) => `${app}-seatrial`;

/** Who holds the lock now; undefined when nobody does. */
export async function readLock(engine: Engine, app: string): Promise<HeldLock | undefined> {
  try {
    const info = await engine.call('look at the lock', (docker, abortSignal) =>
      docker.getContainer(lockName(app)).inspect({ abortSignal }),
    );
    const lease = await getFile(engine, info.Id, '/lease');
    const labels = info.Config.Labels ?? {};
    const renewed = Number(lease?.toString('utf8'));
    return {
      id: info.Id,
      holder: labels[label('holder')] ?? 'unknown',
      run: labels[label('run')] ?? '',
      since: info.Created,
      expiresAt: renewed > 0 ? renewed : Date.parse(info.Created) + LEASE_MS,
    };
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

export async function removeLock(engine: Engine, id: string): Promise<boolean> {
  try {
    await engine.call('remove the lock', (docker, abortSignal) =>
      docker.getContainer(id).remove({ force: true, abortSignal } as object),
    );
    return true;
  } catch (error) {
    // 404: gone already; 409: another run is at it. Either way we were not the one.
    if (statusOf(error) === 404 || statusOf(error) === 409) return false;
    throw error;
  }
}

/** A lease on one app of one host: a created, never started container whose name only one can have. */
export class Lock {
  readonly engine: Engine;
  readonly id: string;
  readonly #clock: Clock;
  /** Engine's clock minus our monotonic one; a runner whose clock is wrong does no harm. */
  readonly #offset: number;
  #renewed: number;
  #timer: NodeJS.Timeout | undefined;
  #lost: unknown;

  constructor(engine: Engine, id: string, createdAt: number, clock: Clock) {
    this.engine = engine;
    this.id = id;
    this.#clock = clock;
    this.#offset = createdAt - clock.mono();
    this.#renewed = clock.mono();
  }

  /** The engine's clock, milliseconds since the epoch. */
  now(): number {
    return this.#offset + this.#clock.mono();
  }

  /** Called before each step that changes something: proves that the lock is still ours, and renews it. */
  async guard(): Promise<void> {
    if (this.#lost) throw this.#lost;
    if (this.#clock.mono() - this.#renewed < FRESH_MS) return;
    await this.renew();
  }

  async renew(): Promise<void> {
    try {
      await putFiles(this.engine, this.id, '/', [
        { name: 'lease', content: String(Math.round(this.now() + LEASE_MS)) },
      ]);
      this.#renewed = this.#clock.mono();
    } catch (cause) {
      if (statusOf(cause) !== 404) throw cause;
      this.#lost = new SeatrialError(
        'LOCK_LOST',
        `${this.engine.label}: the lock was taken from us; nothing more was changed. Run again.`,
        { cause },
      );
      throw this.#lost;
    }
  }

  /** Renews in the background while something long runs; `onLost` is told once when the lock is gone. */
  heartbeat(onLost: (error: unknown) => void): void {
    this.#timer = setInterval(() => {
      this.renew().catch((error) => {
        // A link that is cut for a moment is met again by guard(); a lost lock stops the run now.
        if (this.#lost) onLost(error);
      });
    }, HEARTBEAT_MS);
    this.#timer.unref();
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    await removeLock(this.engine, this.id);
  }
}

export interface LockRequest extends Holder {
  app: string;
  environment: string;
  waitMs: number;
  clock: Clock;
  signal?: AbortSignal;
  onWait?: (held: HeldLock) => void;
}

async function tryCreate(engine: Engine, request: LockRequest): Promise<string | undefined> {
  const { app, environment, holder, run } = request;
  const create = () =>
    engine.call('take the lock', (docker, abortSignal) =>
      docker.createContainer({
        name: lockName(app),
        Image: EMPTY_IMAGE,
        Cmd: ['lease'],
        Labels: { ...ownLabels(app, environment, 'lock'), [label('holder')]: holder, [label('run')]: run },
        HostConfig: { Binds: [`${volumeName(app)}:${MOUNT}`] },
        abortSignal,
      }),
    );
  try {
    return (await create()).id;
  } catch (error) {
    if (statusOf(error) === 409) return undefined;
    if (statusOf(error) !== 404) throw error;
  }
  await ensureEmptyImage(engine);
  try {
    return (await create()).id;
  } catch (error) {
    if (statusOf(error) === 409) return undefined;
    throw error;
  }
}

/** Takes the lock, waiting at most `waitMs`; steals it only by id and only when its lease has run out. LOCK_HELD else. */
export async function acquire(engine: Engine, request: LockRequest): Promise<Lock> {
  const { app, clock, signal, waitMs } = request;
  const end = clock.mono() + waitMs;
  let told = '';
  for (;;) {
    const id = await tryCreate(engine, request);
    if (id) {
      const info = await engine.call('look at the lock', (docker, abortSignal) =>
        docker.getContainer(id).inspect({ abortSignal }),
      );
      return new Lock(engine, id, Date.parse(info.Created), clock);
    }
    const held = await readLock(engine, app);
    if (!held) continue;
    const { dateMs } = await engine.ping();
    if (dateMs > held.expiresAt) {
      await removeLock(engine, held.id);
      continue;
    }
    if (clock.mono() >= end) {
      throw new SeatrialError(
        'LOCK_HELD',
        `${engine.label}: ${app} is held by ${held.holder}${held.run ? ` (${held.run})` : ''} since ${held.since.slice(0, 19)}Z, for ${Math.ceil((held.expiresAt - dateMs) / 1000)} s more unless renewed; wait with lock-wait, or command: unlock.`,
      );
    }
    if (told !== held.id) request.onWait?.(held);
    told = held.id;
    await clock.sleep(Math.min(500, Math.max(1, end - clock.mono())), signal);
  }
}
