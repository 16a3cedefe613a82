import { SeatrialError } from '../../../lib/errors.ts';
import type { Project, Service } from './project.ts';

const invalid = (message: string) => new SeatrialError('COMPOSE_INVALID', `compose-file: ${message}`);
/** A path that means this checkout, not the host's own file system. */
const ours = (path: string) => !path.startsWith('/');

/** The service that takes the traffic: the one named, else the only one that publishes a port. */
export function edgeService(project: Project, named: string | undefined): string {
  const names = Object.keys(project.services);
  if (named !== undefined) {
    if (names.includes(named)) return named;
    if (/[\s,]/.test(named)) {
      throw invalid(
        `service names several; name one, and write where users come in into publish, one a line: ${suggest(project, named.split(/[\s,]+/))}.`,
      );
    }
    throw invalid(`there is no service "${named}"; it has ${names.join(', ') || 'none'}.`);
  }
  const open = names.filter((name) => project.services[name]!.ports?.length);
  if (open.length === 1) return open[0]!;
  throw invalid(
    open.length
      ? `${open.join(' and ')} publish ports; name the one that takes the traffic with service, or several in publish, one a line: ${suggest(project, open)}.`
      : 'no service publishes a port; name the one that takes the traffic with service, and give port and publish.',
  );
}

/** The ports of services as lines of `publish`. */
function suggest(project: Project, names: readonly string[]): string {
  const lines = names.flatMap((name) =>
    (project.services[name]?.ports ?? [])
      .filter(({ protocol = 'tcp' }) => protocol === 'tcp')
      .map(({ target, published, host_ip }) => [host_ip, published ?? target, name, target].filter(Boolean).join(':')),
  );
  return lines.join(' and ') || '8080:web:3000';
}

/** The published port of a service as the inputs `port` and `publish` would say it. */
export function portOf(service: Service): { port?: number; publish?: string } {
  const [first] = service.ports ?? [];
  if (!first) return {};
  const published = first.published && /^\d+$/.test(first.published) ? first.published : undefined;
  return {
    port: first.target,
    publish: published && (first.host_ip ? `${first.host_ip}:${published}` : published),
  };
}

/** What says which address one container has. */
const FIXED = ['ipv4_address', 'ipv6_address', 'mac_address'];

/** Where servers speak TLS themselves. */
const TLS_PORTS: ReadonlySet<number> = new Set([443, 8443]);

/** A proxy that looks for containers by itself, and that a service asks to be led to. */
function otherProxy({ labels = {}, environment = {} }: Service): string | undefined {
  const names = Object.keys(labels);
  if (labels['traefik.enable'] === 'false') return undefined;
  if (names.some((name) => /^traefik\.(http|tcp|enable|frontend)/.test(name))) return 'Traefik';
  if (names.some((name) => /^caddy(_\d+)?$/.test(name))) return 'caddy-docker-proxy';
  return environment.VIRTUAL_HOST ? 'nginx-proxy' : undefined;
}

