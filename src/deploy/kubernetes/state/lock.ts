import { randomUUID } from 'node:crypto';
import { SeatrialError } from '../../../lib/errors.ts';
import { isConflict, isMissing } from '../../../lib/kubernetes/error.ts';
import type { LeaseObject } from '../../../lib/kubernetes/types.ts';
import { LEASE_MS, type Lease, leaseWords, nameHolder } from '../../release/lease.ts';
import type { LeaseRequest } from '../../target.ts';
import type { Space } from '../space.ts';
import { leaseOf, readLease } from './lease.ts';

const AGAIN_MS = 500;
/** A lease this fresh needs no renewal. */
const FRESH_MS = 10_000;
const BEAT_MS = 15_000;

const nowOf = ({ api, clock }: Space) => api.wire.serverNow ?? clock.now();

export const seeLease = (space: Space): Promise<LeaseObject | undefined> => space.api.get('leases', space.names.lock);

/** Tries once to have the lease, by compare-and-swap: of all that try at once one gets it. */
async function attempt(space: Space, id: string, request: LeaseRequest): Promise<LeaseObject | Lease | undefined> {
  const found = await seeLease(space);
  const held = found && readLease(found);
  const now = nowOf(space);
  if (found && held?.id === id) return found; // our own write, whose answer was lost
  if (held && (held.expiresAt === undefined || held.expiresAt >= now)) return held;
  const wanted = leaseOf(space.app, space.environment, id, request, now, now, found?.metadata.resourceVersion);
  try {
    return found ? await space.api.replace('leases', wanted) : await space.api.create('leases', wanted);
  } catch (error) {
    // To create one is "not found" for want of the namespace alone: that comes of no other try.
    if (isConflict(error) || (found && isMissing(error))) return undefined;
    const { code } = error as SeatrialError;
    if (code === 'ENGINE_UNREACHABLE' || code === 'ENGINE_TIMEOUT') {
      // It may have been written all the same.
      const after = await seeLease(space);
      if (after && readLease(after)?.id === id) return after;
    }
    throw error;
  }
}

/** Takes the lease, or waits for it as long as the request says. LOCK_HELD. */
export async function acquire(space: Space, request: LeaseRequest): Promise<Lock> {
  const { clock, context } = space;
  const id = randomUUID();
  const end = clock.mono() + request.waitMs;
  for (let told = ''; ; ) {
    const got = await attempt(space, id, request);
    if (got && 'metadata' in got) return new Lock(space, id, request, got);
    if (got && clock.mono() >= end) {
      throw new SeatrialError(
        'LOCK_HELD',
        `${space.label}: ${nameHolder(got)} has the lock and ${leaseWords(got, nowOf(space))}; wait for it, or give lock-wait.`,
      );
    }
    if (got && told !== got.id) {
      request.onWait(got);
      told = got.id;
    }
    await clock.sleep(got ? AGAIN_MS : 50, context.signal);
  }
}

/** The Lease `<app>-lock`, held by this run. */
export class Lock {
  readonly id: string;
  readonly #space: Space;
  readonly #request: LeaseRequest;
  readonly #since: number;
  #lease: LeaseObject;
  #renewed: number;
  #timer: NodeJS.Timeout | undefined;
  #lost: SeatrialError | undefined;
  /** One write at a time, or we would race ourselves. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(space: Space, id: string, request: LeaseRequest, lease: LeaseObject) {
    this.#space = space;
    this.id = id;
    this.#request = request;
    this.#lease = lease;
    this.#since = nowOf(space);
    this.#renewed = space.clock.mono();
  }

  #gone(who?: Lease): SeatrialError {
    this.#lost = new SeatrialError(
      'LOCK_LOST',
      `${this.#space.label}: ${who ? `${nameHolder(who)} has taken the lock` : 'somebody has removed the lock'}; this run stops here, the next one puts things in order.`,
    );
    return this.#lost;
  }

  async #prove(fresh: number): Promise<void> {
    if (this.#lost) throw this.#lost;
    const space = this.#space;
    if (space.clock.mono() - this.#renewed < fresh) {
      const found = await seeLease(space);
      const held = found && readLease(found);
      if (!found || held?.id !== this.id) throw this.#gone(held);
      this.#lease = found;
      return;
    }
    for (let tries = 1; ; tries++) {
      const { resourceVersion } = this.#lease.metadata;
      const begun = space.clock.mono();
      const wanted = leaseOf(
        space.app,
        space.environment,
        this.id,
        this.#request,
        this.#since,
        nowOf(space),
        resourceVersion,
      );
      try {
        this.#lease = await space.api.replace('leases', wanted);
        this.#renewed = begun;
        return;
      } catch (error) {
        if (isMissing(error)) throw this.#gone();
        if (!isConflict(error)) throw error;
        const found = await seeLease(space);
        const held = found && readLease(found);
        if (!found || held?.id !== this.id || tries === 3) throw this.#gone(held);
        this.#lease = found;
      }
    }
  }

  #queue(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined); // told to whoever asked
    return turn;
  }

  /** That it is ours still; renewed where it is not fresh. LOCK_LOST. */
  guard(): Promise<void> {
    return this.#queue(() => this.#prove(FRESH_MS));
  }

  /** Renews it in the background. A renewal that can't be written is tried again until the lease itself is over. */
  heartbeat(onLost: (error: unknown) => void): void {
    this.#timer = setInterval(() => {
      this.#queue(() => this.#prove(0)).catch((error: unknown) => {
        const over = this.#space.clock.mono() - this.#renewed > LEASE_MS;
        if (!this.#lost && !over) return;
        clearInterval(this.#timer);
        onLost(error);
      });
    }, BEAT_MS);
    this.#timer.unref();
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#turn;
    if (this.#lost) return;
    await removeLease(this.#space, this.id);
  }
}

/** Removes the Lease if it is still the one of an id. */
export async function removeLease(space: Space, id: string): Promise<boolean> {
  for (let tries = 1; tries <= 3; tries++) {
    const found = await seeLease(space);
    if (!found || readLease(found)?.id !== id) return false;
    const { uid, resourceVersion } = found.metadata;
    if (await space.api.delete('leases', space.names.lock, { preconditions: { uid, resourceVersion } })) return true;
  }
  return false;
}
