import type { Actions } from '../../lib/actions.ts';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { asSeatrialError, SeatrialError } from '../../lib/errors.ts';
import type { Inputs } from '../inputs.ts';
import { find } from '../release/history.ts';
import { report } from '../report/report.ts';
import { newOutcome, nothingBegun, type Outcome } from '../rollout/outcome.ts';
import type { Run } from '../rollout/run.ts';
import type { Reached } from '../targets.ts';
import { deploy } from './deploy.ts';
import { doctor } from './doctor.ts';
import { maintenance } from './maintenance.ts';
import { closeRun, openRun } from './open.ts';
import { promote } from './promote.ts';
import { prune } from './prune.ts';
import { remove } from './remove.ts';
import { rollback } from './rollback.ts';
import { scale } from './scale.ts';
import { status } from './status.ts';
import { unlock } from './unlock.ts';
import { upgradeFront } from './upgrade-front.ts';

const commands: Record<Inputs['command'], (run: Run, out: Outcome) => Promise<void>> = {
  deploy,
  plan: deploy,
  promote,
  rollback,
  status,
  unlock,
  prune,
  remove,
  scale,
  doctor,
  maintenance,
  'upgrade-front': upgradeFront,
};

/** The commit of the release a command was about. */
const commitOf = (run: Run, out: Outcome) => find(run.targets[0]!.ledger.history, out.release)?.commit ?? '';

/** Runs one command to its end: whatever happens, the outputs tell what was true by then and the locks are given back. */
export async function runCommand(
  actions: Actions,
  inputs: Inputs,
  reaching: Promise<Reached>,
  clock: Clock = systemClock,
): Promise<void> {
  const run = await openRun(actions, inputs, reaching, clock).catch((error: unknown) => {
    nothingBegun(actions);
    const { code, message, cause } = asSeatrialError(error);
    throw new SeatrialError(code, `${message} Nothing was changed; what serves there is not known.`, { cause });
  });
  const out = newOutcome();
  let failed: SeatrialError | undefined;
  try {
    await commands[inputs.command](run, out);
  } catch (error) {
    failed = asSeatrialError(error);
  }
  let words = '';
  try {
    words = await report(run, out, failed);
    if (!inputs['dry-run']) await run.records?.end(out, commitOf(run, out), failed);
  } finally {
    await closeRun(run).catch((error: unknown) => {
      const problem = asSeatrialError(error);
      actions.warning(`${problem.code}: ${problem.message}`);
    });
  }
  // The last words of the log, be it a failure's own line, are what the users' traffic is on now.
  if (failed)
    throw new SeatrialError(failed.code, `${failed.message.replace(/[^.!?]$/, '$&.')} ${words}`, {
      cause: failed.cause,
    });
  actions.info(words);
}
