import { resolve } from 'node:path';
import type { Carried } from './carry.ts';
import { besideRelease, leaningOn, leanOnContainers, namesFor, type Standing } from './kin.ts';
import { literal, mapStrings, type Project, type Service } from './project.ts';

/** The entries of `all` that are used, each as something that exists already under its own name. */
function external(all: Record<string, { name?: string }>, used: Iterable<string>, project: string) {
  const names = [...new Set(used)];
  return Object.fromEntries(names.map((key) => [key, { name: all[key]?.name ?? `${project}_${key}`, external: true }]));
}

const networksOf = (service: Service) => service.networks ?? { default: null };

/** A service with volumes it takes over in the place of those without a name. */
function carry(service: Service, carried: readonly Carried[]): Service {
  if (!carried.length) return service;
  const targets = new Set(carried.map(({ target }) => target));
  const others = (service.volumes ?? []).filter(({ target }) => !targets.has(target ?? ''));
  const taken = carried.map(({ volume, target }) => ({ type: 'volume', source: volume, target }));
  return { ...service, volumes: [...others, ...taken] };
}

export interface ReleaseOf {
  /** Compose's project name for this release alone. */
  project: string;
  /** Container names, one a replica. */
  names: string[];
  labels: Record<string, string>;
  /** The edge's network. */
  network: string;
  aliases: string[];
  /** What its containers alone are called in the networks of the project. */
  alias?: string;
  /** With `edge: none` the container owns its port. */
  publishItself: boolean;
  /** Volumes nobody named, that each container takes over, by its place. */
  carried?: readonly Carried[][];
  /** What holds where the file is silent. */
  defaults?: Pick<Service, 'restart' | 'logging' | 'stop_grace_period'>;
  /** The other services of the release. */
  fellows?: ReadonlyMap<string, Fellow>;
}

/** A service of a release to the others of it: what its containers are called, each and all together. */
export interface Fellow {
  names: readonly string[];
  alias: string;
}

/**
 * A service of one release as a project of its own: one service a replica, so that names and labels are ours;
 * networks and volumes are those of the base project, which outlive every release.
 */
export function releaseProject(base: Project, service: string, release: ReleaseOf): Project {
  const { container_name, depends_on, ports, deploy, scale, ...whole } = base.services[service]!;
  const fellows = release.fellows ?? new Map<string, Fellow>();
  const kept = leanOnContainers(base, whole, new Map([...fellows].map(([name, fellow]) => [name, fellow.names])));
  const names = [...namesFor(base, service), ...(release.alias ? [release.alias] : [])];
  const { replicas, ...limits } = deploy ?? {};
  const shared = networksOf(kept);
  const networks = Object.fromEntries(
    Object.entries(shared).map(([key, use]) => [
      key,
      { ...use, aliases: [...new Set([...names, ...(use?.aliases ?? [])])] },
    ]),
  );
  const { restart, ...others } = release.defaults ?? {};
  const own: Service = {
    ...(restart === undefined || limits.restart_policy ? {} : { restart }),
    ...others,
    ...kept,
    deploy: limits,
    labels: { ...kept.labels, ...mapStrings(release.labels, literal) },
    networks: { ...networks, seatrial: { aliases: release.aliases } },
    ...boundTo(base, kept, fellows),
    ...(release.publishItself ? { ports } : {}),
  };
  const volumes = (kept.volumes ?? []).flatMap((v) => (v.type === 'volume' && v.source ? [v.source] : []));
  const pick = <T>(all: Record<string, T>, list: { source: string }[] | undefined) =>
    Object.fromEntries((list ?? []).map(({ source }) => [source, all[source]!]));
  return {
    name: release.project,
    services: Object.fromEntries(
      release.names.map((name, i) => {
        const taken = carry(own, release.carried?.[i] ?? []);
        return [`${service}-${i + 1}`, { ...taken, container_name: name }];
      }),
    ),
    networks: {
      ...external(base.networks, Object.keys(shared), base.name),
      seatrial: { name: release.network, external: true },
    },
    volumes: {
      ...external(base.volumes, volumes, base.name),
      ...Object.fromEntries(
        (release.carried ?? []).flat().map(({ volume }) => [volume, { name: volume, external: true }]),
      ),
    },
    secrets: pick(base.secrets, kept.secrets),
    configs: pick(base.configs, kept.configs),
  };
}

