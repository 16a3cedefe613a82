import { asSeatrialError } from '../../lib/errors.ts';
import { restoreRest } from '../docker/compose/apply-rest.ts';
import { SLOTS } from '../docker/edge/config.ts';
import type { Host } from '../docker/host.ts';
import { removeContainer } from '../docker/removal.ts';
import { find, mark, type ReleaseRecord, waiting } from '../release/history.ts';
import { passGate } from './gate-run.ts';
import { reconcile } from './reconcile.ts';
import type { Run } from './run.ts';
import { createMissing, drain, prepareEdge, removeRelease, startRelease, stopRelease } from './steps.ts';
import { giveBack } from './traffic.ts';

/**
 * Takes a release out of a host after a failure: traffic first, the rest after. With nothing to go back to, nothing
 * serves. Answers whether the release had had traffic.
 */
export async function takeOut(run: Run, host: Host, release: string, back: string, why: string): Promise<boolean> {
  const hadTraffic =
    !host.waitsAtZero.has(release) &&
    (host.history.open?.release === release ? host.history.open.traffic : host.slotOf(release) !== undefined);
  const target = back ? find(host.history, back) : undefined;
  if (target && back !== release) {
    // Without an edge, two releases can't have the port: the new one goes first.
    if (!host.edged) await stopRelease(host, release);
    let started = false;
    await giveBack(host, target, async () => {
      await createMissing(run, host, target);
      await startRelease(run, host, target.release);
      started = true;
    });
    if (started) await awake(run, host, target);
    run.say(`${host.label}: traffic is back on ${back}`);
    await restoreRest(run, host, find(host.history, release)?.spec, target.spec);
  } else if (host.edged && host.slotOf(release)) {
    await host.unseat(release);
  }
  // Traffic is back. What failed may have been the look at a container just made: it is not to be left behind.
  await host.refresh();
  if (hadTraffic) {
    // What it was asked before may still be under way; a cancelled job has seconds, not half a minute.
    await drain(run, host, release, run.signal.aborted ? 3000 : run.inputs['drain-timeout']);
    await stopRelease(host, release);
  } else await removeRelease(host, release);
  await host.save((draft) => {
    mark(draft, release, hadTraffic ? 'rolled-back' : 'bad');
    const record = find(draft, release);
    if (record && !record.reason) record.reason = why;
    if (draft.open?.release === release) draft.open = undefined;
    if (draft.current === release) draft.current = back;
    for (const slot of ['a', 'b'] as const) {
      if (draft.edge?.slots[slot]?.release === release) draft.edge.slots[slot] = null;
    }
  });
  return hadTraffic;
}

/** One that had to be started again has the traffic already; "back" is said when it answers, or that it does not. */
async function awake(run: Run, host: Host, target: ReleaseRecord): Promise<void> {
  if (run.signal.aborted) return;
  try {
    await passGate(run, host, target.release, target.spec);
  } catch (error) {
    run.signal.throwIfAborted();
    run.actions.warning(
      `${host.label}: ${target.release} has the traffic again and does not answer well: ${error instanceof Error ? error.message : error}`,
    );
  }
}

/** A reader lives for a moment; one this old was left behind by a kill. */
const READER_MS = 60_000;

/** Removes what no run has any use for, and tries again what an engine once failed to remove. */
async function clearAway(run: Run, host: Host): Promise<void> {
  const { hooks, readers, going } = host.listing;
  const old = readers.filter(({ createdAt }) => host.now() - createdAt > READER_MS);
  for (const id of [...hooks, ...old.map((reader) => reader.id)]) await removeContainer(host.engine, id);
  for (const { id, name } of going) {
    const { stuck } = await removeContainer(host.engine, id);
    if (stuck) {
      run.actions.warning(
        `${host.label}: the engine fails to remove ${name}, which is dead and does no harm (${stuck}); restart the engine when it suits you.`,
      );
    }
  }
}

const runs = (host: Host, release: string) =>
  host.of(release).length > 0 && host.of(release).every((c) => c.state === 'running');

/**
 * An engine that crashed, or was restarted in the middle of a run, may have left what has the traffic stopped. It comes
 * first: users wait for it.
 */
async function wakeServing(run: Run, host: Host): Promise<void> {
  for (const slot of SLOTS) {
    const use = host.history.edge?.slots[slot];
    if (!use || use.share === 0 || runs(host, use.release)) continue;
    run.say(`${host.label}: ${use.release} has the traffic and does not run; starting it`);
    host.woken.add(use.release);
    try {
      await startRelease(run, host, use.release);
    } catch (error) {
      run.signal.throwIfAborted();
      const { code, message } = asSeatrialError(error);
      run.actions.warning(`${host.label}: ${use.release} can't be started again (${code}: ${message})`);
    }
  }
}

/** Starts an edge that is down. Names of what doesn't run are left out: an edge waits long for each at its start. */
async function wakeEdge(run: Run, host: Host): Promise<void> {
  const { history } = host;
  // The first release of all is current only when it is good; until then it is what waits, or was being made.
  const [of] = [history.current, waiting(history)?.release, history.open?.release].filter(Boolean);
  const record = of && find(history, of);
  if (!history.edge || host.edgeRuns || !record) return;
  const idle = SLOTS.filter((slot) => {
    const use = history.edge!.slots[slot];
    return use && use.share === 0 && !runs(host, use.release);
  });
  if (idle.length) {
    await host.save((draft) => {
      for (const slot of idle) draft.edge!.slots[slot] = null;
    });
  }
  await prepareEdge(run, host, record.spec);
}

/** First of all, what has the traffic runs and can be reached, whatever happened to the engine meanwhile. */
export async function revive(run: Run, host: Host): Promise<void> {
  await clearAway(run, host);
  await wakeServing(run, host);
  await wakeEdge(run, host);
}

/** What a killed run left on this host is put in order: under the lock, before anything new is begun. */
export async function repair(run: Run, host: Host): Promise<void> {
  const { open } = host.history;
  await reconcile(host);
  if (!open) return;
  run.say(`${host.label}: the ${open.command} of ${open.release} by ${open.by} was cut off; putting it in order`);
  if (open.command === 'rollback') {
    // Both ends of a rollback are releases that had served: whichever has traffic keeps it.
    const shares = await host.shares();
    const serving = [...shares].sort((x, y) => y[1] - x[1])[0]?.[0];
    const done = serving === open.release;
    const record = find(host.history, done ? open.release : open.back);
    if (record && (shares.get(record.release) ?? 0) < 0.999) {
      await giveBack(host, record, () => startRelease(run, host, record.release));
    }
    await host.save((draft) => {
      if (done) {
        draft.current = open.release;
        mark(draft, open.release, 'good');
        mark(draft, open.back, 'rolled-back');
      }
      draft.open = undefined;
    });
    return;
  }
  await takeOut(run, host, open.release, open.back, 'the run was cut off');
}
