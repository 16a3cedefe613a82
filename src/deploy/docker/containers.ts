import { type Engine, statusOf } from '../../lib/docker/engine.ts';
import { nameOf } from '../../lib/docker/inspect.ts';
import { demuxAll } from '../../lib/docker/logs.ts';
import type { ContainerCreateOptions, ContainerInfo } from '../../lib/docker/types.ts';
import { SeatrialError } from '../../lib/errors.ts';
import { parsePublish } from '../publish.ts';
import { isWorker, portsOf } from '../release/parts.ts';
import type { Instance } from '../target.ts';
import { logConfig, moreOptions } from './options.ts';
import { isGoing, removeContainer } from './removal.ts';
import { checkSecrets, putSecrets } from './secrets.ts';
import type { DockerSpec } from './spec.ts';
import { label, type ReleaseLabels, type Role, readLabels, writeLabels } from './state/labels.ts';

/** A container of the app as the engine lists it. */
export interface AppContainer extends Instance {
  labels: ReleaseLabels;
  /** Empty for a main one. */
  part: string;
  ip: string;
}

export interface Listing {
  apps: AppContainer[];
  edge: ContainerInfo | undefined;
  /** Edges whose successor is there: their run was killed before it had removed them. */
  left: string[];
  /** Ids of containers of hooks and probers: none is left when its run has ended well. */
  hooks: string[];
  /** Containers that were made to read the history through; a run without the lock may be reading now. */
  readers: { id: string; createdAt: number }[];
  /** On their way out, or left half-way by a removal that failed: they are nothing any more, but hold their names. */
  going: { id: string; name: string }[];
  /** Containers that carry this app's name for another environment. */
  strangers: string[];
}

export const networkName = (app: string) => `${app}-net`;
export const edgeName = (app: string) => `${app}-edge`;
/** An edge on its way out, whose successor has its name already. */
export const leavingName = (app: string) => `${app}-edge-leaving`;
export const containerName = (app: string, release: string, n: number, part = '') =>
  part ? `${app}-${release}-${part}-${n}` : `${app}-${release}-${n}`;
/** What all containers of a part are called in the networks they are in. */
export const aliasOf = (app: string, release: string, part = '') =>
  part ? `${app}-${release}-${part}` : `${app}-${release}`;

/** Everything of the app on this engine, in one call. */
export async function listApp(
  engine: Engine,
  app: string,
  environment: string,
  signal?: AbortSignal,
): Promise<Listing> {
  const all = await engine.call(
    'list containers',
    (docker, abortSignal) =>
      docker.listContainers({
        all: true,
        filters: { label: [`${label('app')}=${app}`] },
        abortSignal,
      } as object) as Promise<ContainerInfo[]>,
    { signal },
  );
  const whole = all.filter((info) => !isGoing(info.State));
  const mine = whole.filter((info) => info.Labels[label('environment')] === environment);
  const of = (role: Role) => whole.filter((info) => info.Labels[label('role')] === role);
  const edges = of('edge').filter((info) => mine.includes(info));
  const apps = mine.flatMap((info): AppContainer[] => {
    const labels = readLabels(info.Labels);
    if (!labels) return [];
    const ip = info.NetworkSettings?.Networks?.[networkName(app)]?.IPAddress ?? '';
    const { release, image, service: part = '', spec } = labels;
    const aside = isWorker(spec, part) ? { aside: true } : {};
    return [{ id: info.Id, name: nameOf(info), release, image, labels, part, state: info.State, ip, ...aside }];
  });
  return {
    apps: apps.sort((x, y) => x.name.localeCompare(y.name, 'en', { numeric: true })),
    edge: edges.find((info) => nameOf(info) !== leavingName(app)) ?? edges[0],
    left: edges.filter((info) => nameOf(info) === leavingName(app) && edges.length > 1).map((info) => info.Id),
    hooks: of('hook').map((info) => info.Id),
    readers: of('reader').map((info) => ({ id: info.Id, createdAt: info.Created * 1000 })),
    going: all.filter((info) => isGoing(info.State)).map((info) => ({ id: info.Id, name: nameOf(info) })),
    strangers: [...of('app'), ...of('edge')].filter((info) => !mine.includes(info)).map(nameOf),
  };
}

