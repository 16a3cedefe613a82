import type { Clock } from '../../../lib/clock.ts';
import { hasEnded, isWanted, type Task } from '../../../lib/docker/swarm.ts';
import type { SwarmApi } from '../api.ts';

/** From the moment a task is made until it answers, its image being there; one whose image is pulled takes longer. */
const RISES_MS = 30_000;
/** A job that was cancelled has seconds for all it has to put back. */
const CANCELLED_MS = 2_000;
const EVERY_MS = 250;

/** Tasks that a change is told to one by one, and what else has to be known of them. */
export interface Rising {
  readonly cancelled: boolean;
  readonly clock: Clock;
  readonly api: Pick<SwarmApi, 'nodes'>;
  refresh(): Promise<void>;
  /** All tasks of the service, as `refresh` has found them. */
  tasks(): readonly Task[];
  /** Tells those that run by now and have not heard. */
  tell(): Promise<unknown>;
  guard(): Promise<void>;
}

const rises = (task: Task) => isWanted(task) && !hasEnded(task) && task.Status.State !== 'running';

/**
 * After a change was written down: tells it to those that were on their way up when it was. What a task begins with the
 * Swarm fills in when it makes it, so they begin with what was before. Those on nodes that are not ready, and those in
 * `given` (given up before in this run), are not waited for. Answers the nodes of those that did not come up in time.
 */
export async function tellRising(
  { cancelled, clock, api, refresh, tasks, tell, guard }: Rising,
  given: Set<string>,
): Promise<string[]> {
  const end = clock.mono() + (cancelled ? CANCELLED_MS : RISES_MS);
  let early: ReadonlySet<string> | undefined;
  for (;;) {
    await refresh();
    await tell();
    const up = tasks().filter((task) => rises(task) && !given.has(task.ID));
    early ??= new Set(up.map(({ ID }) => ID));
    let late = up.filter(({ ID }) => early!.has(ID));
    if (late.length) {
      const ready = new Set((await api.nodes()).filter(({ Status }) => Status.State === 'ready').map(({ ID }) => ID));
      late = late.filter(({ NodeID }) => ready.has(NodeID ?? ''));
    }
    if (!late.length) return [];
    if (clock.mono() > end) {
      for (const { ID } of late) given.add(ID);
      return late.map(({ NodeID }) => NodeID!);
    }
    await clock.sleep(EVERY_MS);
    await guard();
  }
}
