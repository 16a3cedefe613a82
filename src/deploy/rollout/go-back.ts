import { asSeatrialError, SeatrialError } from '../../lib/errors.ts';
import { serves } from '../release/destination.ts';
import { find, type History, mark, type ReleaseRecord } from '../release/history.ts';
import { begin } from '../release/journal.ts';
import { percent } from '../release/share.ts';
import { of, type Place, placeOf, type Target } from '../target.ts';
import { findFault } from './gate-run.ts';
import type { Outcome } from './outcome.ts';
import type { Run } from './run.ts';
import { makeReady, stopPredecessor } from './steps.ts';
import { restoreTraffic, seat, shift } from './traffic.ts';

/** Writes down where a target is going, before it goes: what one can't tell by itself, several can. */
export async function journalRollback(run: Run, { ledger }: Target, release: string): Promise<void> {
  const back = serves(ledger.history);
  await ledger.save((draft) => begin(draft, { command: 'rollback', release, back }, run.who, ledger.now()));
}

/** Moves a target's traffic to a release of the past by the quickest way that its state allows; `onShift` is told before it does. */
export async function goBack(
  run: Run,
  target: Target,
  from: string,
  record: ReleaseRecord,
  onShift: () => void,
): Promise<number> {
  const { release, spec } = record;
  const { ledger, workload } = target;
  const there = of(target, release);
  const warm = there.length >= spec.replicas && there.every(({ state }) => state === 'running' || state === 'paused');
  const leaves = find(ledger.history, from)?.spec.strategy;
  const apart = leaves === 'recreate' || spec.strategy === 'recreate' || !target.can.beside;
  let alone: number | undefined;
  if (warm && placeOf(target, release)) {
    if (there.some(({ state }) => state === 'paused')) await workload.start(release);
    await answers(run, target, record);
  } else {
    run.say(`${target.label}: ${release} is not warm; starting it`);
    await journalRollback(run, target, release);
    await target.traffic.prepare(spec);
    await workload.create(record);
    if (apart && from) {
      alone = run.clock.mono();
      await stopPredecessor(run, target, from, release);
    }
    await makeReady(run, target, record);
    await seat(run, target, release, spec.port);
  }
  const why = run.inputs.reason ?? '';
  onShift();
  const ms = await shift(run, target, release, 1, (draft) => {
    draft.current = release;
    draft.open = undefined;
    const again = find(draft, release);
    // Why it had been taken back is not why it serves now.
    if (again && again.status !== 'good') again.reason = why;
    mark(draft, release, 'good');
    mark(draft, from, 'rolled-back');
    const left = find(draft, from);
    if (left) {
      left.warmUntil = new Date(ledger.now() + run.inputs['keep-warm']).toISOString();
      if (why) left.reason = why;
    }
  });
  if (alone !== undefined) run.say(`${target.label}: the gap was ${Math.round(run.clock.mono() - alone)} ms`);
  return ms;
}

/** A warm release is asked once before it gets everything; with force it gets it anyway. */
async function answers(run: Run, target: Target, { release, spec }: ReleaseRecord): Promise<void> {
  const ill = await findFault(run, target, release, spec);
  if (!ill) return;
  if (!run.inputs.force) {
    throw new SeatrialError(
      'DEPLOY_UNHEALTHY',
      `${target.label}: ${release} is warm but not well: ${ill.why}; nothing was changed, force: true goes there all the same.`,
    );
  }
  run.actions.warning(`${target.label}: ${release} is not well (${ill.why}); going there because of force.`);
}

/** What a target had when a rollback began. */
export interface Before {
  history: History;
  places: readonly Place[];
}

/** The rollback itself failed: each target it had changed gets what it had before. What can't be reached is said. */
export async function restoreAll(
  run: Run,
  touched: readonly (readonly [Target, Before])[],
  destination: ReleaseRecord,
): Promise<void> {
  const one = async (target: Target, old: Before) => {
    try {
      if (serves(old.history) !== destination.release) await restore(run, target, old, destination);
    } catch (error) {
      const problem = asSeatrialError(error);
      run.actions.warning(`${target.label}: could not be put in order now (${problem.code}: ${problem.message})`);
    }
  };
  await Promise.all(touched.map(([target, old]) => one(target, old)));
}

async function restore(
  run: Run,
  target: Target,
  { history: old, places }: Before,
  destination: ReleaseRecord,
): Promise<void> {
  const from = find(old, serves(old));
  if (!from) return;
  const share = places.find(({ release }) => release === from.release)?.share ?? 1;
  if (!target.can.beside) await target.workload.stop(destination.release);
  if (share < 1 && placeOf(target, from.release)) await shift(run, target, from.release, share);
  else await restoreTraffic(run, target, from);
  await target.ledger.save((draft) => {
    draft.current = old.current;
    draft.open = undefined;
    for (const { release, status } of [from, destination]) mark(draft, release, status);
  });
  run.say(`${target.label}: traffic is on ${from.release}, as before`);
}

/** Asks the edge, and through its front door the app, who answers now. */
export async function proveBack(run: Run, target: Target, { release }: ReleaseRecord, out: Outcome): Promise<void> {
  const proof = await target.traffic.prove(find(target.ledger.history, release)!, run.signal);
  if (!proof) return;
  const { share, server, status, mine } = proof;
  if (share < 0.999 || !mine) {
    throw new SeatrialError(
      'ROLLBACK_UNPROVEN',
      `${target.label}: the edge gives ${release} ${percent(share)}% and "${server}" answered; look at the edge's log.`,
    );
  }
  const line = `${target.label}: the edge gives ${release} all traffic, and its server ${server} answered ${status}`;
  run.say(line);
  out.notes.push(line);
}
