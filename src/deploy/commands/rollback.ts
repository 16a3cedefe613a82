import { asSeatrialError, SeatrialError } from '../../lib/errors.ts';
import { runs } from '../on-target.ts';
import { type Destination, destination, serves } from '../release/destination.ts';
import { find, type Journal, match } from '../release/history.ts';
import { goBack, journalRollback, proveBack, restoreAll, restoreRest } from '../rollout/go-back.ts';
import type { Outcome } from '../rollout/outcome.ts';
import { repairAll } from '../rollout/repair-all.ts';
import { lockAll, type Run, readAll } from '../rollout/run.ts';
import { stopIdle } from '../rollout/tidy.ts';
import { together } from '../rollout/together.ts';
import { wakeWorkers } from '../rollout/workers.ts';
import type { Target } from '../target.ts';
import { showPlan } from './plan.ts';

export async function rollback(run: Run, out: Outcome): Promise<void> {
  const { inputs, targets } = run;
  const first = targets[0]!;
  await Promise.all(targets.map((target) => target.refresh(run.signal)));
  if (targets.every(({ empty }) => empty))
    throw new SeatrialError(
      'NO_ROLLBACK_TARGET',
      `${inputs.app} has no release on ${targets.map(({ label }) => label).join(', ')}; nothing was changed.`,
    );
  if (inputs['dry-run']) {
    await readAll(run);
    choose(run, out, first);
    return;
  }
  // The session is opened while the lock is taken: it is what the switch would else wait for.
  // One that can't be opened is met, with its error, where it is used.
  const ahead = targets.map((target) => target.traffic.open().catch(() => undefined));
  await Promise.all([lockAll(run), ...ahead]);
  const finished = await repairAll(run);
  const { from, record } = finished ? resumed(run, out, first, finished) : choose(run, out, first);
  const { release } = record;
  for (const { ledger, label } of targets) {
    if (find(ledger.history, release)) continue;
    throw new SeatrialError('NO_ROLLBACK_TARGET', `${label} does not know ${release}; nothing was changed.`);
  }
  const left = find(first.ledger.history, from)?.spec;
  const before = new Map(
    targets.map((target) => [target, { history: target.ledger.history, places: target.traffic.places }]),
  );
  const shifting = new Set<Target>();
  try {
    const times = await together(targets, async (target) => {
      const { history } = target.ledger;
      const own = serves(history);
      if (own === release) return 0;
      if (targets.length > 1) await journalRollback(run, target, release);
      return goBack(run, target, own, find(history, release)!, () => shifting.add(target));
    });
    if (targets.some(({ can }) => can.share)) out.switchMs = Math.max(...times);
  } catch (error) {
    const touched = [...before].filter(
      ([target, old]) => target.ledger.history !== old.history || shifting.has(target),
    );
    await restoreAll(run, touched, record);
    throw error;
  }
  out.state = 'good';
  out.rolledBack = true;
  const quick = out.switchMs === undefined ? '' : ` (switched in ${out.switchMs.toFixed(1)} ms)`;
  run.say(`rolled back from ${from || 'nothing'} to ${release}${quick}`);
  // Users are served by now. What follows takes nothing back: neither a proof that can't be had nor what stands behind.
  const proofs = await Promise.all(targets.map((target) => proveBack(run, target, record, out)));
  await Promise.all(targets.map((target) => restoreRest(run, target, left, record)));
  await Promise.all(targets.map((target) => wakeWorkers(run, target, record, true)));
  await Promise.all(targets.map((target) => afterwards(run, target, serves(before.get(target)!.history))));
  const unproven = proofs.find((problem) => problem !== undefined);
  if (unproven) throw unproven;
}

/** A rollback that was cut off between targets has just been finished: going on from there would be one step too many. */
function resumed(run: Run, out: Outcome, first: Target, { release, back }: Journal): Destination {
  const { to } = run.inputs;
  const { history } = first.ledger;
  if (to && match(history, to)?.release !== release) return choose(run, out, first);
  run.actions.warning(`The rollback from ${back} to ${release} was cut off; this run finished it and goes no further.`);
  const record = find(history, release)!;
  out.previous = back;
  out.release = release;
  out.image = record.image;
  return { from: back, record };
}

function choose(run: Run, out: Outcome, first: Target): Destination {
  const { inputs } = run;
  const { history } = first.ledger;
  out.previous = serves(history);
  const found = destination(history, inputs.to, inputs.force);
  const { from, record } = found;
  const { release, spec } = record;
  out.release = release;
  out.image = record.image;
  const steps = [
    runs(first, release) ? 'it is warm: ask it whether it answers' : 'start it and wait until it is healthy',
    'switch all traffic to it',
    ...(from ? [`mark ${from} rolled-back`] : []),
  ];
  out.plan = showPlan(run, { command: 'rollback', release, from, to: spec, steps });
  return found;
}

/** What was rolled back stays warm for a while, in case the rollback was the mistake; but a worker must stop. */
async function afterwards(run: Run, target: Target, from: string): Promise<void> {
  try {
    if (run.inputs['keep-warm'] === 0 || !target.can.beside || target.can.holds) await target.workload.stop(from);
    await stopIdle(run, target);
  } catch (error) {
    const problem = asSeatrialError(error);
    run.actions.warning(
      `${target.label}: users are served, but tidying up failed (${problem.code}: ${problem.message}); the next command does it.`,
    );
  }
}
