import { underLock } from '../../front/ground.ts';
import type { Cluster } from '../cluster.ts';
import { acquire, type Lock } from '../state/lock.ts';
import { PLACE } from './names.ts';

/** Does something to the front of the Swarm under its lock. */
export const withFrontLock = <T>(cluster: Cluster, body: (lock: Lock) => Promise<T>): Promise<T> =>
  underLock(cluster, (request) => acquire(cluster.api, { ...PLACE, ...request }), body);
