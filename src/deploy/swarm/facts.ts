import { formatDuration, formatSize } from '../../lib/units.ts';
import { describeOptions } from '../docker/edge/options.ts';
import type { Description } from '../release/plan.ts';
import type { SwarmSpec } from './spec.ts';

const list = (values: readonly string[]) => values.join(', ') || 'none';

/** Options that few use: named only where they are. */
function extras({ tmpfs, extraHosts, ulimits, init, dns }: SwarmSpec): Record<string, string> {
  const named = {
    tmpfs: tmpfs && list(tmpfs),
    'extra-hosts': extraHosts && list(extraHosts),
    ulimits: ulimits && list(ulimits),
    init: init && 'true',
    dns: dns && list(dns),
  };
  return Object.fromEntries(Object.entries(named).flatMap(([name, text]) => (text ? [[name, text]] : [])));
}

/** The spec as a reader compares it: names of variables and secrets, never a value. */
function facts(spec: SwarmSpec): Record<string, string> {
  const { health } = spec;
  const command = [...spec.entrypoint, ...spec.args];
  return {
    image: spec.image,
    strategy: spec.strategy,
    port: `${spec.publish ?? 'not published'} -> ${spec.port ?? 'none'}`,
    edge: spec.publish ? describeOptions(spec.edgeOptions) : 'none',
    replicas: String(spec.replicas),
    placement: list(spec.placement),
    'edge-placement': list(spec.edgePlacement),
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
    command: command.length ? command.join(' ') : 'of the image',
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

export const describe = (spec: SwarmSpec): Description => ({ facts: facts(spec), env: spec.env });
