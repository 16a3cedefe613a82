import { SeatrialError } from '../../lib/errors.ts';
import type { Host } from '../docker/host.ts';
import type { Outcome } from './outcome.ts';
import { takeOut } from './repair.ts';
import type { Run } from './run.ts';
import { sweep } from './settle.ts';

/**
 * A failure or a cancel: every host it was begun on gets its traffic back at once, also those that had called the
 * release good; what each goes back to is in `backs`. Says in `out` only what was reached.
 */
export async function undo(
  run: Run,
  release: string,
  out: Outcome,
  error: unknown,
  backs: ReadonlyMap<Host, string>,
): Promise<void> {
  const why = error instanceof SeatrialError ? error.code : 'failed';
  run.say(`${release} failed; putting traffic where it was`);
  let hadTraffic = false;
  const stuck: Host[] = [];
  const one = async (host: Host, back: string) => {
    try {
      hadTraffic = (await takeOut(run, host, release, back, why)) || hadTraffic;
      // A cancelled job has seconds; a later command sweeps.
      if (back && !run.signal.aborted) await sweep(run, host);
      if (!back && host.edged) await host.dropEdge();
    } catch (problem) {
      stuck.push(host);
      run.actions.warning(
        `${host.label}: could not put it in order now: ${problem instanceof Error ? problem.message : problem}`,
      );
    }
  };
  await Promise.all([...backs].map(([host, back]) => one(host, back)));
  // Where it could not be taken out it still has what it had: the next run finds that written down.
  const stays = stuck.some(({ history }) => history.open?.traffic || history.current === release);
  out.state = stays ? 'pending' : hadTraffic ? 'rolled-back' : 'bad';
  out.rolledBack = hadTraffic && out.previous !== '' && stuck.length === 0;
}
