import { SeatrialError } from '../../lib/errors.ts';
import { of, placeOf } from '../on-target.ts';
import { find, giveWay, mark, waiting } from '../release/history.ts';
import { begin } from '../release/journal.ts';
import { instancesOf } from '../release/parts.ts';
import { countBefore } from '../rollout/before.ts';
import { findFault } from '../rollout/gate-run.ts';
import type { Outcome } from '../rollout/outcome.ts';
import { repairAll } from '../rollout/repair-all.ts';
import { lockAll, type Run, readAll } from '../rollout/run.ts';
import { tidyUp } from '../rollout/tidy.ts';
import { together } from '../rollout/together.ts';
import { shift } from '../rollout/traffic.ts';
import { undo } from '../rollout/undo.ts';
import { markCounters, watch } from '../rollout/watch.ts';
import type { Target } from '../target.ts';
import { showPlan } from './plan.ts';

function pendingOn(run: Run, { ledger, label }: Target) {
  const record = waiting(ledger.history);
  if (record) return record;
  throw new SeatrialError(
    'NOTHING_PENDING',
    `${label}: no release of ${run.inputs.app} waits for promote; deploy one with promote: manual.`,
  );
}

/** Gives the release that waits all traffic, watches it, and marks it good. */
export async function promote(run: Run, out: Outcome): Promise<void> {
  const { targets } = run;
  await readAll(run);
  const first = targets[0]!;
  const pending = pendingOn(run, first);
  out.release = pending.release;
  out.previous = first.ledger.history.current;
  out.image = pending.image;
  out.state = 'pending';
  const steps = ['ask it whether it is healthy', 'give it all traffic', 'watch it', 'mark it good'];
  const { release: asked } = pending;
  out.plan = showPlan(run, { command: 'promote', release: asked, from: out.previous, to: pending.spec, steps });
  if (run.inputs['dry-run']) return;
  await lockAll(run);
  await repairAll(run);
  const record = pendingOn(run, first);
  const { release } = record;
  out.previous = first.ledger.history.current;
  const backs = new Map(targets.map((target) => [target, target.ledger.history.current]));
  await together(targets, (target) => stillWell(run, target, release));
  try {
    await together(targets, ({ ledger }) =>
      ledger.save((draft) => {
        const { current: back } = draft;
        begin(draft, { command: 'promote', release, back, traffic: true }, run.who, ledger.now());
      }),
    );
    const earlier = await countBefore(run, targets, () => out.previous);
    const since = await markCounters(run, targets, release, () => out.previous, earlier);
    const already = targets.map((target) => !target.can.share || (placeOf(target, release)?.share ?? 0) > 0.999);
    const times = await together(targets, (target, i) =>
      already[i] ? Promise.resolve(0) : shift(run, target, release, 1),
    );
    if (already.every(Boolean)) {
      run.say(`${release} has had all traffic since its deploy, and was watched then`);
    } else {
      out.switchMs = Math.max(...times);
      run.say(`${release} has all traffic (switched in ${out.switchMs.toFixed(1)} ms)`);
      await together(targets, (target) => Promise.resolve(target.companions.follow?.(record)));
      await watch(run, since, release, record.spec, run.inputs.watch);
    }
    await together(targets, (target) => finish(run, target, release));
    out.state = 'good';
  } catch (error) {
    await undo(run, release, out, error, backs);
    throw error;
  }
  await tidyUp(run, release, backs);
}

/** On every target the release that waits must be the same, and as well as when it passed its gate. */
async function stillWell(run: Run, target: Target, release: string): Promise<void> {
  const { label, terms, ledger } = target;
  const { spec } = pendingOn(run, target);
  if (!find(ledger.history, release)) {
    throw new SeatrialError('NOTHING_PENDING', `${label}: ${release} does not wait here; deploy it to all hosts.`);
  }
  const left = of(target, release).length;
  const whole = instancesOf(spec);
  if (left < whole) {
    throw new SeatrialError(
      'DEPLOY_UNHEALTHY',
      `${label}: only ${left} of ${whole} ${terms.instance}s of ${release} are left; it stays pending, roll it back or deploy anew.`,
    );
  }
  const ill = await findFault(run, target, release, spec);
  if (ill) {
    throw new SeatrialError(
      'DEPLOY_UNHEALTHY',
      `${label}: ${ill.name} is not healthy any more; it stays pending, roll it back.`,
    );
  }
}

async function finish(run: Run, { ledger }: Target, release: string): Promise<void> {
  await ledger.save((draft) => {
    const before = find(draft, draft.current);
    draft.open = undefined;
    giveWay(draft, release);
    mark(draft, release, 'good');
    draft.current = release;
    if (before) before.warmUntil = new Date(ledger.now() + run.inputs['keep-warm']).toISOString();
  });
}
