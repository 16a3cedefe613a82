import { table } from '../../lib/markdown.ts';
import type { Outcome } from '../rollout/outcome.ts';
import { pruneTarget, superfluousOn } from '../rollout/prune.ts';
import { repairAll } from '../rollout/repair-all.ts';
import { lockAll, type Run, readAll } from '../rollout/run.ts';
import { stopIdle } from '../rollout/tidy.ts';

/** Stops what is no longer warm and removes releases beyond keep-releases. */
export async function prune(run: Run, out: Outcome): Promise<void> {
  await readAll(run);
  out.release = run.targets[0]!.ledger.history.current;
  if (run.targets.every(({ instances }) => !instances.length)) return;
  if (run.inputs['dry-run']) {
    const rows = run.targets.map((target) => [
      target.label,
      superfluousOn(target, run.inputs['keep-releases']).join(', ') || 'nothing',
    ]);
    for (const [label, going] of rows) run.say(`${label}: would be removed: ${going}`);
    out.notes.push(table(['Host', 'Would be removed'], rows));
    return;
  }
  await lockAll(run);
  const rows: string[][] = [];
  await repairAll(run);
  for (const target of run.targets) {
    await stopIdle(run, target);
    rows.push([target.label, (await pruneTarget(run, target)).join(', ') || 'nothing']);
  }
  out.notes.push(table(['Host', 'Removed'], rows));
}
