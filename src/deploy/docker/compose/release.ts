import { aliasOf, containerName, networkName } from '../containers.ts';
import type { Host } from '../host.ts';
import type { DockerSpec } from '../spec.ts';
import { type ReleaseLabels, writeLabels } from '../state/labels.ts';
import { type Carried, carriedOver } from './carry.ts';
import { baseProject, type Fellow, joinRelease, releaseProject } from './derive.ts';
import type { Project } from './project.ts';
import { trafficServices } from './traffic.ts';
import { type ComposeHost, ensureVolumes, networksMissing, up } from './up.ts';

const CREATE_MS = 120_000;

/** `found`: values that were read where they stand, as nobody handed them over. */
export function composeHost(host: Host, timeoutMs: number, found?: ReadonlyMap<string, string>): ComposeHost {
  const { secrets, actions } = host.context;
  return {
    engine: host.engine,
    cli: host.cli,
    secret: (name) => secrets.get(name) ?? actions.env[name] ?? found?.get(name),
    timeoutMs,
    signal: host.signal,
    say: (line) => host.say(line),
  };
}

/** Each service of a release: how many containers it has, and what they and all of them are called. */
function fellowsOf({ app, release, spec }: ReleaseLabels): Map<string, Fellow & { part: string }> {
  const counts = [{ name: '', replicas: spec.replicas }, ...(spec.parts ?? [])];
  const services = trafficServices(spec);
  return new Map(
    counts.map(({ name: part, replicas }, i) => [
      services[i]!,
      {
        part,
        names: Array.from({ length: replicas }, (_, n) => containerName(app, release, n + 1, part)),
        alias: aliasOf(app, release, part),
      },
    ]),
  );
}

/** The project of one release on its own, made from the base project and the release's labels. */
function projectOf(labels: ReleaseLabels, carried: ReadonlyMap<string, Carried[][]> = new Map()): Project {
  const { app, release, spec } = labels;
  const { project } = spec.compose!;
  const all = fellowsOf(labels);
  const made = [...all].map(([service, { part, names, alias }]): [string, Project] => {
    const own = part ? { ...labels, service, image: project.services[service]!.image! } : labels;
    const described = releaseProject(project, service, {
      project: `${app}-${release}`,
      names: [...names],
      labels: writeLabels(own),
      network: networkName(app),
      alias,
      aliases: [alias, ...(part ? [] : [`${app}-slot-${labels.slot}`])],
      publishItself: spec.edge === 'none' && Boolean(spec.publish),
      carried: carried.get(service),
      defaults: {
        restart: spec.restart,
        logging: { driver: 'json-file', options: { 'max-size': spec.logMaxSize, 'max-file': String(spec.logMaxFile) } },
        stop_grace_period: `${spec.stopTimeoutMs}ms`,
      },
      fellows: new Map([...all].filter(([other]) => other !== service)),
    });
    return [service, described];
  });
  return made.length === 1 ? made[0]![1] : joinRelease(project, new Map(made));
}

/** Networks and volumes of the base project that the service with the traffic uses. */
export async function prepareBase(host: Host, spec: DockerSpec): Promise<void> {
  const { project } = spec.compose!;
  const at = composeHost(host, CREATE_MS);
  const services = trafficServices(spec);
  const base = baseProject(project, services);
  const mounts = services.flatMap((service) => project.services[service]!.volumes ?? []);
  const named = mounts.flatMap((mount) => (mount.type === 'volume' && mount.source ? [mount.source] : []));
  await ensureVolumes(at, base, named);
  for (const service of services) {
    if (await networksMissing(at, base, service)) await up(at, base, { services: [service] });
  }
}

/** Creates, without starting them, the containers of a release that compose describes. */
export async function createByCompose(host: Host, labels: ReleaseLabels): Promise<void> {
  await prepareBase(host, labels.spec);
  await up(composeHost(host, CREATE_MS), projectOf(labels, await carriedOver(host, labels)), {
    start: false,
    recreate: false,
  });
}

/**
 * Starts created containers of a release: by compose, which fills in their secrets and configs as it starts them, and
 * has one wait for another of the same release as the file says.
 */
export async function startByCompose(host: Host, labels: ReleaseLabels): Promise<void> {
  const at = composeHost(host, labels.spec.health.deadlineMs + CREATE_MS);
  await up(at, projectOf(labels), { recreate: false, wait: true });
}
