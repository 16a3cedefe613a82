import { SeatrialError } from '../../../lib/errors.ts';
import { checkEdge, portOf } from '../../docker/compose/check.ts';
import { inFront } from '../../docker/compose/kin.ts';
import type { Project } from '../../docker/compose/project.ts';
import { parsePublish } from '../../publish.ts';
import { type Written, written } from './written.ts';

const invalid = (message: string) => new SeatrialError('COMPOSE_INVALID', `compose-file: ${message}`);

/** What a service can't do without where its file asks for it, and a Swarm has not. */
const NEEDED: Record<string, string> = {
  network_mode: 'a task is in overlay networks; name them under networks',
  pid: 'a task has processes of its own; remove the line',
  ipc: 'a task has memory of its own; remove the line',
  userns_mode: 'a task is in the namespace of its engine; remove the line',
  volumes_from: 'tasks share nothing with a container; name the volume under volumes',
  privileged: 'a task is never privileged; name what it needs under cap_add',
  devices: 'a task is given no device; offer it by the node as a generic resource',
  gpus: 'a task is given no device; offer it by the node as a generic resource',
  runtime: 'the runtime is the engine’s; set it as the default one of the nodes',
  cpuset: 'set limits under deploy.resources',
  cpu_quota: 'set limits under deploy.resources',
  cpu_period: 'set limits under deploy.resources',
  cpu_shares: 'set limits under deploy.resources',
  memswap_limit: 'set limits under deploy.resources',
};

/** What is carried over; `depends_on` is the order they are brought up in, `restart` and limits find their place. */
const KEPT = new Set([
  ...['image', 'build', 'pull_policy', 'command', 'entrypoint', 'environment', 'env_file', 'user', 'working_dir'],
  ...['hostname', 'init', 'tty', 'stdin_open', 'stop_signal', 'stop_grace_period', 'read_only', 'labels', 'platform'],
  ...['extra_hosts', 'dns', 'dns_search', 'dns_opt', 'group_add', 'cap_add', 'cap_drop', 'sysctls', 'ulimits'],
  ...['tmpfs', 'shm_size', 'healthcheck', 'logging', 'volumes', 'secrets', 'configs', 'ports', 'networks', 'deploy'],
  ...['depends_on', 'restart', 'scale', 'cpus', 'mem_limit', 'mem_reservation', 'pids_limit', 'expose', 'profiles'],
  ...['attach', 'develop'],
]);

const WORDS: Record<string, string> = {
  container_name: 'tasks have names of the Swarm’s own; its fellows find it by that name all the same',
  links: 'services of a network find each other by name; an alias of a link is kept',
};

const isGiven = (value: unknown) =>
  value !== undefined && value !== null && value !== false && value !== '' && !(Array.isArray(value) && !value.length);

function needs(name: string, service: Record<string, unknown>): void {
  for (const [key, cure] of Object.entries(NEEDED)) {
    const harmless = key === 'network_mode' && service[key] === 'bridge';
    if (isGiven(service[key]) && !harmless) throw invalid(`${name}: a Swarm has no ${key}: ${cure}.`);
  }
}

/** Mounts, addresses and hosts: what stands below the keys. */
function below(name: string, service: Written & { networks?: Record<string, object | null> }): void {
  for (const { type, source = '', target, volume } of service.volumes ?? []) {
    if (type === 'bind' && !source.startsWith('/')) {
      throw new SeatrialError(
        'COMPOSE_BIND_MOUNT',
        `compose-file: ${name} mounts ${source} on ${target}, which is on no node of the Swarm; put it into the image, use a named volume, or configs.`,
      );
    }
    if (!['bind', 'volume', 'tmpfs'].includes(type)) {
      throw invalid(`${name}: a Swarm mounts no ${type} on ${target}; use a volume, or put it into the image.`);
    }
    if (volume?.subpath) throw invalid(`${name}: a Swarm mounts a whole volume on ${target}; remove subpath.`);
  }
  const fixed = Object.values(service.networks ?? {}).some((n) => n && ('ipv4_address' in n || 'ipv6_address' in n));
  if (fixed) throw invalid(`${name}: tasks of a Swarm have no fixed address; remove it, and use the service's name.`);
  const gateway = service.extra_hosts?.find((line) => line.endsWith('host-gateway'));
  if (gateway) throw invalid(`${name}: a Swarm knows no host-gateway; name an address, or make it a service.`);
  if (service.deploy?.resources?.reservations?.devices?.length) {
    throw invalid(`${name}: ${NEEDED.devices}; reserve it by generic_resources.`);
  }
}

function portsOf(name: string, { ports = [], deploy }: Written): void {
  for (const { published, host_ip, mode = 'ingress', target } of ports) {
    if (host_ip) {
      throw invalid(
        `${name}: ${host_ip}:${published ?? target} names an address, and a Swarm opens a port on all of each node; remove the address, or the port.`,
      );
    }
    if (published !== undefined && !/^\d+$/.test(published)) {
      throw invalid(`${name}: a Swarm publishes no range ${published}; name each port.`);
    }
    if (mode === 'host' && deploy?.update_config?.order === 'start-first') {
      throw invalid(
        `${name}: a port of mode: host is one task's on a node, so a new one can't start first; write order: stop-first.`,
      );
    }
    if (deploy?.endpoint_mode === 'dnsrr' && mode === 'ingress') {
      throw invalid(
        `${name}: endpoint_mode dnsrr goes with ports of mode: host; write that, or leave endpoint_mode out.`,
      );
    }
  }
}

