import { nameOf } from '../../../lib/docker/inspect.ts';
import type { ContainerInfo } from '../../../lib/docker/types.ts';
import { SeatrialError } from '../../../lib/errors.ts';
import { clashes, parsePublish } from '../../publish.ts';
import type { Host } from '../host.ts';
import { findImage, loginIsFor } from '../image.ts';
import type { DockerSpec } from '../spec.ts';
import { label } from '../state/labels.ts';
import { type Able, checkAble } from './able.ts';
import { checkCpus, checkPorts, checkSubnets, type Subnets } from './clash.ts';
import type { Project } from './project.ts';
import { trafficServices } from './traffic.ts';

/** What a host has, as far as a project may meet it. */
export interface There {
  containers: readonly Pick<ContainerInfo, 'Names' | 'Labels' | 'Ports' | 'State'>[];
  networks: ReadonlySet<string>;
  volumes: ReadonlySet<string>;
}

const projectOf = ({ Labels }: { Labels: Record<string, string> }) => Labels['com.docker.compose.project'] ?? '';
const serviceOf = ({ Labels }: { Labels: Record<string, string> }) => Labels['com.docker.compose.service'] ?? '';
const ours = ({ Labels }: { Labels: Record<string, string> }) => Labels[label('app')] !== undefined;
const fullName = (project: Project, key: string, { name }: { name?: string }) => name ?? `${project.name}_${key}`;

/** Networks and volumes that services use, by their keys. */
function used(project: Project) {
  const services = Object.values(project.services);
  return {
    networks: new Set(
      services.flatMap(({ networks, network_mode }) =>
        network_mode ? [] : Object.keys(networks ?? { default: null }),
      ),
    ),
    volumes: new Set(
      services.flatMap(({ volumes = [] }) =>
        volumes.flatMap((v) => (v.type === 'volume' && v.source ? [v.source] : [])),
      ),
    ),
  };
}

/**
 * Pure: what a deploy would fail on, told before anything is touched. `traffic` are the services of the release, whose
 * containers have names and ports of their own. Errors: NETWORK_MISSING, COMPOSE_INVALID, PORT_TAKEN.
 */
export function checkThere(project: Project, traffic: readonly string[], there: There, host: string): void {
  const uses = used(project);
  for (const key of uses.networks) {
    const network = project.networks[key];
    const name = network && fullName(project, key, network);
    if (!network?.external || there.networks.has(name!)) continue;
    throw new SeatrialError(
      'NETWORK_MISSING',
      `${host}: there is no network ${name}, which the compose file calls external; create it there, or drop external.`,
    );
  }
  for (const key of uses.volumes) {
    const volume = project.volumes[key];
    const name = volume && fullName(project, key, volume);
    if (!volume?.external || there.volumes.has(name!)) continue;
    throw new SeatrialError(
      'COMPOSE_INVALID',
      `${host}: the external volume ${name} is not on the host; create it first, or drop external.`,
    );
  }
  for (const [name, { container_name, ports = [] }] of Object.entries(project.services)) {
    if (traffic.includes(name)) continue;
    const others = there.containers.filter((c) => projectOf(c) !== project.name || serviceOf(c) !== name);
    const named = others.find((c) => container_name && nameOf(c) === container_name && projectOf(c) !== project.name);
    if (named) {
      throw new SeatrialError(
        'COMPOSE_INVALID',
        `${host}: container_name ${container_name} of ${name} is another container's; give it another name, or remove that one.`,
      );
    }
    for (const { published, host_ip, protocol = 'tcp' } of ports) {
      if (protocol !== 'tcp' || !/^\d+$/.test(published ?? '')) continue;
      const publish = host_ip ? `${host_ip.includes(':') ? `[${host_ip}]` : host_ip}:${published}` : published!;
      const wanted = parsePublish(publish);
      const has = others.find(
        ({ Ports, State, ...c }) =>
          State === 'running' &&
          projectOf(c) !== project.name &&
          Ports.some((port) => port.PublicPort && clashes(wanted, { ip: port.IP ?? '', port: port.PublicPort })),
      );
      if (!has) continue;
      throw new SeatrialError(
        'PORT_TAKEN',
        `${host}: ${nameOf(has)} has port ${publish}, which the compose file gives to ${name}; choose another, or stop it first.`,
      );
    }
  }
}

