import { underLock } from '../../front/ground.ts';
import { FRONT, FRONT_MOUNT, FRONT_VOLUME } from '../../front/names.ts';
import type { Host } from '../host.ts';
import { acquire, type Lock } from '../state/lock.ts';

/** Does something to the front of the host under its lock. */
export const withFrontLock = <T>(host: Host, body: (lock: Lock) => Promise<T>): Promise<T> =>
  underLock(
    host,
    (request) =>
      acquire(host.engine, {
        app: FRONT,
        environment: host.environment,
        volume: { name: FRONT_VOLUME, at: FRONT_MOUNT },
        ...request,
      }),
    body,
  );
