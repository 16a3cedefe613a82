import type { Service } from '../../../lib/docker/swarm.ts';
import { SeatrialError } from '../../../lib/errors.ts';
import { maskUnlessName } from '../../../lib/names.ts';
import { valuesIn } from '../../docker/compose/standing.ts';
import type { Overlay } from '../api.ts';
import type { Cluster } from '../cluster.ts';
import { label, ownLabels } from '../labels.ts';
import { serviceName } from '../names.ts';
import type { Stack, SwarmSpec } from '../spec.ts';
import { STACK_LABEL, stackName } from './bodies.ts';
import { fullName, given } from './container.ts';
import type { Values } from './objects.ts';
import { valuesNeeded, valuesOf } from './values.ts';

type Project = Stack['project'];

/** Services of the stack that are there, by the file's name for each. */
export async function standing(cluster: Cluster, { name }: Project): Promise<Map<string, Service>> {
  const all = await cluster.api.services([`${STACK_LABEL}=${name}`], cluster.signal);
  const mine = all.filter(({ Spec }) => Spec.Name.startsWith(`${name}_`) && !Spec.Labels[label('release')]);
  return new Map(mine.map((service) => [service.Spec.Name.slice(name.length + 1), service]));
}

interface Written {
  external?: boolean;
  driver_opts?: Record<string, string>;
  attachable?: boolean;
  internal?: boolean;
  labels?: Record<string, string>;
  ipam?: { driver?: string; config?: { subnet?: string; gateway?: string; ip_range?: string }[] };
}

const used = ({ services }: Project) =>
  new Set(Object.values(services).flatMap(({ networks }) => Object.keys(networks ?? { default: null })));

/** NETWORK_MISSING for an external network that is not there, COMPOSE_INVALID for one of a single host. */
export async function checkNetworks({ api, label: host }: Cluster, project: Project): Promise<void> {
  for (const key of used(project)) {
    const name = fullName(project, 'networks', key);
    const there: Overlay | undefined = await api.network(name);
    if (!there && (project.networks[key] as Written | undefined)?.external) {
      throw new SeatrialError(
        'NETWORK_MISSING',
        `${host}: there is no network ${name}, which the compose file calls external; create it with docker network create -d overlay --attachable ${name}.`,
      );
    }
    if (there && there.Scope !== 'swarm') {
      throw new SeatrialError(
        'COMPOSE_INVALID',
        `${host}: the network ${name} is of one host, and tasks run on any; remove it, or give the compose file another name.`,
      );
    }
  }
}

/** Makes the networks of the stack that are not there. */
export async function ensureStackNetworks({ api, app, environment }: Cluster, project: Project): Promise<void> {
  for (const key of used(project)) {
    const name = fullName(project, 'networks', key);
    const { external, driver_opts, attachable, internal, labels, ipam } = (project.networks[key] ?? {}) as Written;
    if (external || (await api.network(name))) continue;
    const config = ipam?.config?.map(({ subnet, gateway, ip_range }) =>
      given({ Subnet: subnet, Gateway: gateway, IPRange: ip_range }),
    );
    const own = { ...labels, [STACK_LABEL]: project.name, ...ownLabels(app, environment, 'network') };
    const more = given({
      Attachable: attachable,
      Internal: internal,
      Options: driver_opts,
      IPAM: config?.length ? { Driver: ipam?.driver ?? 'default', Config: config } : undefined,
    });
    await api.createNetwork(name, own, more);
  }
}

const envOf = ({ Spec }: Service): Map<string, string> => {
  const { Env = [] } = (Spec.TaskTemplate as { ContainerSpec?: { Env?: string[] } }).ContainerSpec ?? {};
  return new Map(Env.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
};

/** As it was before it was kept from being taken for a template. */
const unplain = (text: string) => text.replaceAll('{{"{{"}}', '{{');

/**
 * Values of secrets that services are made with: those handed over, and those that nobody did but that stand in the
 * environment of the release's own service, or of the services in place. None is kept, and each is masked.
 */
export async function valuesFor(
  cluster: Cluster,
  spec: SwarmSpec,
  services: readonly string[],
  release: string,
): Promise<Values> {
  const { project, service: main } = spec.compose!;
  const needed = [...new Set(services.flatMap((name) => valuesNeeded(project, name)))];
  const { context, api, app, environment } = cluster;
  const handed = valuesOf(context, needed);
  const values = new Map(handed);
  const missing = needed.filter((name) => !values.has(name));
  if (!missing.length) return { handed, all: values };
  const there = await standing(cluster, project);
  const own = await api.service(serviceName(app, release));
  const all = [...(own ? [[main, own] as const] : []), ...there];
  for (const [name, made] of all) {
    const env = envOf(made);
    for (const [key, source] of Object.entries(project.services[name]?.environment ?? {})) {
      const actual = env.get(key);
      if (!source || actual === undefined) continue;
      for (const [found, value] of valuesIn(source, unplain(actual))) {
        if (!missing.includes(found) || values.has(found) || value === '') continue;
        maskUnlessName(
          context.actions,
          [app, environment, project.name, ...Object.keys(project.services)],
          found,
          value,
        );
        values.set(found, value);
      }
    }
  }
  return { handed, all: values };
}

/** Services of the stack that the file no longer has. They run on: nobody but their owner knows what they hold. */
export const orphansOf = (project: Project, there: ReadonlyMap<string, Service>): string[] =>
  [...there.keys()].filter((name) => !(name in project.services)).map((name) => stackName(project, name));
