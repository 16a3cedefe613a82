import { SeatrialError } from '../../lib/errors.ts';
import { find } from '../release/history.ts';
import type { Outcome } from '../rollout/outcome.ts';
import { repairAll } from '../rollout/repair-all.ts';
import { lockAll, type Run, readAll } from '../rollout/run.ts';
import { together } from '../rollout/together.ts';

/** Answers users in the app's stead, or no longer; releases come and go behind as ever. */
export async function maintenance(run: Run, out: Outcome): Promise<void> {
  const on = run.inputs.maintenance === 'on';
  const { targets, inputs } = run;
  await readAll(run);
  const { history } = targets[0]!.ledger;
  out.release = history.current;
  out.previous = history.current;
  out.image = find(history, history.current)?.image ?? '';
  if (targets.every(({ empty }) => empty)) {
    throw new SeatrialError('NOT_SUPPORTED', `${inputs.app} is on none of these hosts; deploy it first.`);
  }
  if (inputs['dry-run']) {
    run.say(`maintenance would be switched ${on ? 'on' : 'off'}`);
    return;
  }
  await lockAll(run);
  await repairAll(run);
  await together(targets, ({ traffic }) => traffic.maintain(on));
  const line = on
    ? 'maintenance is on: every new request is answered 503, also after later deploys, until it is switched off'
    : 'maintenance is off: the app answers again';
  run.say(line);
  out.notes.push(line);
}
