import type { Engine } from '../../../lib/docker/engine.ts';
import { inspectContainer, nameOf } from '../../../lib/docker/inspect.ts';
import type { ContainerInfo } from '../../../lib/docker/types.ts';
import { type Project, replicasOf } from './project.ts';

/** A container of the base project as it stands. */
export interface BaseContainer {
  id: string;
  name: string;
  service: string;
  /** compose's fingerprint of the configuration it was made from. */
  hash: string;
  state: string;
  exitCode: number;
}

/** The containers compose made for a project, one-off runs left out. */
export async function listBase(engine: Engine, project: string, signal?: AbortSignal): Promise<BaseContainer[]> {
  const filters = { label: [`com.docker.compose.project=${project}`, 'com.docker.compose.oneoff=False'] };
  const all = await engine.call(
    `list containers of ${project}`,
    (docker, abortSignal) =>
      docker.listContainers({ all: true, filters, abortSignal } as object) as Promise<ContainerInfo[]>,
    { signal },
  );
  return all.map((info) => ({
    id: info.Id,
    name: nameOf(info),
    service: info.Labels['com.docker.compose.service'] ?? '',
    hash: info.Labels['com.docker.compose.config-hash'] ?? '',
    state: info.State,
    exitCode: Number(/^Exited \((-?\d+)\)/.exec(info.Status)?.[1] ?? 0),
  }));
}

export interface Restarts {
  count: number;
  /** When it was started last, by the engine's clock. */
  since: number;
}

/** How often the engine has restarted each container so far; one that is gone meanwhile is left out. */
export async function restartsOf(engine: Engine, containers: readonly BaseContainer[]): Promise<Map<string, Restarts>> {
  const counts = new Map<string, Restarts>();
  for (const { id, name } of containers) {
    const info = await inspectContainer(engine, id, `look at ${name}`);
    if (info) counts.set(id, { count: info.RestartCount, since: Date.parse(info.State.StartedAt) });
  }
  return counts;
}

/** The engine forgives a crash after ten seconds, and waits up to a minute between two of a loop. */
const FORGIVEN_MS = 10_000;

/** Pure: ids of containers that were restarted a moment ago: one in a crash loop "runs" between two crashes. */
export function unsteady(
  there: readonly BaseContainer[],
  restarts: ReadonlyMap<string, Restarts>,
  now: number,
): Set<string> {
  return new Set(
    there.flatMap(({ id }) => {
      const { count = 0, since = 0 } = restarts.get(id) ?? {};
      return count > 0 && now - since < FORGIVEN_MS ? [id] : [];
    }),
  );
}

/** A service that may end by itself: it is done when it exited with 0. */
export const oneShot = (restart: string | undefined) =>
  restart === undefined || restart === 'no' || /^on-failure/.test(restart);

/** Whether a service has done what it is for and ended by itself. */
export const hasEnded = (there: readonly BaseContainer[], service: string, restart: string | undefined): boolean => {
  const mine = there.filter((c) => c.service === service);
  return oneShot(restart) && mine.length > 0 && mine.every((c) => c.state === 'exited' && c.exitCode === 0);
};

/**
 * Pure: whether a service has a task and is done with it, so that it is not run again on the way back: one of
 * `finishing`, one that ended well, or one that may end and is gone, since what ran would be there.
 */
export const isTask = (
  there: readonly BaseContainer[],
  service: string,
  restart: string | undefined,
  finishing: ReadonlySet<string>,
): boolean =>
  finishing.has(service) ||
  hasEnded(there, service, restart) ||
  (oneShot(restart) && !there.some((c) => c.service === service));

/**
 * Pure: the services that compose has to touch, in the file's order. One is left alone when all its containers were
 * made from this very configuration and run, or ended well as a one-shot does.
 */
export function changedServices(
  project: Project,
  traffic: readonly string[],
  hashes: ReadonlyMap<string, string>,
  there: readonly BaseContainer[],
  /** Containers that can't be trusted to run, whatever the engine calls them. */
  loops: ReadonlySet<string> = new Set(),
): string[] {
  return Object.entries(project.services).flatMap(([name, service]) => {
    if (traffic.includes(name)) return [];
    const mine = there.filter((c) => c.service === name);
    const well = (c: BaseContainer) =>
      (c.state === 'running' && !loops.has(c.id)) ||
      (c.state === 'exited' && c.exitCode === 0 && oneShot(service.restart));
    const same = mine.length === replicasOf(service) && mine.every((c) => c.hash === hashes.get(name) && well(c));
    return same ? [] : [name];
  });
}
