import { containerName, networkName } from '../containers.ts';
import type { Host } from '../host.ts';
import type { DockerSpec } from '../spec.ts';
import { type ReleaseLabels, writeLabels } from '../state/labels.ts';
import { type Carried, carriedOver } from './carry.ts';
import { baseProject, releaseProject } from './derive.ts';
import type { Project } from './project.ts';
import { type ComposeHost, ensureVolumes, networksMissing, up } from './up.ts';

const CREATE_MS = 120_000;

/** What all containers of a release are called in the networks of its project. */
export const aliasOf = (app: string, release: string) => `${app}-${release}`;

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

/** The project of one release on its own, made from the base project and the release's labels. */
function projectOf(labels: ReleaseLabels, carried?: readonly Carried[][]): Project {
  const { app, release, spec } = labels;
  const { service, project } = spec.compose!;
  return releaseProject(project, service, {
    project: `${app}-${release}`,
    names: Array.from({ length: spec.replicas }, (_, i) => containerName(app, release, i + 1)),
    labels: writeLabels(labels),
    network: networkName(app),
    alias: aliasOf(app, release),
    aliases: [aliasOf(app, release), `${app}-slot-${labels.slot}`],
    publishItself: spec.edge === 'none' && Boolean(spec.publish),
    carried,
    defaults: {
      restart: spec.restart,
      logging: { driver: 'json-file', options: { 'max-size': spec.logMaxSize, 'max-file': String(spec.logMaxFile) } },
      stop_grace_period: `${spec.stopTimeoutMs}ms`,
    },
  });
}

/** Networks and volumes of the base project that the service with the traffic uses. */
export async function prepareBase(host: Host, spec: DockerSpec): Promise<void> {
  const { service, project } = spec.compose!;
  const at = composeHost(host, CREATE_MS);
  const base = baseProject(project, service);
  const mounts = project.services[service]!.volumes ?? [];
  const named = mounts.flatMap((mount) => (mount.type === 'volume' && mount.source ? [mount.source] : []));
  await ensureVolumes(at, base, named);
  if (await networksMissing(at, base, service)) await up(at, base, { services: [service] });
}

/** Creates, without starting them, the containers of a release that compose describes. */
export async function createByCompose(host: Host, labels: ReleaseLabels): Promise<void> {
  await prepareBase(host, labels.spec);
  await up(composeHost(host, CREATE_MS), projectOf(labels, await carriedOver(host, labels)), {
    start: false,
    recreate: false,
  });
}

/** Starts created containers of a release: by compose, which fills in their secrets and configs as it starts them. */
export async function startByCompose(host: Host, labels: ReleaseLabels): Promise<void> {
  await up(composeHost(host, CREATE_MS), projectOf(labels), { recreate: false });
}
