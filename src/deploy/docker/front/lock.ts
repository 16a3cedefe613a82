import { FRONT, FRONT_MOUNT, FRONT_VOLUME } from '../../front/names.ts';
import { nameHolder } from '../../release/lease.ts';
import type { Host } from '../host.ts';
import { acquire, type Lock } from '../state/lock.ts';

/** Held for seconds by each, and many may want it at once. */
const WAIT_MS = 180_000;

/** Does something to the front under its own lock, which is taken after the app's and never before. */
export async function withFrontLock<T>(host: Host, body: (lock: Lock) => Promise<T>): Promise<T> {
  const { engine, app, environment, clock, context } = host;
  await host.guard();
  const lock = await acquire(engine, {
    app: FRONT,
    environment,
    volume: { name: FRONT_VOLUME, at: FRONT_MOUNT },
    holder: `${app} (${context.inputs.command})`,
    run: '',
    waitMs: WAIT_MS,
    clock,
    signal: host.signal,
    onWait: (held) => host.say(`waiting for the lock of the front door: ${nameHolder(held)} has it`),
  });
  // A lease that is lost is met by the guard before each step.
  lock.heartbeat(() => undefined);
  try {
    return await body(lock);
  } finally {
    await lock.release();
  }
}