/**
 * Two releases have the same names while both run: a service of one is bound to those of its own release, by names that
 * are theirs alone. Docker asks a container's own links before the names of its networks.
 */
function boundTo(base: Project, service: Service, fellows: ReadonlyMap<string, Fellow>): Partial<Service> {
  const mine = Object.keys(networksOf(service));
  const links = [...fellows].flatMap(([name, { alias }]) => {
    const meet = Object.keys(networksOf(base.services[name]!)).some((key) => mine.includes(key));
    return meet ? namesFor(base, name).map((called) => `${alias}:${called}`) : [];
  });
  return links.length ? { external_links: [...(service.external_links ?? []), ...links] } : {};
}

/** The services of one release as one project, each waiting for those of its fellows that the file says it waits for. */
export function joinRelease(base: Project, made: ReadonlyMap<string, Project>): Project {
  const all = [...made.values()];
  const merge = <K extends 'networks' | 'volumes' | 'secrets' | 'configs'>(key: K) =>
    Object.assign({}, ...all.map((project) => project[key])) as Project[K];
  const services = [...made].flatMap(([name, project]) => {
    const waits = Object.entries(base.services[name]!.depends_on ?? {}).flatMap(([dep, how]) =>
      Object.keys(made.get(dep)?.services ?? {}).map((key) => [key, how] as const),
    );
    const depends_on = waits.length ? { depends_on: Object.fromEntries(waits) } : {};
    return Object.entries(project.services).map(([key, service]) => [key, { ...service, ...depends_on }] as const);
  });
  return {
    ...all[0]!,
    services: Object.fromEntries(services),
    networks: merge('networks'),
    volumes: merge('volumes'),
    secrets: merge('secrets'),
    configs: merge('configs'),
  };
}

/**
 * A project of some services alone, which wait for nobody outside; secrets and configs nobody uses fall away. What they
 * lean on stands in it by name alone, for compose to find its containers.
 */
export function only(project: Project, names: readonly string[]): Project {
  const services: Record<string, Service> = Object.fromEntries(
    names.map((name) => {
      const { depends_on = {}, ...service } = project.services[name]!;
      const kept = Object.entries(depends_on).filter(([dep]) => names.includes(dep));
      return [name, { ...service, depends_on: Object.fromEntries(kept) }];
    }),
  );
  for (const name of names.flatMap((each) => leaningOn(project.services[each]!))) {
    const other = project.services[name];
    if (other) services[name] ??= { image: other.image, networks: other.networks };
  }
  const used = (list: 'secrets' | 'configs') =>
    new Set(Object.values(services).flatMap((service) => (service[list] ?? []).map(({ source }) => source)));
  const pick = <T>(all: Record<string, T>, wanted: Set<string>) =>
    Object.fromEntries(Object.entries(all).filter(([key]) => wanted.has(key)));
  return {
    ...project,
    services,
    secrets: pick(project.secrets, used('secrets')),
    configs: pick(project.configs, used('configs')),
  };
}

/**
 * Everything but the services of the release, which stay in the file with no container so that their networks are made.
 * What leans on one of them is bound to the release that is `standing`.
 */
export function baseProject(
  base: Project,
  services: readonly string[],
  standing?: ReadonlyMap<string, Standing>,
): Project {
  const made = Object.entries(base.services).map(([name, service]): [string, Service] => {
    if (!services.includes(name)) return [name, besideRelease(base, name, services, standing)];
    const { container_name, depends_on, ports, scale, links, volumes_from, pid, ipc, ...edge } = service;
    return [name, { ...edge, deploy: { ...edge.deploy, replicas: 0 } }];
  });
  return { ...base, services: Object.fromEntries(made) };
}

/** Paths of the checkout made absolute, for a host that is this machine. */
export function withPaths(project: Project, folder: string): Project {
  const absolute = (path: string) => (path.startsWith('/') || path.startsWith('~') ? path : resolve(folder, path));
  const draft = structuredClone(project);
  for (const service of Object.values(draft.services)) {
    for (const volume of service.volumes ?? []) {
      if (volume.type === 'bind' && volume.source) volume.source = absolute(volume.source);
    }
  }
  for (const entry of [...Object.values(draft.secrets), ...Object.values(draft.configs)]) {
    if (entry.file) entry.file = absolute(entry.file);
  }
  return draft;
}
