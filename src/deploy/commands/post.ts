import type { Actions } from '../../lib/actions.ts';
import { SeatrialError } from '../../lib/errors.ts';
import { openLinks } from '../docker/links.ts';
import { removeContainer } from '../docker/removal.ts';
import { readLock } from '../docker/state/lock-seen.ts';
import type { Inputs } from '../inputs.ts';
import { report } from '../report/report.ts';
import { newOutcome } from '../rollout/outcome.ts';
import { repairAll } from '../rollout/repair-all.ts';
import { closeRun, lockAll, openRun } from '../rollout/run.ts';

/** Locks the main step still held when it ended; none when it ended well. */
export function heldLocks(actions: Actions): { host: string; id: string }[] {
  const text = actions.state('locks');
  return text ? (JSON.parse(text) as { host: string; id: string }[]) : [];
}

/** Finishes what a cancel or a kill cut off: our own lock is taken over by its id, and each host put in order. */
export async function finishCutOff(
  actions: Actions,
  inputs: Inputs,
  held: readonly { host: string; id: string }[],
): Promise<void> {
  const run = await openRun(actions, inputs, openLinks(actions, inputs));
  try {
    for (const host of run.hosts) {
      const lock = await readLock(host.engine, host.app);
      if (!lock) continue;
      if (!held.some(({ id }) => id === lock.id)) {
        throw new SeatrialError(
          'LOCK_HELD',
          `${host.label}: ${lock.holder} has taken over; its run puts things in order.`,
        );
      }
      await removeContainer(host.engine, lock.id);
    }
    await lockAll(run);
    await repairAll(run);
    actions.info(await report(run, newOutcome(), undefined));
    await run.github?.cutOff();
  } finally {
    await closeRun(run);
  }
}
