import type { Actions } from '../../lib/actions.ts';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { SeatrialError } from '../../lib/errors.ts';
import type { Inputs } from '../inputs.ts';
import { report } from '../report/report.ts';
import { newOutcome } from '../rollout/outcome.ts';
import { repairAll } from '../rollout/repair-all.ts';
import { lockAll } from '../rollout/run.ts';
import { type Reached, reach } from '../targets.ts';
import { closeRun, openRun } from './open.ts';

/** Locks the main step still held when it ended; none when it ended well. */
export function heldLocks(actions: Actions): { host: string; id: string }[] {
  const text = actions.state('locks');
  return text ? (JSON.parse(text) as { host: string; id: string }[]) : [];
}

/** Finishes what a cancel or a kill cut off: our own lock is taken over by its id, and each target put in order. */
export async function finishCutOff(
  actions: Actions,
  inputs: Inputs,
  held: readonly { host: string; id: string }[],
  reaching: Promise<Reached> = reach(actions, inputs),
  clock: Clock = systemClock,
): Promise<void> {
  const run = await openRun(actions, inputs, reaching, clock);
  try {
    for (const { ledger, label } of run.targets) {
      const lock = await ledger.holder();
      if (!lock) continue;
      if (!held.some(({ id }) => id === lock.id)) {
        throw new SeatrialError('LOCK_HELD', `${label}: ${lock.holder} has taken over; its run puts things in order.`);
      }
      await ledger.free(lock.id);
    }
    await lockAll(run);
    await repairAll(run);
    actions.info(await report(run, newOutcome(), undefined));
    await run.records?.cutOff();
  } finally {
    await closeRun(run);
  }
}
