import { SeatrialError } from '../../lib/errors.ts';
import { escapeMarkdown } from '../../lib/markdown.ts';
import { of } from '../on-target.ts';
import { find, type ReleaseRecord } from '../release/history.ts';
import { byHours, byLoad, questions } from '../release/scale-schedule.ts';
import { passGate } from '../rollout/gate-run.ts';
import { askLoad } from '../rollout/load.ts';
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

/** How many there should be by the lines of `scale`, and why; what the hours ask for is not held up by a look at the load. */
async function scheduled(run: Run, record: ReleaseRecord): Promise<{ replicas: number; why: string }> {
  const { inputs } = run;
  const { release, spec } = record;
  const base = byHours(inputs, run.targets[0]!.ledger.now());
  if (spec.replicas < base.replicas) return base;
  if (!inputs.scale.some(({ kind }) => kind === 'when')) return base;
  const held = await askLoad(run, release, spec.replicas, questions(inputs, spec.replicas, base.replicas));
  return byLoad(inputs, held, spec.replicas) ?? { replicas: spec.replicas, why: base.why };
}

/** Whether every target has that many of what serves already. */
const has = (run: Run, replicas: number) =>
  run.targets.every((target) => {
    const record = servingOn(run, target);
    return record.spec.replicas === replicas && of(target, record.release).length === replicas;
  });

/**
 * Brings the release that serves to `replicas` instances on every target, or to as many as the lines of `scale` ask for
 * now, and no request is lost on the way. The number is kept: a later deploy that names none has as many.
 */
export async function scale(run: Run, out: Outcome): Promise<void> {
  const { targets, inputs } = run;
  await readAll(run);
  const first = targets[0]!;
  const before = servingOn(run, first);
  Object.assign(out, { release: before.release, image: before.image, previous: before.release, state: 'unchanged' });
  const by = inputs.scheduled && inputs.scale.length > 0;
  const { replicas, why } = by ? await scheduled(run, before) : { replicas: inputs.replicas ?? 0, why: '' };
  if (inputs.scheduled && !by) {
    out.notes.push('No line of `scale` says how many there should be; nothing to do.');
    return;
  }
  const to = { ...before.spec, replicas };
  const steps = [
    replicas > before.spec.replicas
      ? 'start those that are missing, and give them traffic when they are healthy'
      : 'take traffic from those that are too many, and stop them when they are idle',
  ];
  if (by && has(run, replicas)) {
    const line = `${before.release} has ${replicas} already (${why})`;
    run.say(line);
    out.notes.push(`${escapeMarkdown(line)}.`);
    return;
  }
  out.plan = showPlan(run, { command: 'scale', release: before.release, from: before.release, to, steps });
  if (inputs['dry-run']) return;
  await lockAll(run);
  await repairAll(run);
  await together(targets, async (target) => {
    const record = servingOn(run, target);
    const wanted = { ...record, spec: { ...record.spec, replicas } };
    // Those that serve are busy, which is why there shall be more: only what comes has to pass.
    const serving = new Set(of(target, record.release).map(({ id }) => id));
    await target.scale(wanted, () => passGate(run, target, record.release, wanted.spec, serving));
    await target.ledger.save((draft) => {
      find(draft, record.release)!.spec.replicas = replicas;
      draft.replicas = replicas;
    });
  });
  out.state = 'good';
  const line = `${before.release} has ${replicas} ${first.terms.instance}${replicas === 1 ? '' : 's'} on each host`;
  run.say(line);
  const had = before.spec.replicas;
  out.notes.push(`${escapeMarkdown(`${line}${had === replicas ? '' : `, before ${had}`}${why && ` (${why})`}`)}.`);
}
