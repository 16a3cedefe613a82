import { asSeatrialError } from '../../lib/errors.ts';
import { of, placeOf } from '../on-target.ts';
import { find, waiting } from '../release/history.ts';
import type { Target } from '../target.ts';
import { pruneTarget } from './prune.ts';
import type { Run } from './run.ts';
import { drain } from './steps.ts';
import { restWorkers } from './workers.ts';

/**
 * After a switch: the old release is kept warm as asked, those before it are stopped, the oldest go. The release is
 * good by now, so what fails here is a warning; the next command does it.
 */
export async function tidyUp(run: Run, release: string, olds: ReadonlyMap<Target, string>): Promise<void> {
  const tidy = async (target: Target, old: string) => {
    try {
      if (old && old !== release && of(target, old).length) await keepWarm(run, target, old);
      await stopIdle(run, target);
      await pruneTarget(run, target);
    } catch (error) {
      const problem = asSeatrialError(error);
      run.actions.warning(
        `${target.label}: ${release} is good, but tidying up failed (${problem.code}: ${problem.message}); the next command does it.`,
      );
    }
  };
  await Promise.all([...olds].map(([target, old]) => tidy(target, old)));
}

async function keepWarm(run: Run, target: Target, old: string): Promise<void> {
  const { inputs } = run;
  const { ledger, workload } = target;
  const spec = find(ledger.history, old)?.spec;
  // A worker that takes jobs from a queue must not go on doing so beside its successor.
  const stops = inputs['keep-warm'] === 0 || !spec?.port || !target.can.beside;
  const as = stops ? 'stopped' : inputs['keep-warm-as'];
  if (as === 'running' || (as === 'paused' && !target.can.pause)) return;
  await drain(run, target, old);
  await ledger.guard();
  if (as === 'stopped') await workload.stop(old);
  else await workload.pause(old);
}

/** Stops what runs without traffic and without a reason: warm time over, or no place any more; workers of what is warm. */
export async function stopIdle(run: Run, target: Target): Promise<void> {
  await restWorkers(target);
  const { history } = target.ledger;
  const needed = new Set([history.current, waiting(history)?.release, history.open?.release, history.open?.back]);
  for (const release of target.releases) {
    const idle = of(target, release).every(({ state }) => state === 'exited' || state === 'created');
    if (needed.has(release) || idle) continue;
    const until = Date.parse(find(history, release)?.warmUntil ?? '');
    if (placeOf(target, release) && until > target.ledger.now()) continue;
    run.say(`${target.label}: ${release} is no longer kept warm; stopping it`);
    await drain(run, target, release);
    await target.workload.stop(release);
  }
}
