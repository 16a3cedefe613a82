import type { ServiceSpec } from '../../lib/docker/swarm.ts';
import { type ReleaseLabels, taskLabels, writeLabels } from './labels.ts';
import { networkName, serviceName } from './names.ts';
import type { SwarmSpec } from './spec.ts';

const nanos = (ms: number) => ms * 1_000_000;

/** A Swarm secret as a task is given it: a file under /run/secrets. */
export interface SecretRef {
  name: string;
  id: string;
  object: string;
}

/** Swarm takes variables for Go templates and fills them in; what looks like one is the user's own text. */
export const plain = (text: string): string => text.replaceAll('{{', '{{"{{"}}');

/** `name:/path`, `/host/path:/path`, with `:ro` when read only. */
function mount(line: string) {
  const [Source = '', Target = '', how = ''] = line.split(':');
  return {
    Type: Source.startsWith('/') ? 'bind' : 'volume',
    Source: plain(Source),
    Target,
    ReadOnly: how.split(',').includes('ro'),
  };
}

const UNITS: Record<string, number> = { '': 1, b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** `/tmp` or `/tmp:size=64m,mode=1777`. */
export function tmpfs(line: string) {
  const [Target = '', options = ''] = line.split(':');
  const given = new Map(options.split(',').map((option) => option.split('=') as [string, string]));
  const [, number, unit] = /^(\d+)([bkmg]?)$/i.exec(given.get('size') ?? '') ?? [];
  const mode = given.get('mode');
  return {
    Type: 'tmpfs',
    Target,
    TmpfsOptions: {
      ...(number ? { SizeBytes: Number(number) * UNITS[unit!.toLowerCase()]! } : {}),
      ...(mode ? { Mode: Number.parseInt(mode, 8) } : {}),
    },
  };
}

function ulimit(line: string) {
  const [Name = '', range = ''] = line.split('=');
  const [soft, hard = soft] = range.split(':').map(Number);
  return { Name, Soft: soft!, Hard: hard! };
}

/** Swarm writes lines of /etc/hosts with the address first. */
function hostLine(line: string): string {
  const at = line.indexOf(':');
  return `${line.slice(at + 1)} ${line.slice(0, at)}`;
}

/** A task that ends is made anew after this; Swarm's own pause of 5 s is 5 s without it. */
const AGAIN_MS = 1000;
const CONDITIONS = { no: 'none', 'on-failure': 'on-failure', always: 'any', 'unless-stopped': 'any' } as const;

function healthcheck({ health: { command, timeoutMs, startPeriodMs, intervalMs } }: SwarmSpec) {
  const given = {
    ...(command
      ? { Test: ['CMD-SHELL', command], Timeout: nanos(timeoutMs), Interval: nanos(Math.max(1000, intervalMs)) }
      : {}),
    ...(startPeriodMs ? { StartPeriod: nanos(startPeriodMs) } : {}),
  };
  return Object.keys(given).length ? given : undefined;
}

/** Rotation only where the driver writes files on the node; another sends lines away, and knows no such options. */
function logDriver({ logDriver: Name = 'json-file', logOptions, logMaxSize, logMaxFile }: SwarmSpec) {
  const rotates = Name === 'json-file' || Name === 'local';
  const rotation = rotates ? { 'max-size': logMaxSize, 'max-file': String(logMaxFile) } : {};
  return { Name, Options: { ...rotation, ...logOptions } };
}

/** What tasks of a release and of its hooks have in common. */
function container(spec: SwarmSpec, secrets: readonly SecretRef[]) {
  const mounts = [...spec.volumes.map(mount), ...(spec.tmpfs ?? []).map(tmpfs)];
  return {
    // What no registry answers for is taken by its id: a tag may have moved on a node.
    Image: spec.image.includes('@') ? spec.image : spec.imageId || spec.image,
    Env: Object.entries(spec.env).map(([key, value]) => `${key}=${plain(value)}`),
    ...(spec.user ? { User: spec.user } : {}),
    ...(spec.entrypoint.length ? { Command: spec.entrypoint } : {}),
    ...(mounts.length ? { Mounts: mounts } : {}),
    ...(spec.extraHosts ? { Hosts: spec.extraHosts.map(hostLine) } : {}),
    ...(spec.dns ? { DNSConfig: { Nameservers: spec.dns } } : {}),
    ...(spec.init ? { Init: true } : {}),
    ...(spec.ulimits ? { Ulimits: spec.ulimits.map(ulimit) } : {}),
    ...(spec.capAdd.length ? { CapabilityAdd: spec.capAdd } : {}),
    ...(spec.capDrop.length ? { CapabilityDrop: spec.capDrop } : {}),
    Secrets: secrets.map(({ name, id, object }) => ({
      SecretID: id,
      SecretName: object,
      // Whoever the app runs as must be able to read; the container is the border.
      File: { Name: name, UID: '0', GID: '0', Mode: 0o444 },
    })),
  };
}

function template(app: string, spec: SwarmSpec) {
  return {
    Resources: {
      Limits: {
        ...(spec.memory ? { MemoryBytes: spec.memory } : {}),
        ...(spec.cpus ? { NanoCPUs: Math.round(spec.cpus * 1e9) } : {}),
        ...(spec.pids ? { Pids: spec.pids } : {}),
      },
    },
    Placement: { Constraints: spec.placement },
    LogDriver: logDriver(spec),
    Networks: [
      { Target: networkName(app) },
      ...spec.networks.map((line) => {
        const [Target = '', aliases = ''] = line.split(':');
        return { Target, Aliases: aliases.split(',').filter(Boolean) };
      }),
    ],
  };
}

/** Pure: the service of a release, with no task yet. No value of a secret is in it: inspect would show it. */
export function releaseBody(labels: ReleaseLabels, secrets: readonly SecretRef[], replicas = 0): ServiceSpec {
  const { app, release, spec } = labels;
  return {
    Name: serviceName(app, release),
    Labels: writeLabels(labels),
    TaskTemplate: {
      ...template(app, spec),
      ContainerSpec: {
        ...container(spec, secrets),
        Labels: { ...spec.labels, ...taskLabels(labels) },
        ...(spec.args.length ? { Args: spec.args } : {}),
        ...(spec.stopSignal ? { StopSignal: spec.stopSignal } : {}),
        StopGracePeriod: nanos(spec.stopTimeoutMs),
        ReadOnly: spec.readOnly,
        Healthcheck: healthcheck(spec),
      },
      RestartPolicy: { Condition: CONDITIONS[spec.restart], Delay: nanos(AGAIN_MS) },
    },
    Mode: { Replicated: { Replicas: replicas } },
    // Each task by its own address: kernels without IPVS have no virtual ones, and HAProxy wants to tell tasks apart.
    EndpointSpec: { Mode: 'dnsrr' },
  };
}

/** Pure: a job of one task that runs a single command of a release. */
export function jobBody(
  app: string,
  name: string,
  labels: Record<string, string>,
  spec: SwarmSpec,
  secrets: readonly SecretRef[],
  how: { entrypoint?: string[]; command: string[] },
): ServiceSpec {
  return {
    Name: name,
    Labels: labels,
    TaskTemplate: {
      ...template(app, spec),
      ContainerSpec: {
        ...container(spec, secrets),
        ...(how.entrypoint ? { Command: how.entrypoint } : {}),
        Args: how.command,
        Healthcheck: { Test: ['NONE'] },
      },
      RestartPolicy: { Condition: 'none' },
    },
    Mode: { ReplicatedJob: { MaxConcurrent: 1, TotalCompletions: 1 } } as ServiceSpec['Mode'],
  };
}