export interface CreateRequest {
  labels: ReleaseLabels;
  /** 1-based. */
  n: number;
  /** With `edge: none` the container owns the port. */
  publishItself: boolean;
  /** What a worker runs; what is left out is the image's own. */
  runs?: { entrypoint?: string[]; command: string[] };
}

const seconds = (ms: number) => Math.max(1, Math.ceil(ms / 1000));
const nanos = (ms: number) => ms * 1_000_000;

/**
 * Docker's health keeps the image's own rhythm and start period on every engine: what is left out here is the image's.
 * While a release starts, the gate runs the check itself.
 */
function healthcheck(spec: DockerSpec): ContainerCreateOptions['Healthcheck'] {
  const { command, timeoutMs, startPeriodMs } = spec.health;
  const given = {
    ...(command ? { Test: ['CMD-SHELL', command], Timeout: nanos(timeoutMs) } : {}),
    ...(startPeriodMs ? { StartPeriod: nanos(startPeriodMs) } : {}),
  };
  return Object.keys(given).length ? (given as ContainerCreateOptions['Healthcheck']) : undefined;
}

/** Pure: what the engine is asked to create. No value of a secret is in it: inspect would show it. */
export function createOptions({ labels, n, publishItself, runs }: CreateRequest): ContainerCreateOptions {
  const { app, release, spec, service: part } = labels;
  const name = containerName(app, release, n, part);
  const ports = portsOf(spec, part);
  const words = runs ?? { entrypoint: spec.entrypoint, command: spec.args };
  const slot = part ? [] : [`${app}-slot-${labels.slot}`];
  const publish = publishItself && spec.publish ? parsePublish(spec.publish) : undefined;
  const port = `${spec.port}/tcp`;
  return {
    name,
    Image: spec.imageId || spec.image,
    Env: Object.entries(spec.env).map(([key, value]) => `${key}=${value}`),
    Labels: { ...spec.labels, ...writeLabels(labels) },
    ...(words.entrypoint?.length ? { Entrypoint: words.entrypoint } : {}),
    ...(words.command.length ? { Cmd: words.command } : {}),
    ...(spec.user ? { User: spec.user } : {}),
    ...(spec.stopSignal ? { StopSignal: spec.stopSignal } : {}),
    StopTimeout: seconds(spec.stopTimeoutMs),
    // The image's own check, and that of the inputs, ask for the port that a worker has not.
    Healthcheck: runs ? { Test: ['NONE'] } : healthcheck(spec),
    // A read-only root takes no files before the start, a volume of its own does.
    ...(spec.readOnly && spec.secrets.length ? { Volumes: { '/run/secrets': {} } } : {}),
    ...(ports.length ? { ExposedPorts: Object.fromEntries(ports.map(({ port }) => [`${port}/tcp`, {}])) } : {}),
    HostConfig: {
      Memory: spec.memory,
      NanoCpus: spec.cpus ? Math.round(spec.cpus * 1e9) : undefined,
      PidsLimit: spec.pids,
      RestartPolicy: { Name: spec.restart },
      LogConfig: logConfig(spec),
      ...moreOptions(spec),
      Binds: spec.volumes,
      ReadonlyRootfs: spec.readOnly,
      CapAdd: spec.capAdd,
      CapDrop: spec.capDrop,
      NetworkMode: networkName(app),
      ...(publish ? { PortBindings: { [port]: [{ HostIp: publish.ip, HostPort: String(publish.port) }] } } : {}),
    },
    NetworkingConfig: {
      EndpointsConfig: { [networkName(app)]: { Aliases: [aliasOf(app, release, part), ...slot] } },
    },
  };
}

