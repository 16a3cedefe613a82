import { nameOf } from '../../lib/docker/inspect.ts';
import type { ContainerInfo } from '../../lib/docker/types.ts';
import { SeatrialError } from '../../lib/errors.ts';
import { claimOf } from '../front/claim.ts';
import { clashes, parsePublish } from '../publish.ts';
import { composePreflight } from './compose/ask-host.ts';
import { edgeName } from './containers.ts';
import { checkDisk } from './disk.ts';
import { portsBy, publishedBy } from './edge/container.ts';
import { metricsBy } from './edge/metrics.ts';
import { checkFree, portsNeeded } from './front/front.ts';
import type { Host } from './host.ts';
import type { DockerSpec } from './spec.ts';
import { label } from './state/labels.ts';

/**
 * What can be known to go wrong before anything is touched. Errors: ENVIRONMENT_CLASH, NETWORK_MISSING, PORT_TAKEN,
 * DISK_FULL; of a compose file also COMPOSE_INVALID, IMAGE_MISSING.
 */
export async function preflight(host: Host, spec: DockerSpec): Promise<void> {
  const [stranger] = host.listing.strangers;
  if (stranger) {
    throw new SeatrialError(
      'ENVIRONMENT_CLASH',
      `${host.label}: ${host.app} runs here for another environment (${stranger}); use another host, or another app name such as ${host.app}-${host.environment.toLowerCase()}.`,
    );
  }
  await composePreflight(host, spec);
  await networksExist(host, spec);
  edgeStays(host, spec);
  const { edge } = host.listing;
  await frontPreflight(host, spec);
  const had = edge ? portsBy(edge) : [];
  for (const publish of published(spec)) if (!had.includes(publish)) await portIsFree(host, publish);
  await metricsPreflight(host, spec);
  await checkDisk(host, spec, host.context.inputs['min-disk']);
}

const published = ({ publish, doors = [] }: DockerSpec) =>
  publish ? [publish, ...doors.map((door) => door.publish)] : [];

/** A port is a container's from its start: an edge that is to get one, or lose it, is made anew. */
async function metricsPreflight(host: Host, { metrics = '' }: DockerSpec): Promise<void> {
  const { edge } = host.listing;
  if (metrics === (edge ? metricsBy(edge) : '')) return;
  if (metrics) await portIsFree(host, metrics, 'metrics-address');
  if (edge && !host.history.edge?.front) {
    host.context.actions.warning(
      `${host.label}: ${edgeName(host.app)} is made anew ${metrics ? `to publish metrics on ${metrics}` : 'without the port of metrics'}; for about a second nothing answers.`,
    );
  }
}

/**
 * Domains are free, and the ports of the front where there is none yet. Domains take the place of `publish`: both are had
 * only by an app that has this port already, and is on its way from one to the other.
 */
async function frontPreflight(host: Host, spec: DockerSpec): Promise<void> {
  const claim = claimOf(spec);
  if (!claim) return;
  const { edge } = host.listing;
  if (spec.publish && !(edge && publishedBy(edge) === spec.publish)) {
    throw new SeatrialError(
      'INPUT_INVALID',
      `publish: ${host.app} gets its users by domains, and no port of its own; leave publish out. Both are for an app that has the port already and is moving to domains.`,
    );
  }
  await checkFree(host, claim);
  for (const port of await portsNeeded(host)) await portIsFree(host, port, 'front-http or front-https');
}

/** Users come through the edge: a release without one would never be reached, or find its port taken after the old has stopped. */
function edgeStays(host: Host, spec: DockerSpec): void {
  if (spec.edge !== 'none' || !host.history.edge) return;
  const { publish } = host.history.edge;
  throw new SeatrialError(
    'PORT_TAKEN',
    `${host.label}: ${edgeName(host.app)} has the traffic of ${host.app}${publish ? ` on ${publish}` : ' by its domains'}; keep ${publish ? 'publish' : 'domains'} and edge: haproxy, or give what needs no edge an app name of its own.`,
  );
}

/** Whether some container has the port; what else listens on the host shows when the edge starts. */
export async function portIsFree(host: Host, publish: string, input = 'publish'): Promise<void> {
  const wanted = parsePublish(publish);
  const all = await host.engine.call('list containers', (docker, abortSignal) =>
    docker.listContainers({ abortSignal }),
  );
  // By their labels, not by what we listed before: another run may have made the edge since.
  const mine = (info: ContainerInfo) =>
    info.Labels[label('app')] === host.app && // A release without an edge gives its port to the edge.
    ['app', 'edge'].includes(info.Labels[label('role')] ?? '');
  const has = (info: ContainerInfo) =>
    info.Ports.some((port) => port.PublicPort && clashes(wanted, { ip: port.IP ?? '', port: port.PublicPort }));
  const other = all.find((info) => !mine(info) && has(info));
  if (!other) return;
  const name = nameOf(other) || other.Id;
  throw new SeatrialError(
    'PORT_TAKEN',
    `${host.label}: ${name} has port ${publish}; choose another ${input}, or stop it first.`,
  );
}

/** A container joins its further networks when it starts, which is late to learn that one is not there. */
async function networksExist(host: Host, spec: DockerSpec): Promise<void> {
  if (!spec.networks.length) return;
  const all = await host.engine.call('list networks', (docker, abortSignal) =>
    docker.listNetworks({ abortSignal } as object),
  );
  const known = new Set(all.flatMap(({ Id, Name }) => [Id, Name]));
  const missing = spec.networks.map((line) => line.split(':')[0]!).find((name) => !known.has(name));
  if (missing === undefined) return;
  throw new SeatrialError(
    'NETWORK_MISSING',
    `${host.label}: there is no network ${missing}; create it there, or leave it out of networks.`,
  );
}
