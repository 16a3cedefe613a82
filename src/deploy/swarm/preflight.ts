import type { Service } from '../../lib/docker/swarm.ts';
import { SeatrialError } from '../../lib/errors.ts';
import { claimOf } from '../front/claim.ts';
import { FRONT } from '../front/names.ts';
import { parsePublish } from '../publish.ts';
import { beyond } from './capacity.ts';
import type { Cluster } from './cluster.ts';
import { stackPreflight } from './compose/preflight.ts';
import { checkFront } from './front/keeper.ts';
import { readFront } from './front/read.ts';
import { label } from './labels.ts';
import { edged, type SwarmSpec } from './spec.ts';

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
 * NO_CAPACITY, DOMAIN_TAKEN; of a compose file also COMPOSE_INVALID, SECRETS_NEEDED.
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
  if (!edged(spec) && history.edge) {
    const { publish } = history.edge;
    throw new SeatrialError(
      'PORT_TAKEN',
      `${host}: ${app}-edge has the traffic of ${app}${publish ? ` on ${publish}` : ' by its domains'}; keep ${publish ? 'publish' : 'domains'}, or give what needs no edge an app name of its own.`,
    );
  }
  await frontPreflight(cluster, spec);
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

/**
 * Domains are free, a node has the front's label, and where there is no front yet its ports are nobody's. Domains take the
 * place of `publish`: both are had only by an app that has this port already, and is on its way from one to the other.
 */
async function frontPreflight(cluster: Cluster, spec: SwarmSpec): Promise<void> {
  const claim = claimOf(spec);
  if (!claim) return;
  const { api, app, label: host, history } = cluster;
  if (spec.publish && history.edge?.publish !== spec.publish) {
    throw new SeatrialError(
      'INPUT_INVALID',
      `publish: ${app} gets its users by domains, and no port of its own; leave publish out. Both are for an app that has the port already and is moving to domains.`,
    );
  }
  const state = await readFront(cluster);
  checkFront(cluster, state, claim);
  if (state.holder) return;
  const services = (await api.services([])).filter(({ Spec }) => Spec.Labels[label('app')] !== app);
  for (const port of [state.table.http, state.table.https]) {
    const owner = portOwner(services, FRONT, port);
    if (!owner) continue;
    throw new SeatrialError(
      'PORT_TAKEN',
      `${host}: the service ${owner} has port ${port}, which the front door needs; remove it first, or choose others by front-http and front-https.`,
    );
  }
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
