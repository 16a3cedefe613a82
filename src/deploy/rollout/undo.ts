import { SeatrialError } from '../../lib/errors.ts';
import type { Target } from '../target.ts';
import type { Outcome } from './outcome.ts';
import { withdraw } from './repair.ts';
import type { Run } from './run.ts';
import { stopIdle } from './tidy.ts';

/**
 * A failure or a cancel: every target it was begun on gets its traffic back at once, also those that had called the
 * release good; what each goes back to is in `backs`. Says in `out` only what was reached.
 */
export async function undo(
  run: Run,
  release: string,
  out: Outcome,
  error: unknown,
  backs: ReadonlyMap<Target, string>,
): Promise<void> {
  const why = error instanceof SeatrialError ? error.code : 'failed';
  run.say(`${release} failed; putting traffic where it was`);
  let hadTraffic = false;
  const stuck: Target[] = [];
  const one = async (target: Target, back: string) => {
    try {
      hadTraffic = (await withdraw(run, target, release, back, why)) || hadTraffic;
      // A cancelled job has seconds; a later command stops what is idle.
      if (back && !run.signal.aborted) await stopIdle(run, target);
      if (back) await target.traffic.settle?.(false, false);
      else await target.traffic.tearDown();
    } catch (problem) {
      stuck.push(target);
      run.actions.warning(
        `${target.label}: could not put it in order now: ${problem instanceof Error ? problem.message : problem}`,
      );
    }
  };
  await Promise.all([...backs].map(([target, back]) => one(target, back)));
  // Where it could not be taken out it still has what it had: the next run finds that written down.
  const stays = stuck.some(({ ledger: { history } }) => history.open?.traffic || history.current === release);
  out.state = stays ? 'pending' : hadTraffic ? 'rolled-back' : 'bad';
  out.rolledBack = hadTraffic && out.previous !== '' && stuck.length === 0;
}
