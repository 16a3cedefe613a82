import { placeOf, runs } from '../on-target.ts';
import type { History, ReleaseRecord } from '../release/history.ts';
import { noteTraffic } from '../release/journal.ts';
import type { Target } from '../target.ts';
import type { Run } from './run.ts';

/** Gives a release a place at no traffic, where traffic is shared and it has a port. The journal is told before any can come. */
export async function seat(run: Run, target: Target, release: string, port: number | undefined): Promise<void> {
  if (!target.can.share || !port) return;
  await target.traffic.seat(release, port, (draft) => {
    if (draft.open?.release === release && !draft.open.traffic) run.memo(target).atZero.add(release);
    noteTraffic(draft, release);
  });
}

/** Gives a release its share and writes it down with what else `edit` has to say; answers the milliseconds the switch took. */
export async function shift(
  run: Run,
  target: Target,
  release: string,
  share: number,
  edit: (draft: History) => void = () => undefined,
): Promise<number> {
  if (share > 0) run.memo(target).atZero.delete(release);
  return target.traffic.shift(release, share, edit);
}

/** Leads the testers that `canary-match` names to a candidate; it may have requests from then on, whatever its share. */
export async function lead(run: Run, target: Target, release: string): Promise<void> {
  run.memo(target).atZero.delete(release);
  await target.traffic.lead?.(release);
}

/**
 * Puts traffic on a release again, whatever was between: starts it where it must, gives it a place, and shifts. Traffic
 * moves first where the release still runs. Answers whether it had to be started. `asIs`: what is missing of it is not made.
 */
export async function restoreTraffic(run: Run, target: Target, record: ReleaseRecord, asIs = false): Promise<boolean> {
  const { release, spec } = record;
  const ready = runs(target, release) && placeOf(target, release) !== undefined;
  if (!ready) {
    if (!asIs) await target.workload.create(record);
    await target.workload.start(release);
    await seat(run, target, release, spec.port);
  }
  await shift(run, target, release, 1);
  return !ready;
}
