import { addressIn, askEngine, isWanted, listTasks } from '../../lib/docker/swarm.ts';
import { SeatrialError } from '../../lib/errors.ts';
import { ADMIN_NET_PORT } from '../../lib/haproxy.ts';
import type { OpenHost } from './containers.ts';
import { type AskEdges, askServers } from './edge.ts';

/** The node whose engine was reached. */
export async function nodeOf({ engine }: OpenHost, signal: AbortSignal): Promise<string> {
  const { Swarm } = await askEngine<{ Swarm: { NodeID: string } }>(
    engine,
    'ask the engine about itself',
    { path: '/info' },
    { signal },
  );
  return Swarm.NodeID;
}

/**
 * Asks every task of the edge's service through the one on the node that was reached: their admin sockets take questions
 * from their own network alone. Tasks that come and go meanwhile are those that are asked.
 */
export function askFleet(host: OpenHost, app: string, service: string, node: string): AskEdges {
  return async (signal) => {
    const tasks = await listTasks(host.engine, [service], { timeoutMs: 5000, signal });
    const running = tasks.filter((task) => isWanted(task) && task.Status.State === 'running');
    const near = running.find(({ NodeID }) => NodeID === node)?.Status.ContainerStatus?.ContainerID;
    if (!near) {
      throw new SeatrialError(
        'NOT_SUPPORTED',
        `${host.host}: the manager that was reached runs no task of ${service}, through which the others could be asked; name another in hosts.`,
      );
    }
    return Promise.all(
      running.map(async (task) => {
        const address = addressIn(task, `${app}-admin`);
        return { edge: task.ID, servers: await askServers(host, near, address, ADMIN_NET_PORT, signal) };
      }),
    );
  };
}