/** Pure: containers of services the file no longer has. They run on: nobody but their owner knows what they hold. */
export function orphans(project: Project, there: There): string[] {
  const left = there.containers.filter(
    (c) => projectOf(c) === project.name && !ours(c) && !(serviceOf(c) in project.services),
  );
  return [...new Set(left.map(nameOf))].sort();
}

/** Pure: what a first deploy does with a project that runs already, and with one that this file may be meant for. */
export function adoption(
  project: Project,
  traffic: readonly string[],
  byItself: string | undefined,
  there: There,
): string[] {
  const words: string[] = [];
  const volumes = [...used(project).volumes].map((key) => fullName(project, key, project.volumes[key] ?? {}));
  const mine = there.containers.filter((c) => projectOf(c) === project.name && !ours(c));
  if (mine.length) {
    const kept = volumes.filter((name) => there.volumes.has(name));
    words.push(
      `takes over the project ${project.name}, which runs here: ${kept.length ? `its volumes ${kept.join(', ')} are used as they are` : 'it has no named volume'}, its services are made anew in place where they differ.`,
    );
    const old = mine.filter((c) => traffic.includes(serviceOf(c)) && c.State === 'running').map(nameOf);
    if (old.length) {
      words.push(
        `${old.join(', ')} of ${traffic.join(' and ')} run${old.length > 1 ? '' : 's'} on beside the release until you remove ${old.length > 1 ? 'them' : 'it'} (docker rm -f ${old.join(' ')}); a port of the host can be had by one of the two only.`,
      );
    }
    return words;
  }
  const names = Object.keys(project.services);
  const others = new Map<string, Set<string>>();
  for (const c of there.containers) {
    if (ours(c) || !projectOf(c)) continue;
    others.set(projectOf(c), (others.get(projectOf(c)) ?? new Set()).add(serviceOf(c)));
  }
  const alike = [...others].filter(
    ([name, services]) => name === byItself || (names.length > 1 && names.every((one) => services.has(one))),
  );
  for (const [name] of alike) {
    const fresh = volumes.filter((volume) => !there.volumes.has(volume));
    words.push(
      `a project ${name} with these services runs here; this deploy is the project ${project.name}, beside it${fresh.length ? `, with volumes that are new and empty: ${fresh.join(', ')}` : ''}. To take ${name} over with its data, write name: ${name} into the compose file.`,
    );
  }
  return words;
}

const MISSING = /manifest unknown|not found|does not exist|no such|pull access denied|repository name/i;

/** Whether the host can have each image, asked of the registry and not pulled: a plan says what a deploy would. IMAGE_MISSING. */
async function imagesThere(host: Host, spec: DockerSpec): Promise<void> {
  const { project } = spec.compose!;
  for (const image of new Set(Object.values(project.services).map((service) => service.image!))) {
    if (await findImage(host.engine, image)) continue;
    const login = host.login(spec.image);
    const authconfig = loginIsFor(login, image)
      ? { username: login.username, password: login.password, serveraddress: login.registry }
      : undefined;
    try {
      const ask = (docker: typeof host.engine.docker) => docker.getImage(image).distribution({ authconfig } as object);
      await host.engine.call(`ask for ${image}`, ask, { timeoutMs: 30_000 });
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      if (!MISSING.test(said)) {
        host.context.actions.warning(`${host.label}: the registry of ${image} can't be asked now: ${said}`);
        continue;
      }
      throw new SeatrialError(
        'IMAGE_MISSING',
        `${host.label}: ${image} of the compose file is neither on the host nor to be had: ${said}; build it with action-build, or mend its name.`,
        { cause: error },
      );
    }
  }
}

