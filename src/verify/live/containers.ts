import type { Readable } from 'node:stream';
import type { Deployment } from '../../lib/deployment.ts';
import { defaultHost } from '../../lib/docker/address.ts';
import type { Engine } from '../../lib/docker/engine.ts';
import { SeatrialError } from '../../lib/errors.ts';
import { targetHost } from '../../lib/target-host.ts';
import { transportOptions } from '../../lib/transport/inputs.ts';
import { parseContainer } from '../input/specs.ts';
import type { VerifyInputs } from '../inputs.ts';
import type { Version } from '../judge/types.ts';

/** Which part of a log: seconds of the host's clock, or its last lines. */
export interface LogRange {
  since?: number;
  until?: number;
  follow?: boolean;
  tail?: number;
}

/** One container to watch. */
export interface Watched {
  version: Version;
  host: OpenHost;
  id: string;
  name: string;
  /** The digest it must run, where the deployment says so. */
  digest?: string;
  /** What it is of a release that has more than its main containers; users may not come to it, or by another port. */
  service?: string;
  /** Of a Swarm: whose task it is. A task that was replaced is followed to the next in its slot. */
  task?: { service: string; slot: number };
  /** Its log, where it is none on an engine. */
  log?(range: LogRange, signal?: AbortSignal): Promise<{ stream: Readable; tty: boolean; lossy: boolean }>;
}

export interface OpenHost {
  host: string;
  engine: Engine;
  /** The daemon's clock minus ours, milliseconds: log times are the daemon's. */
  skewMs: number;
  /** Its containers' addresses can be reached from here. */
  local: boolean;
}

const digestOf = (image: string) => /@(sha256:[0-9a-f]{64})$/.exec(image)?.[1];

/** Hosts of the deployment, or of the inputs, or this machine's engine. */
export async function openHosts(
  inputs: VerifyInputs,
  env: Readonly<Record<string, string | undefined>>,
  warn: (line: string) => void,
  signal: AbortSignal,
) {
  const [{ Engine }, { openTransport }] = await Promise.all([
    import('../../lib/docker/engine.ts'),
    import('../../lib/transport/open.ts'),
  ]);
  const names = inputs.deployment
    ? inputs.deployment.hosts.map(({ host }) => host)
    : inputs.hosts.length > 0
      ? inputs.hosts
      : [defaultHost(env)];
  const open: OpenHost[] = [];
  const ways: { close(): Promise<void> }[] = [];
  const close = async () => {
    for (const { engine } of open) engine.close();
    await Promise.allSettled(ways.map((way) => way.close()));
  };
  try {
    for (const host of names) {
      const way = await openTransport(targetHost(host).way, transportOptions(inputs, env, signal, warn));
      ways.push(way);
      const engine = new Engine(way.address);
      const { dateMs } = await engine.ping({ signal });
      open.push({ host, engine, skewMs: dateMs - Date.now(), local: host.startsWith('unix://') });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { hosts: open, close };
}

function ofDeployment(deployment: Deployment, hosts: OpenHost[], all: boolean): Watched[] {
  return deployment.hosts.flatMap(({ host, slots }, i) =>
    slots.flatMap(({ release, image, role, containers }) => {
      // What serves is what a baseline or a watch looks at; the rest is old or waits.
      if (all && role !== 'current') return [];
      const isNew = all || release === deployment.release;
      if (!isNew && role === 'candidate') return [];
      const version: Version = isNew ? 'new' : 'old';
      const wanted = isNew && !all ? deployment.image || image : image;
      return containers.map(({ id, name, service }) => ({
        version,
        host: hosts[i] ?? missing(host),
        id,
        name,
        // The image of the deployment is the one of its main containers.
        ...(service === undefined ? { digest: digestOf(wanted) } : { service }),
        ...(deployment.kind === 'swarm' ? { task: taskOf(name) } : {}),
      }));
    }),
  );
}

/** `shop-r1.2` is in slot 2 of service `shop-r1`. */
function taskOf(name: string) {
  const at = name.lastIndexOf('.');
  return { service: name.slice(0, at), slot: Number(name.slice(at + 1)) };
}

function missing(host: string): never {
  throw new SeatrialError('INPUT_INVALID', `deployment: the host ${host} is not open.`);
}

/** Finds every container to watch. Errors: CONTAINER_MISSING. */
export async function findContainers(inputs: VerifyInputs, hosts: OpenHost[], signal: AbortSignal): Promise<Watched[]> {
  const serving = inputs.mode === 'watch' || inputs.mode === 'baseline';
  if (inputs.deployment) return ofDeployment(inputs.deployment, hosts, serving);
  const found: Watched[] = [];
  for (const [at, line] of inputs.containers.entries()) {
    const { version, name } = parseContainer(line, at + 1);
    const before = found.length;
    for (const host of hosts) {
      const list = await host.engine.call(
        `look for ${name}`,
        (docker, abortSignal) => docker.listContainers({ all: true, filters: { name: [`^/${name}$`] }, abortSignal }),
        { signal },
      );
      for (const { Id } of list) found.push({ version: serving ? 'new' : version, host, id: Id, name });
    }
    if (found.length === before) {
      throw new SeatrialError('CONTAINER_MISSING', `No host has a container "${name}"; check containers and hosts.`);
    }
  }
  return found;
}

/** What the engine says of a container; undefined when it is gone. */
export async function inspect(target: Watched, signal: AbortSignal) {
  const { host, id, name } = target;
  const { inspectContainer } = await import('../../lib/docker/inspect.ts');
  return inspectContainer(host.engine, id, `inspect ${name}`, { signal });
}

/** Old containers may have been removed since the deployment was written; a new one that is gone is the vitals' to tell. */
export async function stillThere(
  targets: Watched[],
  signal: AbortSignal,
): Promise<{ left: Watched[]; gone: string[] }> {
  const found = await Promise.all(
    targets.map(async (target) => {
      if (target.version === 'new') return true;
      return (await inspect(target, signal)) !== undefined;
    }),
  );
  return {
    left: targets.filter((_, i) => found[i]),
    gone: targets.filter((_, i) => !found[i]).map(({ name }) => name),
  };
}
