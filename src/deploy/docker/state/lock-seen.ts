import { getFile } from '../../../lib/docker/archive.ts';
import { type Engine, statusOf } from '../../../lib/docker/engine.ts';
import { inspectContainer } from '../../../lib/docker/inspect.ts';
import { LEASE_MS, type Lease } from '../../release/lease.ts';
import { isGoing, presence } from '../removal.ts';
import { label } from './labels.ts';

/** `going`: a lock that is being removed, or whose removal the engine failed to finish; it is nobody's. */
export type SeenLock = { kind: 'free' } | { kind: 'going'; id: string } | ({ kind: 'held' } & Lease);

export const lockName = (app: string) => `${app}-lock`;
export const volumeName = (app: string) => `${app}-seatrial`;

/** One look at the lock. Its holder may be giving it back at this very moment, and an engine then answers oddly. */
export async function seeLock(engine: Engine, app: string): Promise<SeenLock> {
  const info = await inspectContainer(engine, lockName(app), 'look at the lock');
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
export async function readLock(engine: Engine, app: string): Promise<Lease | undefined> {
  const seen = await seeLock(engine, app);
  return seen.kind === 'held' ? seen : undefined;
}
