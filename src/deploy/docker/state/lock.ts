import type { Clock } from '../../../lib/clock.ts';
import { getFile, putFiles } from '../../../lib/docker/archive.ts';
import { type Engine, statusOf } from '../../../lib/docker/engine.ts';
import { SeatrialError } from '../../../lib/errors.ts';
import { beat } from '../../heartbeat.ts';
import { type Holder, LEASE_MS, type Lease, leaseWords, nameHolder } from '../../release/lease.ts';
import { presence, removeContainer } from '../removal.ts';
import { createEmpty } from './empty-image.ts';
import { label, ownLabels } from './labels.ts';
import { lockName, seeLock, volumeName } from './lock-seen.ts';
import { MOUNT } from './mount.ts';

/** A lease renewed this short a time ago can't have run out: no call is spent on proving it. */
const FRESH_MS = 5_000;

/** Makes a lock that is gone again; undefined where it is another's now. `gone` is the id it had. */
export type Regain = (gone: string) => Promise<string | undefined>;

/** A lease on one app of one host: a created, never started container whose name only one can have. */
export class Lock {
  readonly engine: Engine;
  #id: string;
  readonly #regain: { make: Regain; done?: () => void };
  readonly #clock: Clock;
  /** Engine's clock minus our monotonic one; a runner whose clock is wrong does no harm. */
  readonly #offset: number;
  #renewed: number;
  #timer: NodeJS.Timeout | undefined;
  #lost: unknown;

  /** `asked` is when it was asked for, on the monotonic clock: the lease can't have begun before. */
  constructor(
    engine: Engine,
    id: string,
    createdAt: number,
    clock: Clock,
    asked = clock.mono(),
    regain: { make: Regain; done?: () => void } = { make: async () => undefined },
  ) {
    this.engine = engine;
    this.#id = id;
    this.#regain = regain;
    this.#clock = clock;
    this.#offset = createdAt - clock.mono();
    this.#renewed = asked;
  }

  get id(): string {
    return this.#id;
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
    const lease = String(Math.round(this.now() + LEASE_MS));
    await this.over((id) => putFiles(this.engine, id, '/', [{ name: 'lease', content: lease }]));
    this.#renewed = this.#clock.mono();
  }

  /**
   * Does something through the lock's container. When that is gone it is made again where nobody else has taken it or
   * changed anything: `docker container prune` by cron takes what never ran. Else the failure is LOCK_LOST.
   */
  async over<T>(work: (id: string) => Promise<T>): Promise<T> {
    try {
      return await work(this.id);
    } catch (cause) {
      if (statusOf(cause) === 0) throw cause;
      const now = await presence(this.engine, this.id).catch(() => 'unknown');
      if (now === 'there' || now === 'unknown') throw cause;
      const again = this.#lost ? undefined : await this.#regain.make(this.#id);
      if (again) {
        this.#id = again;
        this.#regain.done?.();
        return this.over(work);
      }
      this.#lost ??= new SeatrialError(
        'LOCK_LOST',
        `${this.engine.label}: the lock was taken from us; nothing more was changed. Run again.`,
        { cause },
      );
      throw this.#lost;
    }
  }

  /** Renews in the background while something long runs; `onLost` is told once when the lock is gone. */
  heartbeat(onLost: (error: unknown) => void): void {
    this.#timer = beat(
      () => this.renew(),
      () => this.#lost !== undefined,
      onLost,
    );
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    await removeContainer(this.engine, this.id);
  }
}

export interface LockRequest extends Holder {
  app: string;
  environment: string;
  /** The volume its container reaches, and where; by default the app's own. */
  volume?: { name: string; at: string };
  waitMs: number;
  clock: Clock;
  signal?: AbortSignal;
  onWait?: (held: Lease) => void;
  /** Told when a dead lock could not be removed and was set aside. */
  onStuck?: (why: string) => void;
  /** Whether the history, read through a container, is as this run knows it. */
  unchanged?: (container: string) => Promise<boolean>;
  /** Told when the lock had been removed by a stranger and was made again. */
  onRegained?: () => void;
}

/** Where `command: unlock` writes down the lock it takes away: its holder must not take it for pruned. */
const UNLOCKED = 'unlocked';

/** Written before a lock is taken away by hand. One that is gone by now has nothing to be told. */
export async function markUnlocked(engine: Engine, id: string): Promise<void> {
  try {
    await putFiles(engine, id, MOUNT, [{ name: UNLOCKED, content: id }]);
  } catch (error) {
    if (statusOf(error) === 0) throw error;
  }
}

