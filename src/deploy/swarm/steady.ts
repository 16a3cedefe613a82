import { statusOf } from '../../lib/docker/engine.ts';
import { asSeatrialError } from '../../lib/errors.ts';
import type { Cluster } from './cluster.ts';
import { readLock } from './state/lock.ts';

const TRIES = 12;
const EVERY_MS = 250;

/** Whether an error may come of what we looked through having been taken away. */
const mayBePassing = (error: unknown) => statusOf(error) > 0 || asSeatrialError(error).code.startsWith('EDGE_');

/**
 * Looks at a Swarm that our own lock does not hold still: another run may replace what we look through. Then we look
 * again, a few seconds long. Where nobody is at work, the first failure is one.
 */
export async function steadily<T>(cluster: Cluster, look: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      await cluster.refresh(signal);
      return await look();
    } catch (error) {
      if (cluster.lock || tries === TRIES || !mayBePassing(error)) throw error;
      if (!(await readLock(cluster.api, cluster.app))) throw error;
      await cluster.clock.sleep(EVERY_MS, signal);
    }
  }
}
