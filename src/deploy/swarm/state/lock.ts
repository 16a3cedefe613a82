import { randomBytes } from 'node:crypto';
import type { Clock } from '../../../lib/clock.ts';
import { SeatrialError } from '../../../lib/errors.ts';
import { beat } from '../../heartbeat.ts';
import { type Holder, LEASE_MS, type Lease, leaseWords, nameHolder } from '../../release/lease.ts';
import type { Stored, SwarmApi } from '../api.ts';
import { label, ownLabels } from '../labels.ts';
import { lockName } from '../names.ts';

/**
 * The lock is a config without content that stays: who holds it, and until when, stands in its labels, and the Swarm's
 * version index makes each change of them a compare-and-swap. Of any number that steal at once one gets it.
 */
type Api = Pick<SwarmApi, 'config' | 'store' | 'relabel'> & {
  engine: { label: string; ping(): Promise<{ dateMs: number }> };
};

const at = (stored: Stored, name: string) => stored.Spec.Labels[label(name)] ?? '';

/** Pure: who holds it; undefined where nobody does. */
export function leaseOf(stored: Stored): Lease | undefined {
  const id = at(stored, 'lease');
  if (!id) return undefined;
  return {
    id,
    holder: at(stored, 'holder') || 'unknown',
    run: at(stored, 'run'),
    since: at(stored, 'since'),
    expiresAt: Number(at(stored, 'until')) || 0,
    unreadable: '',
  };
}

const free = (app: string, environment: string) => ownLabels(app, environment, 'lock');

const taken = (app: string, environment: string, lease: Lease): Record<string, string> => ({
  ...free(app, environment),
  [label('lease')]: lease.id,
  [label('holder')]: lease.holder,
  [label('run')]: lease.run,
  [label('since')]: lease.since,
  [label('until')]: String(Math.round(lease.expiresAt ?? 0)),
});

/** A lock that was renewed so recently needs no proof. */
const FRESH_MS = 5_000;
const HELD_EVERY_MS = 500;

export interface LockRequest extends Holder {
  app: string;
  environment: string;
  waitMs: number;
  clock: Clock;
  signal?: AbortSignal;
  onWait?: (held: Lease) => void;
}

/** A lock that is ours. */
export class Lock {
  readonly #api: Api;
  readonly #request: LockRequest;
  readonly #lease: Lease;
  readonly #offset: number;
  #renewed: number;
  #lost: SeatrialError | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(api: Api, request: LockRequest, lease: Lease, offset: number, renewed: number) {
    this.#api = api;
    this.#request = request;
    this.#lease = lease;
    this.#offset = offset;
    this.#renewed = renewed;
  }

  get id(): string {
    return this.#lease.id;
  }

  /** The manager's clock, milliseconds since the epoch. */
  now(): number {
    return this.#offset + this.#request.clock.mono();
  }

  async guard(): Promise<void> {
    if (this.#lost) throw this.#lost;
    if (this.#request.clock.mono() - this.#renewed < FRESH_MS) return;
    await this.renew();
  }

  async renew(): Promise<void> {
    const { app, environment, clock } = this.#request;
    const asked = clock.mono();
    for (let tries = 0; tries < 5; tries++) {
      const stored = await this.#api.config(lockName(app));
      if (!stored || leaseOf(stored)?.id !== this.id) break;
      const lease = { ...this.#lease, expiresAt: this.now() + LEASE_MS };
      if (await this.#api.relabel(stored, taken(app, environment, lease))) {
        this.#renewed = asked;
        return;
      }
    }
    this.#lost ??= new SeatrialError(
      'LOCK_LOST',
      `${this.#api.engine.label}: the lock was taken from us; nothing more was changed. Run again.`,
    );
    throw this.#lost;
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
    await freeLock(this.#api, this.#request.app, this.#request.environment, this.id);
  }
}

/** Who holds the lock now; undefined when nobody does. */
export async function readLock(api: Api, app: string): Promise<Lease | undefined> {
  const stored = await api.config(lockName(app));
  return stored && leaseOf(stored);
}

/** Gives a lock back by its lease; false when it is somebody else's by now, or nobody's. */
export async function freeLock(api: Api, app: string, environment: string, id: string): Promise<boolean> {
  for (;;) {
    const stored = await api.config(lockName(app));
    if (!stored || leaseOf(stored)?.id !== id) return false;
    if (await api.relabel(stored, free(app, environment))) return true;
  }
}

/** Takes the lock, waiting at most `waitMs`; a lease that has run out is nobody's. LOCK_HELD. */
export async function acquire(api: Api, request: LockRequest): Promise<Lock> {
  const { app, environment, clock, signal, waitMs, holder, run } = request;
  const end = clock.mono() + waitMs;
  let told = '';
  for (;;) {
    const asked = clock.mono();
    const { dateMs } = await api.engine.ping();
    const stored = await api.config(lockName(app));
    const held = stored && leaseOf(stored);
    if (!held || (held.expiresAt ?? 0) < dateMs) {
      const id = randomBytes(12).toString('hex');
      const since = new Date(dateMs).toISOString();
      const lease: Lease = { id, holder, run, since, expiresAt: dateMs + LEASE_MS, unreadable: '' };
      const labels = taken(app, environment, lease);
      const ours = stored
        ? await api.relabel(stored, labels)
        : (await api.store('configs', lockName(app), labels, 'lock')) !== undefined;
      if (ours) return new Lock(api, request, lease, dateMs - asked, asked);
      continue; // somebody was quicker; who it is tells the next look
    }
    if (clock.mono() >= end) {
      throw new SeatrialError(
        'LOCK_HELD',
        `${api.engine.label}: ${app} is held by ${nameHolder(held)}, ${leaseWords(held, dateMs)} unless renewed; wait with lock-wait, or command: unlock.`,
      );
    }
    if (told !== held.id) {
      request.onWait?.(held);
      told = held.id;
    }
    await clock.sleep(Math.min(HELD_EVERY_MS, Math.max(1, end - clock.mono())), signal);
  }
}
