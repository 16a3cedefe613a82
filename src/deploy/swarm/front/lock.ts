import { nameHolder } from '../../release/lease.ts';
import type { Cluster } from '../cluster.ts';
import { acquire, type Lock } from '../state/lock.ts';
import { PLACE } from './names.ts';

/** Held for seconds by each, and many may want it at once. */
const WAIT_MS = 180_000;

/** Does something to the front under its own lock, which is taken after the app's and never before. */
export async function withFrontLock<T>(cluster: Cluster, body: (lock: Lock) => Promise<T>): Promise<T> {
  const { api, app, clock, context } = cluster;
  await cluster.guard();
  const lock = await acquire(api, {
    ...PLACE,
    holder: `${app} (${context.inputs.command})`,
    run: '',
    waitMs: WAIT_MS,
    clock,
    signal: cluster.signal,
    onWait: (held) => cluster.say(`waiting for the lock of the front door: ${nameHolder(held)} has it`),
  });
  // A lease that is lost is met by the guard before each step.
  lock.heartbeat(() => undefined);
  try {
    return await body(lock);
  } finally {
    await lock.release();
  }
}
