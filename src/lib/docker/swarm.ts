import type { CallOptions, Engine } from './engine.ts';

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
  Spec: { Availability: 'active' | 'pause' | 'drain'; Role: string };
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

/** Tasks of services, those of the past included that the Swarm still keeps. */
export const listTasks = async (engine: Engine, services: readonly string[], options?: CallOptions): Promise<Task[]> =>
  services.length
    ? askEngine<Task[]>(engine, 'list tasks', { path: '/tasks', query: { filters: { service: services } } }, options)
    : [];

/** Address a task has in a network, without the length of its prefix; empty where it has none yet. */
export const addressIn = ({ NetworksAttachments = [] }: Task, network: string): string =>
  NetworksAttachments.find((one) => one.Network.Spec.Name === network)?.Addresses?.[0]?.split('/')[0] ?? '';
