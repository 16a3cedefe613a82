import type { Readable } from 'node:stream';
import type { CallOptions, Engine } from './engine.ts';
import { statusOf } from './status.ts';

/** Where a task is in its life, https://docs.docker.com/engine/swarm/how-swarm-mode-works/swarm-task-states/ */
export type TaskState =
  | 'new'
  | 'pending'
  | 'assigned'
  | 'accepted'
  | 'preparing'
  | 'ready'
  | 'starting'
  | 'running'
  | 'complete'
  | 'shutdown'
  | 'failed'
  | 'rejected'
  | 'remove'
  | 'orphaned';

/** What is read of a task, as the Engine API gives it. */
export interface Task {
  ID: string;
  CreatedAt: string;
  ServiceID: string;
  /** From 1; a task of a global service has none. */
  Slot?: number;
  NodeID?: string;
  DesiredState: TaskState;
  Spec?: { ContainerSpec?: { Image?: string } };
  Status: {
    State: TaskState;
    Err?: string;
    ContainerStatus?: { ContainerID?: string; ExitCode?: number };
  };
  NetworksAttachments?: { Network: { ID: string; Spec: { Name: string } }; Addresses?: string[] }[];
}

/** A service's specification as the Engine API takes it; only what is read is spelled out. */
export interface ServiceSpec {
  Name: string;
  Labels: Record<string, string>;
  TaskTemplate: { ForceUpdate?: number; [more: string]: unknown };
  Mode: { Replicated?: { Replicas: number }; Global?: object; ReplicatedJob?: object };
  EndpointSpec?: {
    Mode?: string;
    Ports?: { PublishedPort?: number; PublishMode?: string; TargetPort?: number; Protocol?: string }[];
  };
  [more: string]: unknown;
}

export interface Service {
  ID: string;
  Version: { Index: number };
  CreatedAt: string;
  Spec: ServiceSpec;
}

export interface Node {
  ID: string;
  Spec: { Availability: 'active' | 'pause' | 'drain'; Role: string; Labels?: Record<string, string> };
  Description: { Hostname: string; Resources: { NanoCPUs?: number; MemoryBytes?: number } };
  Status: { State: string; Addr?: string };
}

export interface Asked {
  method?: 'GET' | 'POST' | 'DELETE';
  path: string;
  query?: Record<string, unknown>;
  body?: unknown;
  /** For the header X-Registry-Auth. */
  auth?: { username: string; password: string; serveraddress: string };
}

const WELL = { 200: true, 201: true, 204: true } as const;

/** One call to the engine's API as it is written down there; `name` says in errors what was being done. */
export function askEngine<T>(
  engine: Engine,
  name: string,
  { method = 'GET', path, query = {}, body, auth }: Asked,
  options: CallOptions = {},
): Promise<T> {
  return engine.call(
    name,
    (docker, abortSignal) =>
      new Promise<T>((resolve, reject) => {
        const dialled = {
          path: `${path}?`,
          method,
          options: { _query: query, ...(body === undefined ? {} : { _body: body }) },
          authconfig: auth,
          abortSignal,
          statusCodes: WELL,
        };
        docker.modem.dial(dialled as never, (error: unknown, data: unknown) => {
          if (error) reject(error);
          else resolve(data as T);
        });
      }),
    options,
  );
}

/** Services that bear all of these labels. */
export const listServices = (engine: Engine, labels: readonly string[], options?: CallOptions): Promise<Service[]> =>
  askEngine<Service[]>(engine, 'list services', { path: '/services', query: { filters: { label: labels } } }, options);

/** Tasks of services, those of the past included that the Swarm still keeps; none of one that was removed meanwhile. */
export async function listTasks(engine: Engine, services: readonly string[], options?: CallOptions): Promise<Task[]> {
  if (!services.length) return [];
  try {
    const query = { filters: { service: services } };
    return await askEngine<Task[]>(engine, 'list tasks', { path: '/tasks', query }, options);
  } catch (error) {
    // One that is gone is refused with all others.
    if (statusOf(error) !== 404) throw error;
    if (services.length === 1) return [];
    return (await Promise.all(services.map((one) => listTasks(engine, [one], options)))).flat();
  }
}

/** Address a task has in a network, without the length of its prefix; empty where it has none yet. */
export const addressIn = ({ NetworksAttachments = [] }: Task, network: string): string =>
  NetworksAttachments.find((one) => one.Network.Spec.Name === network)?.Addresses?.[0]?.split('/')[0] ?? '';

/** Addresses a task has on all of its networks. */
export const addressesOf = ({ NetworksAttachments = [] }: Task): string[] =>
  NetworksAttachments.flatMap(({ Addresses = [] }) => Addresses.map((one) => one.split('/')[0]!));

const ENDED: ReadonlySet<string> = new Set(['complete', 'shutdown', 'failed', 'rejected', 'remove', 'orphaned']);
/** Ended by itself, and not because the Swarm wanted it gone. */
const FAILED: ReadonlySet<string> = new Set(['complete', 'failed', 'rejected']);

export const isWanted = ({ DesiredState }: Task): boolean => DesiredState !== 'shutdown' && DesiredState !== 'remove';
export const hasEnded = ({ Status }: Pick<Task, 'Status'>): boolean => ENDED.has(Status.State);
export const hasFailed = ({ Status }: Pick<Task, 'Status'>): boolean => FAILED.has(Status.State);
export const exitCodeOf = ({ Status }: Task): number => Status.ContainerStatus?.ExitCode ?? 0;

/** Tasks by their slot, or by their node where they have none, those of the past included, newest first. */
export function bySlot(tasks: readonly Task[]): Map<string, Task[]> {
  const slots = new Map<string, Task[]>();
  for (const task of [...tasks].sort((x, y) => y.CreatedAt.localeCompare(x.CreatedAt))) {
    const slot = String(task.Slot || task.NodeID || '');
    slots.set(slot, [...(slots.get(slot) ?? []), task]);
  }
  return slots;
}

export interface ServiceLogRange {
  /** Seconds on the manager's clock. */
  since?: number;
  tail?: number;
  follow?: boolean;
  /** Each line tells its node, service and task, after its time. */
  details?: boolean;
}

/** The log of all tasks of a service, from whichever node; followed, it goes on with tasks that come later. */
export function openServiceLog(
  engine: Engine,
  { id, name }: { id: string; name: string },
  { since, tail, follow = false, details = false }: ServiceLogRange,
  signal?: AbortSignal,
): Promise<Readable> {
  const options = { stdout: true, stderr: true, timestamps: true, follow, details, tail, since: since?.toFixed(3) };
  return engine.call(
    `read the log of ${name}`,
    () =>
      new Promise<Readable>((resolve, reject) => {
        const asked = { path: `/services/${id}/logs?`, method: 'GET', isStream: true, statusCodes: WELL, options };
        engine.docker.modem.dial(asked as never, (error: unknown, data: unknown) => {
          if (error) reject(error);
          else resolve(data as Readable);
        });
      }),
    { signal },
  );
}
