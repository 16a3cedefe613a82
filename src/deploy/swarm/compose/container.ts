import { parseDuration } from '../../../lib/units.ts';
import { graceOf, type Project } from '../../docker/compose/project.ts';
import { plain, tmpfs } from '../body.ts';
import type { Fill } from './fill.ts';
import { type FileUse, type Mount, type Written, written } from './written.ts';

export const nanos = (text: string): number => Math.round(parseDuration(text) * 1e6);

/** Keys without a value are left out, as the Swarm writes them. */
export const given = <T extends object>(values: T): Partial<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;

/** A secret or config of the Swarm, by the name that the file has for it. */
export interface ObjectRef {
  id: string;
  object: string;
}
export type Refs = ReadonlyMap<string, ObjectRef>;

const modeOf = (mode: string | number | undefined) =>
  mode === undefined ? 0o444 : typeof mode === 'number' ? mode : Number.parseInt(mode, 8);

const fileOf = ({ source, target = source, uid = '0', gid = '0', mode }: FileUse, below = '') => ({
  Name: target.startsWith('/') ? target : `${below}${target}`,
  UID: uid,
  GID: gid,
  Mode: modeOf(mode),
});

/** The name of a network or volume on the Swarm. */
export const fullName = (project: Project, kind: 'networks' | 'volumes', key: string): string =>
  project[kind][key]?.name ?? `${project.name}_${key}`;

function mount(project: Project, fill: Fill, { type, source, target, read_only, ...more }: Mount) {
  const common = { Target: fill(target), ...(read_only ? { ReadOnly: true } : {}) };
  if (type === 'tmpfs') {
    const { size, mode } = more.tmpfs ?? {};
    const options = given({ SizeBytes: size === undefined ? undefined : Number(size), Mode: mode });
    return { Type: 'tmpfs', ...common, TmpfsOptions: options };
  }
  if (type === 'bind') {
    const { propagation } = more.bind ?? {};
    const options = propagation ? { BindOptions: { Propagation: propagation } } : {};
    return { Type: 'bind', Source: fill(source ?? ''), ...common, ...options };
  }
  if (!source) return { Type: 'volume', ...common };
  const volume = (project.volumes[source] ?? {}) as {
    external?: boolean;
    driver?: string;
    driver_opts?: Record<string, string>;
    labels?: Record<string, string>;
  };
  const driver = volume.driver ?? (volume.driver_opts ? 'local' : undefined);
  const options = volume.external
    ? given({ NoCopy: more.volume?.nocopy })
    : given({
        NoCopy: more.volume?.nocopy,
        Labels: { ...volume.labels, 'com.docker.stack.namespace': project.name },
        DriverConfig: driver ? { Name: driver, Options: volume.driver_opts } : undefined,
      });
  return { Type: 'volume', Source: fullName(project, 'volumes', source), ...common, VolumeOptions: options };
}

function healthcheck({ healthcheck: check }: Written) {
  if (!check) return undefined;
  if (check.disable) return { Test: ['NONE'] };
  const time = (text: string | undefined) => (text === undefined ? undefined : nanos(text));
  return given({
    Test: check.test,
    Interval: time(check.interval),
    Timeout: time(check.timeout),
    StartPeriod: time(check.start_period),
    Retries: check.retries,
  });
}

const ulimits = (all: NonNullable<Written['ulimits']>) =>
  Object.entries(all).map(([Name, limit]) =>
    typeof limit === 'number' ? { Name, Soft: limit, Hard: limit } : { Name, Soft: limit.soft, Hard: limit.hard },
  );

/** `name=address`, or with a colon, as a line of /etc/hosts. */
function hostLine(line: string): string {
  const at = line.search(/[=:]/);
  return `${line.slice(at + 1)} ${line.slice(0, at)}`;
}

/**
 * Pure: the container of a service as the Swarm makes it. `fill` puts values of secrets in; a Go template of the file
 * stays one, and what a secret holds never becomes one.
 */
export function containerOf(project: Project, name: string, fill: Fill, refs: Refs) {
  const service = written(project.services[name]!);
  const { command, entrypoint, environment = {}, volumes = [], labels = {} } = service;
  const grace = graceOf(service);
  const { dns, dns_search, dns_opt, secrets = [], configs = [] } = service;
  const mounts = [
    ...volumes.map((each) => mount(project, fill, each as Mount)),
    ...(service.tmpfs ?? []).map((line) => tmpfs(fill(line))),
    ...(service.shm_size
      ? [{ Type: 'tmpfs', Target: '/dev/shm', TmpfsOptions: { SizeBytes: Number(service.shm_size), Mode: 0o1777 } }]
      : []),
  ];
  const texts = (list: string[] | null | undefined) => list?.map((text) => fill(text));
  return given({
    Image: service.image!,
    Command: texts(entrypoint),
    Args: texts(command),
    Env: Object.entries(environment).flatMap(([key, value]) =>
      value === null ? [] : [`${key}=${fill(value, plain)}`],
    ),
    Labels: {
      ...Object.fromEntries(Object.entries(labels).map(([key, value]) => [key, fill(value)])),
      'com.docker.stack.namespace': project.name,
    },
    Dir: service.working_dir,
    User: service.user,
    Hostname: service.hostname,
    Groups: service.group_add,
    Init: service.init,
    TTY: service.tty,
    OpenStdin: service.stdin_open,
    StopSignal: service.stop_signal,
    StopGracePeriod: grace === undefined ? undefined : Math.round(grace * 1e6),
    ReadOnly: service.read_only,
    Healthcheck: healthcheck(service),
    Mounts: mounts.length ? mounts : undefined,
    Hosts: service.extra_hosts?.map(hostLine),
    DNSConfig:
      dns || dns_search || dns_opt ? given({ Nameservers: dns, Search: dns_search, Options: dns_opt }) : undefined,
    Sysctls: service.sysctls,
    Ulimits: service.ulimits && ulimits(service.ulimits),
    CapabilityAdd: service.cap_add,
    CapabilityDrop: service.cap_drop,
    Secrets: secrets.map((use) => {
      const { id, object } = refs.get(`secrets/${use.source}`)!;
      return { SecretID: id, SecretName: object, File: fileOf(use) };
    }),
    Configs: configs.map((use) => {
      const { id, object } = refs.get(`configs/${use.source}`)!;
      return { ConfigID: id, ConfigName: object, File: fileOf(use, '/') };
    }),
  });
}
