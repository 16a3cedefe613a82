import type { Project, Service } from './project.ts';

/** How services of a project lean on one another, and what becomes of that where the one with the traffic is a release. */

const SHARES = ['network_mode', 'pid', 'ipc'] as const;
/** `service:web` names a service of the file whose namespace is shared. */
const sharedWith = (value: string | undefined) => /^service:(.+)$/.exec(value ?? '')?.[1];
/** `web:ro`, or `container:name:ro`, which is of another project. */
const volumesOf = (line: string) => (line.startsWith('container:') ? undefined : line.split(':')[0]);

/** Services whose namespaces or volumes a service has: without a container of each it can't be there. */
const sharing = (service: Service): string[] =>
  [...SHARES.map((key) => sharedWith(service[key])), ...(service.volumes_from ?? []).map(volumesOf)].filter(
    (name) => name !== undefined,
  );

/** The same, and those it has links to: all that compose must find by name. */
export const leaningOn = (service: Service): string[] => [
  ...sharing(service),
  ...(service.links ?? []).map((link) => link.split(':')[0]!),
];

/**
 * Services in front of those with traffic: they start after them, as they depend on one, have a namespace or volumes of
 * it, or depend on such a one. What one of them depends on itself stands behind it, whatever a file says beside.
 */
export function inFront(project: Project, services: readonly string[]): Set<string> {
  const behind = new Set<string>();
  const walk = (name: string) => {
    const whole = project.services[name]!;
    for (const next of [...Object.keys(whole.depends_on ?? {}), ...leaningOn(whole)]) {
      if (behind.has(next) || !project.services[next]) continue;
      behind.add(next);
      walk(next);
    }
  };
  for (const service of services) walk(service);
  const front = new Set<string>();
  for (let before = -1; before < front.size; ) {
    before = front.size;
    for (const [name, other] of Object.entries(project.services)) {
      if (services.includes(name) || behind.has(name)) continue;
      const after = [...services, ...front];
      if (after.some((dep) => dep in (other.depends_on ?? {}) || sharing(other).includes(dep))) front.add(name);
    }
  }
  return front;
}

/** Names of a service's containers as compose makes them. */
export function containersOf(project: Project, service: string): string[] {
  const { container_name, deploy, scale } = project.services[service]!;
  if (container_name) return [container_name];
  const count = deploy?.replicas ?? scale ?? 1;
  return Array.from({ length: count }, (_, i) => `${project.name}-${service}-${i + 1}`);
}

/** The names its fellows may call a service by: its own, its container's, its aliases, and those of their links to it. */
export function namesFor(project: Project, service: string): string[] {
  const { container_name, networks = {} } = project.services[service]!;
  const links = Object.values(project.services).flatMap(({ links = [] }) =>
    links.flatMap((link) => {
      const [name, alias] = link.split(':');
      return name === service && alias ? [alias] : [];
    }),
  );
  const aliases = Object.values(networks).flatMap((use) => use?.aliases ?? []);
  return [...new Set([service, ...(container_name ? [container_name] : []), ...aliases, ...links])];
}

const drop = <T extends object>(value: T, key: keyof T, empty: boolean): void => {
  if (empty) delete value[key];
};

/**
 * What a service in a release's project has of its fellows, now by the names of their containers: those of the base
 * project, or of `release` where they belong to it too.
 */
export function leanOnContainers(
  base: Project,
  service: Service,
  release: ReadonlyMap<string, readonly string[]> = new Map(),
): Service {
  const containers = (name: string) => release.get(name) ?? containersOf(base, name);
  const made = { ...service };
  for (const key of SHARES) {
    const other = sharedWith(made[key]);
    if (other && base.services[other]) made[key] = `container:${containers(other)[0]}`;
  }
  const links = (made.links ?? []).flatMap((link) => {
    const [name = '', alias] = link.split(':');
    // Without an alias it is found by its own name already.
    return alias && alias !== name ? containers(name).map((container) => `${container}:${alias}`) : [];
  });
  delete made.links;
  made.external_links = [...(made.external_links ?? []), ...links];
  drop(made, 'external_links', made.external_links.length === 0);
  if (made.volumes_from) made.volumes_from = fromContainers(made.volumes_from, containers);
  return made;
}

const fromContainers = (lines: string[], of: (name: string) => readonly string[]): string[] =>
  lines.flatMap((line) => {
    const name = volumesOf(line);
    if (name === undefined) return [line];
    const mode = line.slice(name.length);
    return of(name).map((container) => `container:${container}${mode}`);
  });

/** The release that services in place lean on. */
export interface Standing {
  /** Its first container. */
  container: string;
  /** What all its containers are called in the networks of the project. */
  alias: string;
}

/**
 * A service in place, where `services` are a release: links to them and waiting for them fall away, since they are called
 * by aliases and started before. One in front is bound to those `standing`: two releases have the same names while both run.
 */
export function besideRelease(
  project: Project,
  name: string,
  services: readonly string[],
  standing?: ReadonlyMap<string, Standing>,
): Service {
  const other = project.services[name]!;
  const depends_on = Object.fromEntries(
    Object.entries(other.depends_on ?? {}).filter(([dep]) => !services.includes(dep)),
  );
  const made: Service = { ...other, depends_on };
  if (made.links) made.links = made.links.filter((link) => !services.includes(link.split(':')[0]!));
  drop(made, 'links', made.links?.length === 0);
  for (const [service, at] of standing ?? []) bind(project, made, other, service, at);
  return made;
}

function bind(project: Project, made: Service, other: Service, service: string, at: Standing): void {
  for (const key of SHARES) if (sharedWith(made[key]) === service) made[key] = `container:${at.container}`;
  if (made.volumes_from) {
    made.volumes_from = made.volumes_from.map((line) =>
      volumesOf(line) === service ? `container:${at.container}${line.slice(service.length)}` : line,
    );
  }
  // One without a network of its own has the names of the one whose network it is in.
  if (made.network_mode || !(service in (other.depends_on ?? {}))) return;
  const links = namesFor(project, service).map((alias) => `${at.alias}:${alias}`);
  made.external_links = [...(made.external_links ?? []), ...links];
}
