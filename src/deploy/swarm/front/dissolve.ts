import { statusOf } from '../../../lib/docker/engine.ts';
import { FRONT } from '../../front/names.ts';
import type { Cluster } from '../cluster.ts';
import { label } from '../labels.ts';
import { adminNetworkName, networkName } from '../names.ts';
import { pruneSecrets } from '../secrets.ts';
import { PLACE } from './names.ts';
import { forgetTables } from './objects.ts';
import type { FrontState } from './read.ts';

const LEAVE_MS = 10_000;

/** Nobody has a name any more: nothing shall own the ports. Under the front's lock, which stays. */
export async function dissolveFront(cluster: Cluster, { holder, doors, orders }: FrontState): Promise<void> {
  const { api } = cluster;
  if (holder) await api.removeService(holder.id);
  for (const { id } of [...doors, ...(orders ? [orders] : [])]) await api.removeService(id);
  if (holder) await cluster.ended(holder.id, LEAVE_MS);
  if (orders) await cluster.ended(orders.id, LEAVE_MS);
  await forgetTables(cluster);
  await pruneSecrets(api, PLACE);
  await dropNetworks(cluster);
  cluster.say('the front door is removed with its last name');
}

/** The front's networks go where nobody is in them any more: a WebSocket that is still open, or an edge, keeps them. */
export async function dropNetworks({ api }: Cluster): Promise<void> {
  if ((await api.services([`${label('app')}=${FRONT}`])).length) return;
  for (const name of [networkName(FRONT), adminNetworkName(FRONT)]) {
    try {
      await api.removeNetwork(name);
    } catch (error) {
      if (statusOf(error) === 0) throw error;
    }
  }
}