/** In words, for the log: what is not carried over, and what needs a thought. */
function warningsOf(project: Project, name: string): string[] {
  const service = written(project.services[name]!);
  const left = Object.keys(service).filter((key) => !KEPT.has(key) && !(key in NEEDED) && isGiven(service[key]));
  const plain = left.filter((key) => !(key in WORDS));
  const { placement, update_config: update, rollback_config: rollback } = service.deploy ?? {};
  const local = (service.volumes ?? []).filter(({ type, source }) => {
    const { driver = 'local', driver_opts } = (project.volumes[source ?? ''] ?? {}) as Record<string, unknown>;
    return type === 'volume' && source && driver === 'local' && !driver_opts;
  });
  return [
    ...left.flatMap((key) => (key in WORDS ? [`${name}: ${key} is left out: ${WORDS[key]}.`] : [])),
    ...(plain.length
      ? [`${name}: ${plain.join(', ')} ${plain.length > 1 ? 'are' : 'is'} left out: a Swarm knows none.`]
      : []),
    ...(local.length && !placement?.constraints?.length
      ? [
          `${name}: ${local.map(({ source }) => source).join(', ')} is a volume of whichever node a task runs on; pin it by deploy.placement.constraints.`,
        ]
      : []),
    ...(rollback || update?.failure_action === 'rollback'
      ? [`${name}: what becomes of a failed update is decided here, and not by rollback_config or failure_action.`]
      : []),
  ];
}

/** The service with the traffic becomes releases of one or more tasks behind the edge. Answers warnings. */
function trafficOf(project: Project, name: string, named: readonly number[] | undefined): string[] {
  const warnings = checkEdge(project, name, named);
  const service = written(project.services[name]!);
  const { mode = 'replicated', update_config: update } = service.deploy ?? {};
  if (mode !== 'replicated') {
    throw invalid(`${name}: deploy.mode ${mode} has no share of traffic; leave it at replicated, and give replicas.`);
  }
  const publish = named ? undefined : portOf(project.services[name]!).publish;
  if (publish && parsePublish(publish).ip) portsOf(name, service);
  return [
    ...warnings,
    ...(update
      ? [
          `${name}: update_config is not for the service with the traffic: strategy says how one release follows another.`,
        ]
      : []),
  ];
}

/** Who stands in front reaches a service by a name that two releases have; users would come to both, unasked. */
function frontOf(project: Project, traffic: string): string[] {
  const front = [...inFront(project, [traffic])];
  const open = front.find((name) => project.services[name]!.ports?.length);
  if (open) {
    throw invalid(
      `${open} stands in front of ${traffic} and publishes a port, and a Swarm can't lead it to one release of ${traffic}: name ${open} as service, or leave it out, as the edge stands there.`,
    );
  }
  return front.map(
    (name) => `${name} depends on ${traffic} and finds every release of it that runs; keep-warm: 0s leaves one.`,
  );
}

function networksOf(project: Project): void {
  for (const [key, network] of Object.entries(project.networks)) {
    const { driver, external } = network as { driver?: string; external?: boolean };
    if (!external && driver && driver !== 'overlay') {
      throw invalid(`network ${key}: driver ${driver} is of one host; a Swarm's networks are overlay: remove driver.`);
    }
  }
}

/**
 * What can't work on a Swarm is told before anything is touched; what `docker stack deploy` leaves out, and a service can
 * do without, is a warning. COMPOSE_INVALID, COMPOSE_BIND_MOUNT.
 */
export function checkStack(project: Project, traffic: string, named: readonly number[] | undefined): string[] {
  for (const [name, service] of Object.entries(project.services)) {
    if (!service.image) {
      throw invalid(`${name} has no image; build it with action-build and name the image by its digest.`);
    }
    needs(name, service);
    below(name, written(service));
    if (name !== traffic) portsOf(name, written(service));
  }
  networksOf(project);
  return [
    ...trafficOf(project, traffic, named),
    ...frontOf(project, traffic),
    ...Object.keys(project.services).flatMap((name) => warningsOf(project, name)),
  ];
}

/** A port is had by one service of the Swarm: by the edge, or by one of those in place. COMPOSE_INVALID. */
export function checkDoors(project: Project, traffic: string, publish: string | undefined): void {
  const taken = new Map(publish ? [[`${parsePublish(publish).port}/tcp`, `the edge of ${traffic}`]] : []);
  for (const [name, service] of Object.entries(project.services)) {
    if (name === traffic) continue;
    for (const { published, protocol = 'tcp' } of written(service).ports ?? []) {
      const door = `${published}/${protocol}`;
      const other = published === undefined ? undefined : taken.get(door);
      if (other) throw invalid(`${name} publishes ${published}, and so does ${other}; give another port.`);
      taken.set(door, name);
    }
  }
}