const regainer =
  (engine: Engine, request: LockRequest): Regain =>
  async (gone) => {
    const id = await tryCreate(engine, request);
    if (!id) return undefined;
    const unlocked = (await getFile(engine, id, `${MOUNT}/${UNLOCKED}`))?.toString('utf8');
    if (unlocked === gone || !(await (request.unchanged?.(id) ?? true))) {
      await removeContainer(engine, id);
      return undefined;
    }
    return id;
  };

/** The id of the lock that is ours now; undefined when another container bears its name. */
async function tryCreate(engine: Engine, request: LockRequest): Promise<string | undefined> {
  const { app, environment, holder, run, volume = { name: volumeName(app), at: MOUNT } } = request;
  try {
    return await createEmpty(engine, 'take the lock', {
      name: lockName(app),
      Cmd: ['lease'],
      Labels: { ...ownLabels(app, environment, 'lock'), [label('holder')]: holder, [label('run')]: run },
      HostConfig: { Binds: [`${volume.name}:${volume.at}`] },
    });
  } catch (error) {
    if (statusOf(error) === 409) return undefined;
    throw error;
  }
}

/** What an engine does in passing (a container half made or half removed) is over soon, or never. */
const PASSING_MS = 5_000;
const PASSING_EVERY_MS = 50;
const HELD_EVERY_MS = 500;

/** Takes the lock, waiting at most `waitMs`; steals it only by id and only when its lease has run out. LOCK_HELD else. */
export async function acquire(engine: Engine, request: LockRequest): Promise<Lock> {
  const { app, clock, signal, waitMs } = request;
  const end = clock.mono() + waitMs;
  const passed = Math.max(end, clock.mono() + PASSING_MS);
  let told = '';
  for (;;) {
    const asked = clock.mono();
    const id = await tryCreate(engine, request);
    if (id) {
      const info = await engine.call('look at the lock', (docker, abortSignal) =>
        docker.getContainer(id).inspect({ abortSignal }),
      );
      return new Lock(engine, id, Date.parse(info.Created), clock, asked, {
        make: regainer(engine, request),
        done: request.onRegained,
      });
    }
    const seen = await seeLock(engine, app);
    const { dateMs } = await engine.ping();
    const held = seen.kind === 'held' ? seen : undefined;
    const leftMs = held?.expiresAt === undefined ? undefined : held.expiresAt - dateMs;
    const firm = leftMs !== undefined && leftMs >= 0;
    if (clock.mono() >= (firm ? end : passed)) throw refusal(engine, app, held, dateMs);
    if (held && told !== held.id) {
      request.onWait?.(held);
      told = held.id;
    }
    if (firm) {
      await whileHeld(engine, held!.id, Math.min(end, clock.mono() + leftMs + 1), request);
      continue;
    }
    const over = seen.kind === 'going' ? seen.id : leftMs === undefined ? undefined : held?.id;
    // One on its way out may be stuck there: a removal of ours waits for another's, and sets a dead one aside.
    const removal = over === undefined ? undefined : await removeContainer(engine, over);
    if (removal?.stuck) request.onStuck?.(removal.stuck);
    await clock.sleep(PASSING_EVERY_MS, signal);
  }
}

/**
 * Waits until a held lock goes, or until `end`. Of all calls the cheapest: with forty runs in the queue, asking for the
 * lease each time kept the engine busier than the deploy they wait for. A lease only ever becomes longer.
 */
async function whileHeld(engine: Engine, id: string, end: number, { clock, signal }: LockRequest): Promise<void> {
  for (;;) {
    const left = end - clock.mono();
    if (left <= 0) return;
    await clock.sleep(Math.min(HELD_EVERY_MS, left), signal);
    if ((await presence(engine, id)) !== 'there') return;
  }
}

function refusal(engine: Engine, app: string, held: Lease | undefined, nowMs: number): SeatrialError {
  if (!held) {
    return new SeatrialError(
      'LOCK_STUCK',
      `${engine.label}: the name ${lockName(app)} is taken, and no container can be found that holds it; restart the Docker engine there.`,
    );
  }
  return new SeatrialError(
    'LOCK_HELD',
    `${engine.label}: ${app} is held by ${nameHolder(held)}, ${leaseWords(held, nowMs)}${held.unreadable ? '' : ' unless renewed'}; wait with lock-wait, or command: unlock.`,
  );
}
