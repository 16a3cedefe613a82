import { SeatrialError } from '../../lib/errors.ts';
import { type Lease, leaseWords, nameHolder } from '../release/lease.ts';
import type { Outcome } from '../rollout/outcome.ts';
import { type Run, readAll } from '../rollout/run.ts';
import type { Target } from '../target.ts';

/** Names every holder first, then takes the locks away: one whose lease runs only with force, and then none. */
export async function unlock(run: Run, out: Outcome): Promise<void> {
  await readAll(run);
  out.release = run.targets[0]!.ledger.history.current;
  const { force } = run.inputs;
  const found: { target: Target; held: Lease; runs: boolean; words: string }[] = [];
  for (const target of run.targets) {
    const held = await target.ledger.holder();
    if (!held) {
      run.say(`${target.label}: nobody holds the lock`);
      continue;
    }
    const now = await target.ledger.time();
    const words = leaseWords(held, now);
    found.push({ target, held, runs: held.expiresAt === undefined || held.expiresAt >= now, words });
    run.say(`${target.label}: the lock is held by ${nameHolder(held)}; ${words}`);
  }
  const alive = found.find(({ runs }) => runs);
  if (alive && !force) {
    throw new SeatrialError(
      'LOCK_HELD',
      `${alive.target.label}: ${nameHolder(alive.held)} has the lock and ${alive.words}; wait for it, or give force: true if that run is dead.`,
    );
  }
  for (const { target, held } of found) {
    if (run.inputs['dry-run']) run.say(`${target.label}: this lock would be taken away`);
    else await takeAway(run, target, held);
  }
}

async function takeAway(run: Run, target: Target, held: Lease): Promise<void> {
  const { ours, stuck } = await target.ledger.free(held.id);
  if (stuck) run.actions.warning(`${target.label}: the engine fails to remove it, so it was set aside: ${stuck}`);
  run.say(`${target.label}: ${ours || stuck ? 'the lock is free' : 'its holder gave it back meanwhile'}`);
}
