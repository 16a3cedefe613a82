import { noCounters } from '../on-target.ts';
import type { Counted, Counters, Target } from '../target.ts';
import { between, nothingCounted, plus } from './counters.ts';
import type { Minute, Run } from './run.ts';

/*
 * What users met before a switch: a release that mends an outage is compared with that. By a blue-green switch the one
 * before has no users afterwards, and a gate may take two seconds, in which too few ask.
 */

/** So long before a switch counts. */
const MINUTE_MS = 60_000;

type BackOf = (target: Target) => string;

/** The release before on a target, as the time before the switch begins. */
export interface Before {
  counters: Counters;
  minute: Minute;
  at: number;
}

export const count = (target: Target, release: string) => (release ? target.traffic.counters(release) : noCounters);

/**
 * Has each target recall its last minute, once: to be called before what carries the traffic is changed, as it may
 * forget then. One that can't leaves what is counted from now on.
 */
export async function recall(run: Run, targets: readonly Target[], backOf: BackOf): Promise<void> {
  const one = async (target: Target) => {
    const memo = run.memo(target);
    const [at, back] = [run.clock.mono(), backOf(target)];
    if (memo.minute && at - memo.minute.at < MINUTE_MS) return;
    memo.minute = { at, met: back ? await target.traffic.lately?.(back, MINUTE_MS) : undefined };
  };
  await Promise.all(targets.map(one));
}

/** The time before the switch begins: from now on the releases before are counted. */
export async function countBefore(
  run: Run,
  targets: readonly Target[],
  backOf: BackOf,
): Promise<ReadonlyMap<Target, Before>> {
  await recall(run, targets, backOf);
  const one = async (target: Target) => {
    const counters = await count(target, backOf(target));
    return [target, { counters, minute: run.memo(target).minute!, at: run.clock.mono() }] as const;
  };
  return new Map(await Promise.all(targets.map(one)));
}

/** What users met of the release before until now; what was counted for a minute or longer needs no older one. Pure. */
export function metBefore({ counters, minute, at }: Before, now: Counters, nowMs: number): Counted {
  const since = between(counters, now);
  return nowMs - at >= MINUTE_MS && since.requests > 0 ? since : plus(minute.met ?? nothingCounted, since);
}
