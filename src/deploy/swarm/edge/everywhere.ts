import { addressIn } from '../../../lib/docker/swarm.ts';
import type { SlotName } from '../../docker/model.ts';
import type { Cluster } from '../cluster.ts';
import type { SwarmHistory } from '../model.ts';
import { edgeName, networkName, tasksName } from '../names.ts';
import { tellRising } from './rising.ts';
import type { EdgeSession } from './session.ts';

/**
 * The same with every task of the edge, then written down, then once more with those that have begun meanwhile or are
 * about to: what they begin with may be what was written before. Answers the milliseconds until all had heard.
 */
export async function everywhere(
  cluster: Cluster,
  work: (session: EdgeSession) => Promise<void>,
  edit: (draft: SwarmHistory) => void,
): Promise<number> {
  const { fleet, clock, api } = cluster;
  const asked = new Set<string>();
  const told = async (session: EdgeSession) => {
    await work(session);
    asked.add(session.at.task);
  };
  const begun = clock.mono();
  await fleet.each(told);
  const ms = clock.mono() - begun;
  await cluster.save(edit);
  const late = await tellRising(
    {
      ...{
        clock,
        api,
        cancelled: cluster.signal === undefined,
        refresh: () => cluster.refresh(),
        guard: () => cluster.guard(),
      },
      tasks: () => cluster.listing.edge?.tasks ?? [],
      tell: async () => {
        if (cluster.edges.every(({ ID }) => asked.has(ID))) return;
        await fleet.each((session) => (asked.has(session.at.task) ? Promise.resolve() : told(session)));
      },
    },
    fleet.slow,
  );
  for (const node of late) {
    cluster.context.actions.warning(
      `${cluster.label}: the edge on node ${node} is still on its way up and may begin with the traffic as it was before; look at docker service ps ${edgeName(cluster.app)}, and when it runs, run command: prune, which puts it right.`,
    );
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
