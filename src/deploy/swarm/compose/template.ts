import type { ServiceSpec } from '../../../lib/docker/swarm.ts';
import { namesFor } from '../../docker/compose/kin.ts';
import { memoryOf, type Project } from '../../docker/compose/project.ts';
import type { SwarmSpec } from '../spec.ts';
import { containerOf, fullName, given, nanos, type Refs } from './container.ts';
import type { Fill } from './fill.ts';
import { type Deploy, type Written, written } from './written.ts';

type Rotation = Pick<SwarmSpec, 'logMaxSize' | 'logMaxFile'>;

const cpusOf = (cpus: number | string | undefined) =>
  cpus === undefined ? undefined : Math.round(Number(cpus) * 1e9) || undefined;
const bytesOf = (memory: number | string | undefined) => Number(memory ?? 0) || undefined;

/** In CPUs and bytes: what a service may use at most, and what is kept for it. */
export function amountsOf(service: Written, memory: number | undefined) {
  const { limits = {}, reservations = {} } = service.deploy?.resources ?? {};
  const generic = reservations.generic_resources?.flatMap(({ discrete_resource_spec: one }) =>
    one ? [{ DiscreteResourceSpec: { Kind: one.kind, Value: Number(one.value) } }] : [],
  );
  return {
    Limits: given({
      NanoCPUs: cpusOf(limits.cpus ?? service.cpus),
      MemoryBytes: memory,
      Pids: limits.pids ?? service.pids_limit,
    }),
    Reservations: given({
      NanoCPUs: cpusOf(reservations.cpus),
      MemoryBytes: bytesOf(reservations.memory ?? service.mem_reservation),
      GenericResources: generic,
    }),
  };
}

const CONDITIONS: Record<string, string> = {
  no: 'none',
  'on-failure': 'on-failure',
  always: 'any',
  'unless-stopped': 'any',
};

/** Whether a service is a job of the Swarm: it runs to its end. */
export const isJob = ({ mode = '' }: Deploy = {}): boolean => mode.endsWith('-job');

/**
 * When a task that ends is begun anew: as `restart_policy` says it, else as `restart` does, else always. What others wait
 * for to have finished, and what is a job, is run once.
 */
export function restartOf(service: Written & { restart?: string }, finishes: boolean, usual?: string) {
  const policy = service.deploy?.restart_policy;
  const [, word, attempts] = /^([a-z-]+?)(?::(\d+))?$/.exec(service.restart ?? usual ?? '') ?? [];
  const job = isJob(service.deploy);
  const asked = policy?.condition ?? (policy ? 'any' : CONDITIONS[word ?? '']);
  const Condition = (job && asked !== 'on-failure') || (finishes && !asked) ? 'none' : (asked ?? 'any');
  return given({
    Condition: Condition === 'no' ? 'none' : Condition,
    Delay: policy?.delay === undefined ? undefined : nanos(policy.delay),
    MaxAttempts: policy?.max_attempts ?? (attempts && !policy ? Number(attempts) : undefined),
    Window: policy?.window === undefined ? undefined : nanos(policy.window),
  });
}

const logDriver = ({ logging }: Written, { logMaxSize, logMaxFile }: Rotation, fill: Fill) => {
  if (!logging) return { Name: 'json-file', Options: { 'max-size': logMaxSize, 'max-file': String(logMaxFile) } };
  const options = Object.entries(logging.options ?? {}).map(([key, value]) => [key, fill(value)]);
  return { Name: logging.driver ?? 'json-file', Options: Object.fromEntries(options) };
};

const platformOf = (platform: string) => {
  const [OS, Architecture] = platform.split('/');
  return given({ OS, Architecture });
};

function placement({ deploy: { placement: asked = {} } = {}, platform }: Written) {
  const { constraints, preferences, max_replicas_per_node: most } = asked;
  return given({
    Constraints: constraints,
    Preferences: preferences?.map(({ spread }) => ({ Spread: { SpreadDescriptor: spread } })),
    MaxReplicas: most || undefined,
    Platforms: platform ? [platformOf(platform)] : undefined,
  });
}

/** Networks of a service with the names its fellows may call it by: aliases, links, `container_name`. */
const networks = (project: Project, name: string) =>
  Object.entries(project.services[name]!.networks ?? { default: null }).map(([key, use]) => ({
    Target: fullName(project, 'networks', key),
    Aliases: [...new Set([...namesFor(project, name), ...(use?.aliases ?? [])])],
  }));

/** What is said beside the file. */
export interface Beside {
  rotation: Rotation;
  finishes?: boolean;
  /** `restart` where the file is silent. */
  restart?: string;
}

/** Pure: what tasks of a service are made from. */
export function templateOf(
  project: Project,
  name: string,
  { rotation, finishes = false, restart }: Beside,
  fill: Fill,
  refs: Refs,
): ServiceSpec['TaskTemplate'] {
  const service = written(project.services[name]!);
  return {
    ContainerSpec: containerOf(project, name, fill, refs),
    Resources: amountsOf(service, memoryOf(service)),
    RestartPolicy: restartOf(service, finishes, restart),
    Placement: placement(service),
    LogDriver: logDriver(service, rotation, fill),
    Networks: networks(project, name),
  };
}
