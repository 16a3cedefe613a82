import { asSeatrialError } from '../../lib/errors.ts';
import { placeOf, runs } from '../on-target.ts';
import { find, mark, type ReleaseRecord, waiting } from '../release/history.ts';
import type { Target } from '../target.ts';
import { closeGap, openGap } from './gap.ts';
import { passGate } from './gate-run.ts';
import { restoreRest } from './go-back.ts';
import { reconcile } from './reconcile.ts';
import type { Run } from './run.ts';
import { drain } from './steps.ts';
import { restoreTraffic } from './traffic.ts';

/**
 * Takes a release out of a target after a failure: traffic first, the rest after. With nothing to go back to, nothing
 * serves. Answers whether the release had had traffic.
 */
export async function withdraw(run: Run, target: Target, release: string, back: string, why: string): Promise<boolean> {
  const { ledger, workload, traffic } = target;
  const { open } = ledger.history;
  const hadTraffic =
    !run.memo(target).atZero.has(release) &&
    (open?.release === release ? open.traffic : placeOf(target, release) !== undefined);
  const before = back ? find(ledger.history, back) : undefined;
  if (before && back !== release) {
    // Where two can't be there at once (one port), the new one goes first.
    if (!target.can.beside) {
      if (before.spec.port) openGap(run, target);
      await workload.stop(release);
    }
    const restarted = await restoreTraffic(run, target, before);
    // It has the traffic by now, and can't answer before it is up.
    if (restarted && before.spec.port) openGap(run, target);
    if (!restarted || (await checkRestarted(run, target, before))) closeGap(run, target);
    run.say(`${target.label}: traffic is back on ${back}`);
    await restoreRest(run, target, find(ledger.history, release)?.spec, before);
  } else {
    await traffic.unseat(release);
  }
  // Traffic is back. What failed may have been the look at an instance just made: it is not to be left behind.
  await target.refresh();
  if (hadTraffic) {
    // What it was asked before may still be under way; a cancelled job has seconds, not half a minute.
    await drain(run, target, release, run.signal.aborted ? 3000 : run.inputs['drain-timeout']);
    await workload.stop(release);
  } else await workload.remove(release);
  await ledger.save((draft) => {
    mark(draft, release, hadTraffic ? 'rolled-back' : 'bad');
    const record = find(draft, release);
    if (record && !record.reason) record.reason = why;
    if (draft.open?.release === release) draft.open = undefined;
    if (draft.current === release) draft.current = back;
    traffic.removePlace(draft, release);
  });
  return hadTraffic;
}

/** One that had to be started again has the traffic already; "back" is said when it answers, or that it does not. Answers whether it is known to. */
async function checkRestarted(run: Run, target: Target, { release, spec }: ReleaseRecord): Promise<boolean> {
  if (run.signal.aborted) return false;
  try {
    await passGate(run, target, release, spec);
    return true;
  } catch (error) {
    run.signal.throwIfAborted();
    run.actions.warning(
      `${target.label}: ${release} has the traffic again and does not answer well: ${error instanceof Error ? error.message : error}`,
    );
    return false;
  }
}

/**
 * An engine that crashed, or was restarted in the middle of a run, may have left what has the traffic stopped. It comes
 * first: users wait for it.
 */
async function startServing(run: Run, target: Target): Promise<void> {
  for (const { release, share } of target.traffic.places) {
    if (share === 0 || runs(target, release)) continue;
    run.say(`${target.label}: ${release} has the traffic and does not run; starting it`);
    run.memo(target).woken.add(release);
    try {
      await target.workload.start(release);
    } catch (error) {
      run.signal.throwIfAborted();
      const { code, message } = asSeatrialError(error);
      run.actions.warning(`${target.label}: ${release} can't be started again (${code}: ${message})`);
    }
  }
}

/** First of all, what has the traffic runs and can be reached, whatever happened to the engine meanwhile. */
export async function revive(run: Run, target: Target): Promise<void> {
  await target.clearAway();
  await startServing(run, target);
  const { history } = target.ledger;
  // The first release of all is current only when it is good; until then it is what waits, or was being made.
  const [serves] = [history.current, waiting(history)?.release, history.open?.release].filter(Boolean);
  const record = serves && find(history, serves);
  if (record) await target.traffic.revive(record.spec);
}

/** What a killed run left on this target is put in order: under the lock, before anything new is begun. */
export async function repair(run: Run, target: Target): Promise<void> {
  const { ledger, traffic } = target;
  const { open } = ledger.history;
  await reconcile(run, target);
  if (!open) return;
  run.say(`${target.label}: the ${open.command} of ${open.release} by ${open.by} was cut off; putting it in order`);
  if (open.command !== 'rollback') {
    await withdraw(run, target, open.release, open.back, 'the run was cut off');
    return;
  }
  // Both ends of a rollback are releases that had served: whichever has traffic keeps it.
  const shares = await traffic.shares();
  const serving = [...shares].sort((x, y) => y[1] - x[1])[0]?.[0];
  const done = serving === open.release;
  const record = find(ledger.history, done ? open.release : open.back);
  if (record && (shares.get(record.release) ?? 0) < 0.999) await restoreTraffic(run, target, record, true);
  await ledger.save((draft) => {
    if (done) {
      draft.current = open.release;
      mark(draft, open.release, 'good');
      mark(draft, open.back, 'rolled-back');
    }
    draft.open = undefined;
  });
}
