import type { Target } from '../target.ts';
import type { Run } from './run.ts';

/**
 * The time in which no release answers users on a target: one release is stopped before another can take its place.
 * `open` where one was stopped, `close` where another has the traffic; told twice, the first counts.
 */
export function openGap(run: Pick<Run, 'memo' | 'clock'>, target: Target): void {
  run.memo(target).gap ??= { ms: 0 };
  run.memo(target).gap!.since ??= run.clock.mono();
}

export function closeGap(run: Pick<Run, 'memo' | 'clock'>, target: Target): void {
  const { gap } = run.memo(target);
  if (gap?.since === undefined) return;
  gap.ms += run.clock.mono() - gap.since;
  delete gap.since;
}

/** The longest of all targets in whole seconds, up to now where it is not over; undefined where there was none. */
export function gapOf({ targets, memo, clock }: Pick<Run, 'targets' | 'memo' | 'clock'>): number | undefined {
  const gaps = targets.flatMap((target) => memo(target).gap ?? []);
  const now = clock.mono();
  const longest = Math.max(0, ...gaps.map(({ ms, since }) => ms + (since === undefined ? 0 : now - since)));
  return gaps.length ? Math.ceil(longest / 1000) : undefined;
}
