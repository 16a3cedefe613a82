import { SeatrialError } from '../../lib/errors.ts';
import type { Outcome } from '../rollout/outcome.ts';
import { type Run, readAll } from '../rollout/run.ts';

/** Makes the front door of each target anew, which all its apps feel; nothing else ever does that. */
export async function upgradeFront(run: Run, out: Outcome): Promise<void> {
  await readAll(run);
  out.release = run.targets[0]!.ledger.history.current;
  for (const target of run.targets) {
    if (!target.upgrade) {
      throw new SeatrialError('NOT_SUPPORTED', `${target.label}: there is no front door of ours here to upgrade.`);
    }
  }
  if (run.inputs['dry-run']) {
    for (const { label } of run.targets)
      run.say(`${label}: would make the front door anew; all its apps wait meanwhile`);
    return;
  }
  for (const target of run.targets) out.notes.push(`${target.label}: ${await target.upgrade!()}`);
}
