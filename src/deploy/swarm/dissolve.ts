import { statusOf } from '../../lib/docker/engine.ts';
import { emptyHistory } from '../release/history.ts';
import type { Cluster } from './cluster.ts';
import { dropNetworks } from './front/dissolve.ts';
import { releaseNames } from './front/keeper.ts';
import type { SwarmHistory } from './model.ts';
import { adminNetworkName, lockName, networkName } from './names.ts';
import { sweepOperators } from './operator.ts';
import { pruneSecrets } from './secrets.ts';
import { forgetHistory } from './state/store.ts';

/** A network can go when the last container has left it, on whichever node: the Swarm hears of that a moment later. */
const LEAVE_MS = 30_000;

/** Removes the app's services, its edge first, its secrets, networks and history. What volumes hold stays on the nodes. */
export async function dissolve(cluster: Cluster): Promise<void> {
  const { api, app, environment, engine, clock } = cluster;
  await cluster.guard();
  await cluster.refresh();
  const { edge, releases, hooks } = cluster.listing;
  if (edge) {
    await api.removeService(edge.id);
    await cluster.ended(edge.id, LEAVE_MS);
  }
  await releaseNames(cluster);
  for (const { id } of releases) await api.removeService(id);
  for (const id of hooks) await api.removeService(id);
  for (const { id } of releases) await cluster.ended(id, LEAVE_MS);
  await pruneSecrets(api, cluster);
  await cluster.fleet.close();
  await sweepOperators(engine, app, cluster.now(), true);
  const end = clock.mono() + LEAVE_MS;
  for (const name of [networkName(app), adminNetworkName(app)]) {
    while (!(await gone(() => api.removeNetwork(name))) && clock.mono() < end) await clock.sleep(200);
  }
  await dropNetworks(cluster);
  await forgetHistory(api, app, environment);
  await cluster.close();
  // The lock last: who takes it in this moment makes another, and what he does there is his own.
  const lock = await api.config(lockName(app));
  if (lock) await api.unstore('configs', lock.ID);
  cluster.history = emptyHistory(app, environment) as SwarmHistory;
  await cluster.refresh();
}

/** Whether it went; one that somebody is still in does not yet. */
async function gone(remove: () => Promise<void>): Promise<boolean> {
  try {
    await remove();
    return true;
  } catch (error) {
    if (statusOf(error) === 0) throw error;
    return false;
  }
}
