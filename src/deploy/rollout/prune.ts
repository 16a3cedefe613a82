import { placeOf } from '../on-target.ts';
import { find, type History, neededReleases } from '../release/history.ts';
import type { Target } from '../target.ts';
import type { Run } from './run.ts';

/**
 * Releases of which nothing has to be left on a target: beyond the newest `keep`, and never what serves, waits, is
 * warm, or what the next rollback goes to. `placed`: it has a place in the traffic. Pure.
 */
export function superfluous(
  history: History,
  present: readonly string[],
  keep: number,
  placed: (release: string) => boolean,
): string[] {
  const good = history.releases.filter((r) => r.status === 'good').map((r) => r.release);
  const needed = new Set([...neededReleases(history), ...good.slice(0, keep)]);
  const newestFirst = [...present].sort((x, y) =>
    (find(history, y)?.at ?? '').localeCompare(find(history, x)?.at ?? ''),
  );
  return newestFirst.filter((release, i) => i >= keep && !needed.has(release) && !placed(release));
}

export const superfluousOn = (target: Target, keep: number): string[] =>
  superfluous(target.ledger.history, target.releases, keep, (release) => placeOf(target, release) !== undefined);

/** Removes superfluous releases, and then the images only they used. Answers which went. */
export async function pruneTarget(run: Run, target: Target): Promise<string[]> {
  const going = superfluousOn(target, run.inputs['keep-releases']);
  for (const release of going) await target.workload.remove(release);
  await target.images.discard(going);
  if (going.length) {
    run.say(`${target.label}: removed ${going.length} old release${going.length > 1 ? 's' : ''}: ${going.join(', ')}`);
  }
  return going;
}
