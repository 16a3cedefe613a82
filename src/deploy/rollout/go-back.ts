import { asSeatrialError, SeatrialError } from '../../lib/errors.ts';
import { carriers, placeOf } from '../on-target.ts';
import { serves } from '../release/destination.ts';
import { find, type History, mark, type ReleaseRecord, waiting } from '../release/history.ts';
import { begin } from '../release/journal.ts';
import { carriersOf } from '../release/parts.ts';
import { percent } from '../release/share.ts';
import type { Spec } from '../release/spec.ts';
import type { Place, Target } from '../target.ts';
import { closeGap } from './gap.ts';
import { type Fitness, fitness, worse } from './gate-run.ts';
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
  const there = carriers(target, release);
  const warm =
    there.length >= carriersOf(spec) && there.every(({ state }) => state === 'running' || state === 'paused');
  const leaves = find(ledger.history, from)?.spec.strategy;
  const apart = leaves === 'recreate' || spec.strategy === 'recreate' || !target.can.beside;
  let alone: number | undefined;
  if (warm && placeOf(target, release)) {
    if (there.some(({ state }) => state === 'paused')) await workload.start(release);
    await answers(run, target, from, record);
  } else {
    run.say(`${target.label}: ${release} is not warm; starting it`);
    await journalRollback(run, target, release);
    await target.traffic.prepare(spec);
    await workload.create(record);
    if (apart && from) {
      alone = run.clock.mono();
      await stopPredecessor(run, target, from, release);
    }
    if (alone === undefined) await readyOrNoWorse(run, target, from, record);
    else await makeReady(run, target, record);
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
  closeGap(run, target);
  if (alone !== undefined) run.say(`${target.label}: the gap was ${Math.round(run.clock.mono() - alone)} ms`);
  return ms;
}

/** Times a warm release is asked, as one silence may be the host's bad moment; the pause between them grows. */
const QUESTIONS = 4;

/** A warm release is asked before it gets everything, until it answers well once. */
async function answers(run: Run, target: Target, from: string, record: ReleaseRecord): Promise<void> {
  const { release, spec } = record;
  const ask = () => fitness(run, target, release, spec);
  let found = await ask();
  for (let asked = 1; found.fault && asked < QUESTIONS && !run.inputs.force; asked++) {
    await run.clock.sleep(150 * 2 ** asked, run.signal);
    found = await ask();
  }
  const { fault } = found;
  if (!fault) return;
  if (run.inputs.force) {
    run.actions.warning(`${target.label}: ${release} is not well (${fault.why}); going there because of force.`);
    return;
  }
  if (!(await noWorse(run, target, from, record, found))) {
    throw new SeatrialError(
      'DEPLOY_UNHEALTHY',
      `${target.label}: ${release} is warm but not well: ${fault.why}; nothing was changed, force: true goes there all the same.`,
    );
  }
}

/** A release that did not pass its gate gets the traffic where users are served no better now. */
async function readyOrNoWorse(run: Run, target: Target, from: string, record: ReleaseRecord): Promise<void> {
  try {
    await makeReady(run, target, record);
  } catch (error) {
    if (asSeatrialError(error).code !== 'DEPLOY_UNHEALTHY') throw error;
    await target.refresh(run.signal);
    const found = await fitness(run, target, record.release, record.spec);
    if (found.running < 1 || !(await noWorse(run, target, from, record, found))) throw error;
  }
}

/**
 * Asks what serves whether it fares better than the release that is not well: on a host too busy to answer, or in an
 * outage, it doesn't, and then nothing speaks for keeping users there. Going is told.
 */
async function noWorse(run: Run, target: Target, from: string, { release }: ReleaseRecord, found: Fitness) {
  const serving = find(target.ledger.history, from);
  if (serving && worse(found, await fitness(run, target, from, serving.spec))) return false;
  const why = found.fault ? ` (${found.fault.name}: ${found.fault.why})` : '';
  run.actions.warning(
    `${target.label}: ${release} is not well${why}, and ${from || 'what serves'} is no better off; going there.`,
  );
  return true;
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
  const waits = waiting(old)?.release;
  if (waits && placeOf(target, waits)) await target.traffic.lead?.(waits);
  await target.ledger.save((draft) => {
    draft.current = old.current;
    draft.open = undefined;
    for (const { release, status } of [from, destination]) mark(draft, release, status);
  });
  closeGap(run, target);
  run.say(`${target.label}: traffic is on ${from.release}, as before`);
}

/** How long a proof is asked for: the app may be busy with the very users it has just been given. */
const PROOF_MS = 10_000;

/**
 * Asks the edge, and through its front door the app, who answers now, until both say the release or the time is over.
 * Traffic stays where it is whatever comes of it. Where the edge itself gives the release everything, a question that
 * got no answer is a warning; where it does not, ROLLBACK_UNPROVEN is answered, for the run to end with.
 */
export async function proveBack(
  run: Run,
  target: Target,
  { release }: ReleaseRecord,
  out: Outcome,
): Promise<SeatrialError | undefined> {
  const end = run.clock.mono() + PROOF_MS;
  for (;;) {
    let problem: unknown;
    const proof = await target.traffic
      .prove(find(target.ledger.history, release)!, run.signal)
      .catch((error: unknown) => {
        problem = error;
        return null;
      });
    if (proof === undefined) return undefined;
    if (proof && proof.share >= 0.999 && proof.mine) {
      const line = `${target.label}: ${proof.words ?? `the edge gives ${release} all traffic, and its server ${proof.server} answered ${proof.status}`}`;
      run.say(line);
      out.notes.push(line);
      return undefined;
    }
    if (run.clock.mono() < end && !run.signal.aborted) {
      await run.clock.sleep(500);
      continue;
    }
    if (proof && proof.share >= 0.999) {
      const door = `the edge gives ${release} all traffic; a question through its front door got no answer of it (${proof.server ? `"${proof.server}" answered ${proof.status}` : 'no answer'})`;
      const line = `${target.label}: ${proof.words ?? door}.`;
      run.actions.warning(line);
      out.notes.push(line);
      return undefined;
    }
    const said = proof
      ? (proof.words ?? `the edge gives ${release} ${percent(proof.share)}% and "${proof.server}" answered`)
      : `the edge can't be asked (${problem instanceof Error ? problem.message : problem})`;
    return new SeatrialError(
      'ROLLBACK_UNPROVEN',
      `${target.label}: traffic was given to ${release}, and it could not be proved: ${said}; look at what carries the traffic.`,
    );
  }
}

/** Brings what stands behind back to what a release says. What can't be is told; who is served by then stays served. */
export async function restoreRest(
  run: Run,
  target: Target,
  from: Spec | undefined,
  { release, spec }: ReleaseRecord,
): Promise<void> {
  try {
    await target.companions.restore(from, spec, release);
  } catch (error) {
    const problem = asSeatrialError(error);
    run.actions.warning(
      `${target.label}: users are served, but not all that stands behind could be brought back (${problem.code}: ${problem.message})`,
    );
  }
}
