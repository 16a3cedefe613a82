import { formatDuration, formatSize } from '../../lib/units.ts';
import { describeOptions } from '../docker/edge/options.ts';
import type { Description } from '../release/plan.ts';
import { FRONT_PORT } from './objects/edge.ts';
import { CLUSTER_IP, type KubernetesSpec } from './spec.ts';

const list = (values: readonly string[] | undefined) => values?.join(', ') || 'none';

/** The spec as a reader compares it: names of variables and secrets, never a value. */
export function describe(spec: KubernetesSpec): Description {
  const { health, publish, port } = spec;
  const front = publish === CLUSTER_IP ? `ClusterIP, port ${FRONT_PORT}` : `NodePort ${publish}`;
  const extras = {
    tmpfs: spec.tmpfs && list(spec.tmpfs),
    'extra-hosts': spec.extraHosts && list(spec.extraHosts),
    'shm-size': spec.shmSize && formatSize(spec.shmSize),
    dns: spec.dns && list(spec.dns),
  };
  const words = [...spec.entrypoint, ...spec.args];
  return {
    facts: {
      image: spec.image,
      strategy: spec.strategy,
      port: port === undefined ? 'none' : `${front} -> ${port}`,
      edge: port === undefined ? 'none' : describeOptions(spec.edgeOptions),
      replicas: String(spec.replicas),
      env: list(Object.keys(spec.env).sort()),
      secrets: list([...spec.secrets].sort()),
      volumes: list(spec.volumes),
      memory: spec.memory === undefined ? 'unlimited' : formatSize(spec.memory),
      cpus: spec.cpus === undefined ? 'unlimited' : String(spec.cpus),
      ...Object.fromEntries(Object.entries(extras).flatMap(([name, text]) => (text ? [[name, text]] : []))),
      user: spec.user ?? 'of the image',
      'read-only': String(spec.readOnly),
      command: words.length ? words.join(' ') : 'of the image',
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
    },
    env: spec.env,
  };
}