/** `named`: the ports behind the edge are said by `publish`. Answers warnings. */
export function checkEdge(project: Project, name: string, named: readonly number[] | undefined): string[] {
  const service = project.services[name]!;
  if (service.network_mode) {
    const other = /^service:(.+)$/.exec(service.network_mode)?.[1];
    throw invalid(
      `${name}: network_mode "${service.network_mode}" keeps it out of the edge's network; remove the line${other ? `, or name ${other} as service` : ''}.`,
    );
  }
  const ports = service.ports ?? [];
  if (!named && ports.length > 1) {
    throw invalid(
      `${name} publishes ${ports.length} ports; write those that speak HTTP into publish, one a line: ${suggest(project, [name])}.`,
    );
  }
  if (!named && ports.some((port) => (port.protocol ?? 'tcp') !== 'tcp')) {
    throw invalid(`${name}: the edge speaks HTTP over TCP; remove the udp port.`);
  }
  const fixed = Object.values(service.networks ?? {}).flatMap((n) => FIXED.filter((key) => n && key in n));
  if (fixed.length || service.mac_address) {
    throw invalid(
      `${name}: a fixed address (${fixed[0] ?? 'mac_address'}) can't belong to the old and the new release at once; remove it.`,
    );
  }
  if (service.pre_stop) {
    throw invalid(
      `${name}: pre_stop is run by compose alone, and a release is stopped by the engine; do it on SIGTERM in the container, and remove the line.`,
    );
  }
  const proxy = otherProxy(service);
  const past = proxy
    ? [
        `${name} is marked for ${proxy}: where that runs on the host it leads users to every container of ${name}, past the gate and the weights; take the mark away, and lead it to the edge.`,
      ]
    : [];
  const lost = ports.filter(({ target, protocol = 'tcp' }) => named && (protocol !== 'tcp' || !named.includes(target)));
  const own = (named ?? ports.map(({ target }) => target)).filter((port) => TLS_PORTS.has(port));
  const secure = own.map(
    (port) =>
      `${name}: port ${port} of a container is most often TLS of its own, which the edge does not speak to containers; let it serve plain HTTP on another, and give tls-certificate or domains.`,
  );
  return [
    ...past,
    ...secure,
    ...lost.map(
      ({ target, protocol = 'tcp' }) =>
        `${name} publishes ${target}/${protocol} in the file and not in publish: nobody outside reaches it.`,
    ),
  ];
}

/** compose copies what is no file into a container before its start, and a read-only root takes no files. */
function checkReadOnly(project: Project): void {
  for (const [name, service] of Object.entries(project.services)) {
    if (!service.read_only) continue;
    for (const kind of ['secrets', 'configs'] as const) {
      const copied = service[kind]?.find(({ source }) => {
        const entry = project[kind][source];
        return entry?.environment !== undefined || entry?.content !== undefined;
      });
      if (!copied) continue;
      throw invalid(
        `${name} is read_only, and docker compose can't put ${copied.source} of ${kind} into it; remove read_only, or make it a file on the host.`,
      );
    }
  }
}

/**
 * What can't work is told before anything is touched. `remote` hosts have no such checkout: a bind mount or a file
 * secret of it would silently be an empty folder there. `traffic`: ports behind the edge of each service that has some;
 * undefined where the file itself says them. Answers warnings.
 */
export function checkProject(
  project: Project,
  traffic: ReadonlyMap<string, readonly number[] | undefined>,
  remote: boolean,
): string[] {
  const warnings = [...traffic].flatMap(([name, named]) => checkEdge(project, name, named));
  checkReadOnly(project);
  for (const [name, service] of Object.entries(project.services)) {
    if (!service.image) {
      throw invalid(`${name} has no image; build it with action-build and name the image by its digest.`);
    }
    for (const { type, source, target } of service.volumes ?? []) {
      if (type !== 'bind' || !source || !ours(source)) continue;
      if (remote) {
        throw new SeatrialError(
          'COMPOSE_BIND_MOUNT',
          `compose-file: ${name} mounts ${source} on ${target}, which is not on the remote host; put it into the image, use a named volume, or configs with content.`,
        );
      }
      warnings.push(`${name} mounts ${source} of this checkout: the containers lose it when the checkout goes.`);
    }
  }
  for (const [kind, entries] of [
    ['secret', project.secrets],
    ['config', project.configs],
  ] as const) {
    const list = kind === 'secret' ? 'secrets' : 'configs';
    for (const [name, { file }] of Object.entries(entries)) {
      const used = Object.values(project.services).some((s) => s[list]?.some((use) => use.source === name));
      if (!file || !used) continue;
      if (remote && ours(file)) {
        throw new SeatrialError(
          'COMPOSE_FILE_SECRET',
          `compose-file: the ${kind} ${name} is the file ${file}, which is not on the remote host; use ${kind === 'secret' ? 'environment: NAME' : 'content: or environment: NAME'} and hand the value over by the input secrets.`,
        );
      }
      if (ours(file))
        warnings.push(`The ${kind} ${name} is a file of this checkout: containers lose it when that goes.`);
    }
  }
  return warnings;
}
