import { SeatrialError } from '../../lib/errors.ts';
import { find } from '../release/history.ts';
import { passGate } from '../rollout/gate-run.ts';
import type { Outcome } from '../rollout/outcome.ts';
import { repairAll } from '../rollout/repair-all.ts';
import { lockAll, type Run, readAll } from '../rollout/run.ts';
import { together } from '../rollout/together.ts';
import type { Target } from '../target.ts';
import { showPlan } from './plan.ts';

function servingOn({ inputs }: Run, { ledger: { history }, label }: Target) {
  const record = find(history, history.current);
  if (record) return record;
  throw new SeatrialError('NOTHING_TO_SCALE', `${label}: no release of ${inputs.app} serves; deploy one first.`);
}

/**
 * Brings the release that serves to `replicas` instances on every target, and no request is lost on the way. The number
 * is kept: a later deploy that names none has as many.
 */
export async function scale(run: Run, out: Outcome): Promise<void> {
  const { targets, inputs } = run;
  const replicas = inputs.replicas!;
  await readAll(run);
  const first = targets[0]!;
  const before = servingOn(run, first);
  Object.assign(out, { release: before.release, image: before.image, previous: before.release, state: 'unchanged' });
  const to = { ...before.spec, replicas };
  const steps = [
    replicas > before.spec.replicas
      ? 'start those that are missing, and give them traffic when they are healthy'
      : 'take traffic from those that are too many, and stop them when they are idle',
  ];
  out.plan = showPlan(run, { command: 'scale', release: before.release, from: before.release, to, steps });
  if (inputs['dry-run']) return;
  await lockAll(run);
  await repairAll(run);
  await together(targets, async (target) => {
    const record = servingOn(run, target);
    const wanted = { ...record, spec: { ...record.spec, replicas } };
    await target.scale(wanted, () => passGate(run, target, record.release, wanted.spec));
    await target.ledger.save((draft) => {
      find(draft, record.release)!.spec.replicas = replicas;
      draft.replicas = replicas;
    });
  });
  out.state = 'good';
  run.say(`${before.release} has ${replicas} ${first.terms.instance}${replicas === 1 ? '' : 's'} on each host`);
}
