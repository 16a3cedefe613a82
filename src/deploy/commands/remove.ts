import { SeatrialError } from '../../lib/errors.ts';
import type { Outcome } from '../rollout/outcome.ts';
import { lockAll, type Run, readAll } from '../rollout/run.ts';
import type { Target } from '../target.ts';

/** A release that brought services along may share them with others; only who wrote the file knows. */
function refuseCompanions({ label, ledger, companions }: Target): void {
  if (!ledger.history.releases.some(({ spec }) => companions.has(spec))) return;
  throw new SeatrialError(
    'NOT_SUPPORTED',
    `${label}: the app came with a compose file, whose other services remove would not know to keep or take; take it away there with docker compose down.`,
  );
}

/** Takes the app off its targets, its history last. What volumes hold stays. Done once more, it finds nothing to do. */
export async function remove(run: Run, out: Outcome): Promise<void> {
  await readAll(run);
  for (const target of run.targets) refuseCompanions(target);
  const there = run.targets.filter(({ empty, ledger }) => !empty || ledger.history.releases.length > 0);
  for (const { label, instances } of run.targets) {
    const words = [...new Set(instances.map(({ release }) => release))].join(', ') || 'nothing runs';
    run.say(`${label}: ${run.inputs['dry-run'] ? 'would remove' : 'removes'} the app with its history (${words})`);
  }
  if (run.inputs['dry-run'] || !there.length) return;
  await lockAll(run);
  for (const target of there) await target.dissolve();
  out.notes.push(`Removed from ${there.map(({ label }) => label).join(', ')}.`);
}