/** Creates (does not start) one container with its networks and secrets. */
export async function createContainer(
  engine: Engine,
  request: CreateRequest,
  secrets: ReadonlyMap<string, string>,
): Promise<string> {
  const { labels, n } = request;
  const name = containerName(labels.app, labels.release, n, labels.service);
  checkSecrets(labels.spec, secrets);
  const created = await engine.call(`create ${name}`, (docker, abortSignal) =>
    docker.createContainer({ ...createOptions(request), abortSignal }),
  );
  try {
    await furnish(engine, created.id, name, labels.spec, secrets);
  } catch (error) {
    await removeContainer(engine, created.id); // half made, it must not be taken for a whole one later
    throw error;
  }
  return created.id;
}

/** What a container needs before its start and create can't give it: further networks and secrets. */
async function furnish(
  engine: Engine,
  id: string,
  name: string,
  spec: DockerSpec,
  secrets: ReadonlyMap<string, string>,
): Promise<void> {
  for (const line of spec.networks) {
    const [network = '', aliases = ''] = line.split(':');
    await engine.call(`join ${name} to ${network}`, (docker, abortSignal) =>
      docker.getNetwork(network).connect({
        Container: id,
        EndpointConfig: { Aliases: aliases.split(',').filter(Boolean) },
        abortSignal,
      } as object),
    );
  }
  await putSecrets(engine, id, spec, secrets);
}

/** Starts a container; the port of another is PORT_TAKEN. Started already is fine. */
export async function startContainer(engine: Engine, id: string, name: string): Promise<void> {
  try {
    await engine.call(`start ${name}`, (docker, abortSignal) => docker.getContainer(id).start({ abortSignal }), {
      timeoutMs: 60_000,
    });
  } catch (error) {
    if (statusOf(error) === 304) return;
    const words = error instanceof Error ? error.message : '';
    if (/port is already allocated|address already in use/i.test(words)) {
      throw new SeatrialError(
        'PORT_TAKEN',
        `${engine.label}: the port ${name} needs is taken by something else; choose another publish, or free it.`,
        { cause: error },
      );
    }
    throw error;
  }
}

const ignore =
  (...codes: number[]) =>
  (error: unknown) => {
    if (!codes.includes(statusOf(error))) throw error;
  };

export async function stopContainer(engine: Engine, id: string, timeoutMs: number): Promise<void> {
  const t = seconds(timeoutMs);
  await engine
    .call('stop a container', (docker, abortSignal) => docker.getContainer(id).stop({ t, abortSignal }), {
      timeoutMs: t * 1000 + 30_000,
    })
    .catch(ignore(304, 404));
}

export async function renameContainer(engine: Engine, id: string, name: string): Promise<void> {
  await engine.call(`rename a container to ${name}`, (docker, abortSignal) =>
    docker.getContainer(id).rename({ name, abortSignal }),
  );
}

export async function pauseContainer(engine: Engine, id: string, paused: boolean): Promise<void> {
  await engine
    .call(paused ? 'pause a container' : 'wake a container', (docker) =>
      paused ? docker.getContainer(id).pause() : docker.getContainer(id).unpause(),
    )
    .catch((error: unknown) => {
      // Paused already, or not paused: an engine says so with 409 or 500.
      if (!(error instanceof SeatrialError) || !/(already|not) paused/i.test(error.message)) throw error;
    });
}

/** The last lines a container wrote, for a report of why it failed. */
export async function lastLines(engine: Engine, id: string, tail = 20): Promise<string[]> {
  const raw = await engine.call('read its log', (docker, abortSignal) =>
    docker.getContainer(id).logs({ stdout: true, stderr: true, tail, follow: false, abortSignal } as object),
  );
  const { stdout, stderr } = demuxAll(raw as unknown as Buffer);
  return `${stdout}${stderr}`.split('\n').filter(Boolean).slice(-tail);
}

/** Removes what a killed run left of one kind, e.g. the container of a hook. */
export async function removeByLabel(engine: Engine, app: string, role: string): Promise<void> {
  const filters = { label: [`${label('app')}=${app}`, `${label('role')}=${role}`] };
  const left = await engine.call('list containers', (docker, abortSignal) =>
    docker.listContainers({ all: true, filters, abortSignal }),
  );
  for (const { Id } of left) await removeContainer(engine, Id);
}
