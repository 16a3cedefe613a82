import type { Actions } from '../../lib/actions.ts';
import type { Clock } from '../../lib/clock.ts';
import { formatDuration } from '../../lib/units.ts';
import { GitHubRecord } from '../github/record.ts';
import type { Inputs } from '../inputs.ts';
import { secretValues } from '../release/secrets.ts';
import { whoRuns } from '../release/who.ts';
import { type Memo, type Run, unlockAll } from '../rollout/run.ts';
import type { Context, Target } from '../target.ts';
import type { Reached } from '../targets.ts';

/** A run over the targets that `reaching` leads to. */
export async function openRun(
  actions: Actions,
  inputs: Inputs,
  reaching: Promise<Reached>,
  clock: Clock,
): Promise<Run> {
  const started = clock.mono();
  const reached = await reaching;
  const lost = new AbortController();
  const context: Context = {
    actions,
    inputs,
    clock,
    secrets: secretValues(inputs),
    signal: AbortSignal.any([actions.signal, lost.signal]),
    say: (line) => actions.info(`${formatDuration(clock.mono() - started).padStart(7)}  ${line}`),
  };
  const who = whoRuns(actions.env);
  const memos = new Map<Target, Memo>();
  return {
    ...context,
    who,
    targets: reached.targets(context),
    memo(target) {
      const known: Memo = memos.get(target) ?? { woken: new Set(), atZero: new Set() };
      memos.set(target, known);
      return known;
    },
    started,
    abort: (reason) => lost.abort(reason),
    disconnect: () => reached.close(),
    records: inputs['github-deployment'] ? new GitHubRecord(actions, inputs, who) : undefined,
  };
}

/** Gives the locks back and closes every way. */
export async function closeRun(run: Run): Promise<void> {
  await unlockAll(run);
  await run.disconnect();
}
