import { statusOf } from '../../lib/docker/engine.ts';
import { SeatrialError } from '../../lib/errors.ts';
import type { Host } from './host.ts';
import { presence } from './removal.ts';
import { seeLock } from './state/lock-seen.ts';

const TRIES = 12;
const EVERY_MS = 250;

/** Whether an error may come of what we looked through having been taken away. */
const mayBePassing = (error: unknown) =>
  statusOf(error) > 0 || (error instanceof SeatrialError && ['EDGE_UNREACHABLE', 'EDGE_SESSION'].includes(error.code));

/** Whether another run is at work here, or has just been: the edge we saw is not there any more. */
async function moves(host: Host): Promise<boolean> {
  const { edge } = host.listing;
  if (edge && (await presence(host.engine, edge.Id)) !== 'there') return true;
  return (await seeLock(host.engine, host.app)).kind !== 'free';
}

/**
 * Looks at a host that our own lock does not hold still: another run may replace the edge, or reload it, while we read
 * through it. Then we look again, a few seconds long. Where nobody is at work, the first failure is one.
 */
export async function steadily<T>(host: Host, look: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      await host.refresh(signal);
      return await look();
    } catch (error) {
      if (host.lock || tries === TRIES || !mayBePassing(error) || !(await moves(host))) throw error;
      await host.clock.sleep(EVERY_MS, signal);
    }
  }
}
