import { formatSize } from '../../lib/units.ts';
import { describeFront } from '../front/words.ts';
import { portWords } from '../release/parts.ts';
import type { Description } from '../release/plan.ts';
import { limits, list, logWords, named, processWords } from '../release/words.ts';
import { composeEnv, composeFacts } from './compose/facts.ts';
import { describeOptions } from './edge/options.ts';
import type { DockerSpec } from './spec.ts';

/** Options that few use: named only where they are. */
function extras({ tmpfs, extraHosts, ulimits, shmSize, init, dns, devices, gpus }: DockerSpec): Record<string, string> {
  return named({
    tmpfs: tmpfs && list(tmpfs),
    'extra-hosts': extraHosts && list(extraHosts),
    ulimits: ulimits && list(ulimits),
    'shm-size': shmSize && formatSize(shmSize),
    init: init && 'true',
    dns: dns && list(dns),
    devices: devices && list(devices),
    gpus,
  });
}

/** The spec as a reader compares it: names of variables and secrets, never a value. */
function facts(spec: DockerSpec): Record<string, string> {
  const edge = spec.edge === 'none' ? 'none' : describeOptions(spec.edgeOptions);
  if (spec.compose) return { ...composeFacts(spec, spec.compose), edge };
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
    ...limits(spec),
    pids: spec.pids === undefined ? 'unlimited' : String(spec.pids),
    restart: spec.restart,
    log: logWords(spec),
    ...extras(spec),
    ...processWords(spec),
  };
}

const envOf = (spec: DockerSpec) => (spec.compose ? composeEnv(spec.compose) : spec.env);

export const describe = (spec: DockerSpec): Description => ({ facts: facts(spec), env: envOf(spec) });
