import { exitCodeOf, hasFailed, isWanted } from '../../../lib/docker/swarm.ts';
import { SeatrialError } from '../../../lib/errors.ts';
import { formatDuration } from '../../../lib/units.ts';
import type { Cluster } from '../cluster.ts';
import { lastLines } from '../log.ts';
import { begun } from '../tasks.ts';
import { untilBegun } from '../wait.ts';

const UP_MS = 60_000;
const EVERY_MS = 150;

/** A global service on its way up. */
export interface Rising {
  service: string;
  name: string;
  /** Ids of tasks that were there before. */
  before: ReadonlySet<string>;
  publish?: string;
  /** As messages call it. */
  what: string;
  /** Of the error where HAProxy does not take its configuration, and what to do then. */
  code: 'EDGE_CONFIG' | 'FRONT_CONFIG';
  cure: string;
}

/**
 * Waits until each node that is to have a task of a global service has a new one. Errors: those of `untilBegun`, `code`,
 * EDGE_UNREACHABLE.
 */
export async function untilEverywhere(cluster: Cluster, rising: Rising): Promise<void> {
  const { api, clock, label: host } = cluster;
  const { service, name, before, publish, what } = rising;
  // A global service has a task for each node that its placement allows; which those are only the Swarm knows.
  const first = { service, name, slots: 1, before, publish };
  await untilBegun(cluster, first);
  const end = clock.mono() + UP_MS;
  for (;;) {
    const tasks = await api.tasks([service], cluster.signal);
    const fresh = tasks.filter((task) => !before.has(task.ID));
    const due = tasks.filter(isWanted);
    if (begun(fresh, 1).kind === 'stuck') await untilBegun(cluster, first);
    const crashed = fresh.filter(hasFailed);
    if (crashed.length > 1) {
      const words = (await lastLines(cluster, crashed[0]!)).filter((line) => /ALERT/.test(line)).join(' ');
      throw new SeatrialError(
        rising.code,
        `${host}: ${what} does not come up: ${words.slice(0, 400) || crashed[0]!.Status.Err || `exit code ${exitCodeOf(crashed[0]!)}`}; ${rising.cure}.`,
      );
    }
    const nodes = await cluster.nodes();
    const there = due.filter(({ NodeID }) => nodes.get(NodeID ?? '')?.Status.State === 'ready');
    if (there.length && there.every(({ ID, Status }) => !before.has(ID) && Status.State === 'running')) return;
    if (clock.mono() > end) {
      const late = there.filter(({ Status }) => Status.State !== 'running').map(({ NodeID }) => NodeID);
      throw new SeatrialError(
        'EDGE_UNREACHABLE',
        `${host}: ${what} did not come up on ${late.length} nodes within ${formatDuration(UP_MS)} (${late.join(', ')}); look at docker service ps ${name}.`,
      );
    }
    await clock.sleep(EVERY_MS, cluster.signal);
    await cluster.guard();
  }
}
