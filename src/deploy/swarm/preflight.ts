import type { Service } from '../../lib/docker/swarm.ts';
import { SeatrialError } from '../../lib/errors.ts';
import { parsePublish } from '../publish.ts';
import { beyond } from './capacity.ts';
import type { Cluster } from './cluster.ts';
import { stackPreflight } from './compose/preflight.ts';
import { label } from './labels.ts';
import type { SwarmSpec } from './spec.ts';

/** Pure: the service of somebody else that has a port on nodes, or on all of them by the routing mesh. */
export function portOwner(services: readonly Service[], app: string, publish: string): string | undefined {
  const { port } = parsePublish(publish);
  return services.find(
    ({ Spec }) =>
      Spec.Labels[label('app')] !== app &&
      Spec.EndpointSpec?.Ports?.some(({ PublishedPort }) => PublishedPort === port),
  )?.Spec.Name;
}

/**
 * What can be known to go wrong before anything is touched. Errors: ENVIRONMENT_CLASH, NETWORK_MISSING, PORT_TAKEN,
 * NO_CAPACITY; of a compose file also COMPOSE_INVALID, SECRETS_NEEDED.
 */
export async function preflight(cluster: Cluster, spec: SwarmSpec): Promise<void> {
  const { listing, app, label: host, environment, api, history } = cluster;
  const [stranger] = listing.strangers;
  if (stranger) {
    throw new SeatrialError(
      'ENVIRONMENT_CLASH',
      `${host}: ${app} runs here for another environment (${stranger}); use another Swarm, or another app name such as ${app}-${environment.toLowerCase()}.`,
    );
  }
  for (const line of spec.networks) await networkServes(cluster, line.split(':')[0]!);
  if (!spec.publish && history.edge) {
    throw new SeatrialError(
      'PORT_TAKEN',
      `${host}: ${app}-edge has the traffic of ${app} on ${history.edge.publish}; keep publish, or give what needs no edge an app name of its own.`,
    );
  }
  const owner = spec.publish && portOwner(await api.services([]), app, spec.publish);
  if (owner) {
    throw new SeatrialError(
      'PORT_TAKEN',
      `${host}: the service ${owner} has port ${spec.publish}; choose another publish, or remove it first.`,
    );
  }
  const short = beyond(await api.nodes(), spec);
  if (short)
    throw new SeatrialError('NO_CAPACITY', `${host}: no node takes ${app}: ${short}; add a node, or ask for less.`);
  if (spec.compose) await stackPreflight(cluster, spec);
}

/** Only a network of the Swarm reaches tasks on every node. */
async function networkServes({ api, label: host }: Cluster, name: string): Promise<void> {
  const network = await api.network(name);
  if (network?.Scope === 'swarm') return;
  const said = network ? `${name} is a network of this node alone` : `there is no network ${name}`;
  throw new SeatrialError(
    'NETWORK_MISSING',
    `${host}: ${said}; create it with docker network create -d overlay ${name}, or leave it out of networks.`,
  );
}
