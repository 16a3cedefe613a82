import type { ContainerCreateOptions } from '../../lib/docker/types.ts';
import type { DockerSpec } from './spec.ts';

type HostConfig = NonNullable<ContainerCreateOptions['HostConfig']>;

/** Rotation only where the driver writes files here; another sends lines away, and knows no such options. */
export function logConfig({ logDriver = 'json-file', logOptions, logMaxSize, logMaxFile }: DockerSpec) {
  const rotates = logDriver === 'json-file' || logDriver === 'local';
  const rotation = rotates ? { 'max-size': logMaxSize, 'max-file': String(logMaxFile) } : {};
  return { Type: logDriver, Config: { ...rotation, ...logOptions } };
}

function ulimit(line: string) {
  const [Name = '', range = ''] = line.split('=');
  const [soft, hard = soft] = range.split(':').map(Number);
  return { Name, Soft: soft!, Hard: hard! };
}

function device(line: string) {
  const [host = '', ...more] = line.split(':');
  const inside = more.find((part) => part.startsWith('/')) ?? host;
  const rights = more.find((part) => !part.startsWith('/')) ?? 'rwm';
  return { PathOnHost: host, PathInContainer: inside, CgroupPermissions: rights };
}

/** What few containers need, as the engine takes it; nothing where nothing is asked for. */
export function moreOptions(spec: DockerSpec): Partial<HostConfig> {
  const { tmpfs, extraHosts, ulimits, shmSize, init, dns, devices, gpus } = spec;
  return {
    ...(tmpfs
      ? {
          Tmpfs: Object.fromEntries(
            tmpfs
              .map((line) => line.split(/:(.*)/).slice(0, 2) as [string, string])
              .map(([path, how]) => [path, how ?? '']),
          ),
        }
      : {}),
    ...(extraHosts ? { ExtraHosts: extraHosts } : {}),
    ...(ulimits ? { Ulimits: ulimits.map(ulimit) } : {}),
    ...(shmSize ? { ShmSize: shmSize } : {}),
    ...(init ? { Init: true } : {}),
    ...(dns ? { Dns: dns } : {}),
    ...(devices ? { Devices: devices.map(device) } : {}),
    ...(gpus
      ? {
          DeviceRequests: [{ Driver: '', Count: gpus === 'all' ? -1 : Number(gpus), Capabilities: [['gpu']] }] as never,
        }
      : {}),
  };
}
