import { addressIn } from '../../../lib/docker/swarm.ts';
import type { SlotName } from '../../docker/model.ts';
import type { Cluster } from '../cluster.ts';
import type { SwarmHistory } from '../model.ts';
import { networkName, tasksName } from '../names.ts';
import type { EdgeSession } from './session.ts';

/**
 * The same with every task of the edge, then written down, then once more with those that have begun meanwhile: what
 * they began with may be what was written before. Answers the milliseconds until all had heard.
 */
export async function everywhere(
  cluster: Cluster,
  work: (session: EdgeSession) => Promise<void>,
  edit: (draft: SwarmHistory) => void,
): Promise<number> {
  const { fleet, clock } = cluster;
  const asked = new Set<string>();
  const told = async (session: EdgeSession) => {
    await work(session);
    asked.add(session.at.task);
  };
  const begun = clock.mono();
  await fleet.each(told);
  const ms = clock.mono() - begun;
  await cluster.save(edit);
  await cluster.refresh();
  if (cluster.edges.some(({ ID }) => !asked.has(ID))) {
    await fleet.each((session) => (asked.has(session.at.task) ? Promise.resolve() : told(session)));
  }
  return ms;
}

/** Points the servers of a slot at the tasks of a release; those that are right already are left as they are. */
export async function pointSlot(
  cluster: Cluster,
  session: EdgeSession,
  slot: SlotName,
  release: string,
  port: number,
): Promise<void> {
  const host = tasksName(cluster.app, release);
  const tasks = cluster.of(release);
  const hosts = await session.hosts();
  for (let i = 0; i < cluster.history.edge!.room; i++) {
    const server = `${slot}${i + 1}`;
    const task = tasks[i]?.task;
    if (!task) {
      if (hosts.get(server) !== '-') await session.vacate(server);
    } else if (hosts.get(server) !== host) {
      await session.point(server, { host, ip: addressIn(task, networkName(cluster.app)), port });
    }
  }
}
