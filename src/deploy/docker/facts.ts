import { formatDuration, formatSize } from '../../lib/units.ts';
import { describeFront } from '../front/words.ts';
import { portWords } from '../release/parts.ts';
import type { Description } from '../release/plan.ts';
import { composeEnv, composeFacts } from './compose/facts.ts';
import { describeOptions } from './edge/options.ts';
import type { DockerSpec } from './spec.ts';

const list = (values: readonly string[]) => values.join(', ') || 'none';

/** Options that few use: named only where they are. */
function extras({ tmpfs, extraHosts, ulimits, shmSize, init, dns, devices, gpus }: DockerSpec): Record<string, string> {
  const named = {
    tmpfs: tmpfs && list(tmpfs),
    'extra-hosts': extraHosts && list(extraHosts),
    ulimits: ulimits && list(ulimits),
    'shm-size': shmSize && formatSize(shmSize),
    init: init && 'true',
    dns: dns && list(dns),
    devices: devices && list(devices),
    gpus,
  };
  return Object.fromEntries(Object.entries(named).flatMap(([name, text]) => (text ? [[name, text]] : [])));
}

/** The spec as a reader compares it: names of variables and secrets, never a value. */
function facts(spec: DockerSpec): Record<string, string> {
  const edge = spec.edge === 'none' ? 'none' : describeOptions(spec.edgeOptions);
  if (spec.compose) return { ...composeFacts(spec, spec.compose), edge };
  const { health } = spec;
  return {
    image: spec.image,
    strategy: spec.strategy,
    port: portWords(spec),
    ...describeFront(spec),
    edge,
    ...(spec.metrics ? { metrics: spec.metrics } : {}),
    replicas: String(spec.replicas),
    ...(spec.parts
      ? { workers: spec.parts.map(({ name, replicas, command }) => `${name}=${replicas}: ${command}`).join('; ') }
      : {}),
    env: list(Object.keys(spec.env).sort()),
    secrets: list([...spec.secrets].sort()),
    volumes: list(spec.volumes),
    networks: list(spec.networks),
    memory: spec.memory === undefined ? 'unlimited' : formatSize(spec.memory),
    cpus: spec.cpus === undefined ? 'unlimited' : String(spec.cpus),
    pids: spec.pids === undefined ? 'unlimited' : String(spec.pids),
    restart: spec.restart,
    log: spec.logDriver
      ? `${spec.logDriver} ${Object.keys(spec.logOptions ?? {}).join(', ')}`.trim()
      : `${spec.logMaxSize} x ${spec.logMaxFile}`,
    ...extras(spec),
    user: spec.user ?? 'of the image',
    'read-only': String(spec.readOnly),
    command:
      list([...spec.entrypoint, ...spec.args]) === 'none'
        ? 'of the image'
        : [...spec.entrypoint, ...spec.args].join(' '),
    health: [
      health.path,
      health.host && `as ${health.host}`,
      health.status && `answers ${health.status}`,
      health.headers && `with ${health.headers.map((line) => line.split(':')[0]).join(', ')}`,
      health.command,
      `${health.after} in a row`,
      `within ${formatDuration(health.deadlineMs)}`,
    ]
      .filter(Boolean)
      .join(', '),
  };
}

const envOf = (spec: DockerSpec) => (spec.compose ? composeEnv(spec.compose) : spec.env);

export const describe = (spec: DockerSpec): Description => ({ facts: facts(spec), env: envOf(spec) });