interface Info {
  NCPU: number;
  Runtimes?: Record<string, unknown>;
  Plugins?: { Log?: string[] };
}
interface Plugin {
  Name: string;
  Enabled: boolean;
}

/** Log drivers as files name them: a plugin with its tag, and without the usual one. Plugins are asked for where it takes one. */
async function logDrivers(host: Host, project: Project, own: readonly string[]): Promise<Set<string>> {
  const known = new Set([...own, 'none']);
  const named = Object.values(project.services).map(({ logging }) => (logging as { driver?: string } | null)?.driver);
  if (named.every((driver) => !driver || known.has(driver))) return known;
  const plugins = await host.engine.call('list plugins', (docker) => docker.listPlugins() as Promise<Plugin[]>);
  const on = plugins.filter(({ Enabled }) => Enabled).map(({ Name }) => Name);
  return new Set([...known, ...on, ...on.map((name) => name.replace(/:latest$/, ''))]);
}

async function lookAround(host: Host, project: Project): Promise<There & { subnets: Subnets[]; able: Able }> {
  const { engine, signal } = host;
  const [containers, networks, volumes, info, version] = await Promise.all([
    engine.call(
      'list containers',
      (docker, abortSignal) => docker.listContainers({ all: true, abortSignal } as object) as Promise<ContainerInfo[]>,
      { signal },
    ),
    engine.call('list networks', (docker, abortSignal) => docker.listNetworks({ abortSignal } as object), { signal }),
    engine.call('list volumes', (docker, abortSignal) => docker.listVolumes({ abortSignal } as object), { signal }),
    engine.call('ask what it has', (docker) => docker.info() as Promise<Info>, { signal }),
    engine.call('ask for its version', (docker) => docker.version(), { signal }),
  ]);
  return {
    containers,
    networks: new Set(networks.map(({ Name }) => Name)),
    volumes: new Set((volumes.Volumes ?? []).map(({ Name }) => Name)),
    subnets: networks.map(({ Name, IPAM }) => ({
      name: Name,
      subnets: (IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []),
    })),
    able: {
      api: version.ApiVersion,
      cpus: info.NCPU,
      runtimes: info.Runtimes && new Set(Object.keys(info.Runtimes)),
      logDrivers: info.Plugins?.Log && (await logDrivers(host, project, info.Plugins.Log)),
    },
  };
}

/** All that can be known of a compose project before anything is touched; in a plan the registries are asked as well. */
export async function composePreflight(host: Host, spec: DockerSpec): Promise<void> {
  if (!spec.compose) return;
  const { project, byItself } = spec.compose;
  const traffic = trafficServices(spec);
  const { actions, inputs } = host.context;
  const there = await lookAround(host, project);
  const warn = (line: string) => actions.warning(`${host.label}: ${line}`);
  if (!host.history.releases.length) for (const line of adoption(project, traffic, byItself, there)) warn(line);
  const left = orphans(project, there);
  if (left.length) {
    warn(
      `${left.join(', ')} ${left.length > 1 ? 'are of services' : 'is of a service'} the compose file no longer has, and run${left.length > 1 ? '' : 's'} on; when nothing needs ${left.length > 1 ? 'them' : 'it'}: docker rm -f ${left.join(' ')}`,
    );
  }
  const edge = [spec.publish, ...(spec.doors ?? []).map(({ publish }) => publish)];
  checkPorts(
    project,
    traffic,
    edge.flatMap((publish) => (publish ? [parsePublish(publish)] : [])),
  );
  checkThere(project, traffic, there, host.label);
  const made = Object.entries(project.networks).filter(([key]) => used(project).networks.has(key));
  checkSubnets({ ...project, networks: Object.fromEntries(made) }, there.subnets, host.label);
  checkCpus(project, there.able.cpus, host.label);
  checkAble(project, there.able, host.label);
  if (inputs.command === 'plan' || inputs['dry-run']) await imagesThere(host, spec);
}
