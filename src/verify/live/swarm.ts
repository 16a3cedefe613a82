import { addressIn, askEngine, isWanted, listTasks } from '../../lib/docker/swarm.ts';
import { SeatrialError } from '../../lib/errors.ts';
import { ADMIN_NET_PORT } from '../../lib/haproxy.ts';
import type { OpenHost } from './containers.ts';
import { type AskEdges, askEach, askFrom } from './edge.ts';

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
  let near = '';
  return async (signal) => {
    const tasks = await listTasks(host.engine, [service], { timeoutMs: 5000, signal });
    const alive = tasks.filter(({ Status }) => Status.State === 'running');
    const running = alive.filter(isWanted);
    // One that is on its way out answers until it ends.
    const here = [...running, ...alive].find(({ NodeID }) => NodeID === node);
    near = here?.Status.ContainerStatus?.ContainerID ?? '';
    if (!near) {
      throw new SeatrialError(
        'NOT_SUPPORTED',
        `${host.host}: the manager that was reached runs no task of ${service}, through which the others could be asked; name another in hosts.`,
      );
    }
    return askEach(
      service,
      running.map((task) => {
        const name = `${service} on node ${task.NodeID}`;
        const admin = [addressIn(task, `${app}-admin`), ADMIN_NET_PORT] as const;
        // What we ask from may be a task that is replaced too.
        return { edge: task.ID, name, ask: () => askFrom(host, () => near, admin, name, signal) };
      }),
    );
  };
}
