import { getFile } from '../../../lib/docker/archive.ts';
import { type Engine, statusOf } from '../../../lib/docker/engine.ts';
import { isGoing, presence } from '../removal.ts';
import { label } from './labels.ts';

export const LEASE_MS = 60_000;

export interface Holder {
  /** Who: actor and command. */
  holder: string;
  /** Address of the run, empty outside GitHub. */
  run: string;
}

export interface HeldLock extends Holder {
  id: string;
  since: string;
  /** End of the lease on the engine's clock, milliseconds since the epoch; undefined when it can't be read now. */
  expiresAt: number | undefined;
  /** The engine's words where the lease can't be read. */
  unreadable: string;
}

/** `going`: a lock that is being removed, or whose removal the engine failed to finish; it is nobody's. */
export type SeenLock = { kind: 'free' } | { kind: 'going'; id: string } | ({ kind: 'held' } & HeldLock);

export const lockName = (app: string) => `${app}-lock`;
export const volumeName = (app: string) => `${app}-seatrial`;

/** One look at the lock. Its holder may be giving it back at this very moment, and an engine then answers oddly. */
export async function seeLock(engine: Engine, app: string): Promise<SeenLock> {
  const info = await engine
    .call('look at the lock', (docker, abortSignal) => docker.getContainer(lockName(app)).inspect({ abortSignal }))
    .catch((error: unknown) => {
      if (statusOf(error) === 404) return undefined;
      throw error;
    });
  if (!info) return { kind: 'free' };
  const { Id: id, Created: since, State, Config } = info;
  if (isGoing(State.Status)) return { kind: 'going', id };
  const lease = await readLease(engine, id);
  // What could not be read may have gone meanwhile: by its id, for the name may be another's by now.
  if (typeof lease !== 'number') {
    const now = await presence(engine, id);
    if (now === 'gone') return { kind: 'free' };
    if (isGoing(now)) return { kind: 'going', id };
  }
  const refused = lease instanceof Error;
  const labels = Config.Labels ?? {};
  return {
    kind: 'held',
    id,
    holder: labels[label('holder')] ?? 'unknown',
    run: labels[label('run')] ?? '',
    since,
    // One that was never renewed runs from when it was made.
    expiresAt: refused ? undefined : (lease ?? Date.parse(since) + LEASE_MS),
    unreadable: refused ? lease.message : '',
  };
}

/** What the lease says; undefined when none was written yet; the error when the engine refuses to show it. */
async function readLease(engine: Engine, id: string): Promise<number | undefined | Error> {
  try {
    const until = Number((await getFile(engine, id, '/lease'))?.toString('utf8'));
    return until > 0 ? until : undefined;
  } catch (error) {
    if (statusOf(error) > 0) return error as Error;
    throw error;
  }
}

/** Who holds the lock now; undefined when nobody does. */
export async function readLock(engine: Engine, app: string): Promise<HeldLock | undefined> {
  const seen = await seeLock(engine, app);
  return seen.kind === 'held' ? seen : undefined;
}

/** `somebody (deploy) (address) since 2026-…`, for messages. */
export const nameHolder = ({ holder, run, since }: HeldLock) =>
  `${holder}${run ? ` (${run})` : ''} since ${since.slice(0, 19)}Z`;

/** How a lease stands at a moment of the engine's clock, in words. */
export function leaseWords({ expiresAt, unreadable }: HeldLock, nowMs: number): string {
  if (expiresAt === undefined) return `its lease can't be read (${unreadable})`;
  const left = Math.ceil((expiresAt - nowMs) / 1000);
  return left > 0 ? `its lease runs ${left} s more` : `its lease ran out ${-left} s ago`;
}
