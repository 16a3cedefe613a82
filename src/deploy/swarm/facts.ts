import { composeEnv, composeFacts } from '../docker/compose/facts.ts';
import { describeOptions } from '../docker/edge/options.ts';
import { describeFront } from '../front/words.ts';
import type { Description } from '../release/plan.ts';
import { limits, list, logWords, named, processWords } from '../release/words.ts';
import { edged, type Stack, type SwarmSpec } from './spec.ts';

/** Options that few use: named only where they are. */
function extras({ tmpfs, extraHosts, ulimits, init, dns }: SwarmSpec): Record<string, string> {
  return named({
    tmpfs: tmpfs && list(tmpfs),
    'extra-hosts': extraHosts && list(extraHosts),
    ulimits: ulimits && list(ulimits),
    init: init && 'true',
    dns: dns && list(dns),
  });
}

/** The spec as a reader compares it: names of variables and secrets, never a value. */
function facts(spec: SwarmSpec): Record<string, string> {
  return {
    image: spec.image,
    strategy: spec.strategy,
    port: `${spec.publish ?? (spec.domains?.length ? 'domains' : 'not published')} -> ${spec.port ?? 'none'}`,
    ...describeFront(spec),
    edge: edged(spec) ? describeOptions(spec.edgeOptions) : 'none',
    replicas: String(spec.replicas),
    placement: list(spec.placement),
    'edge-placement': list(spec.edgePlacement),
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

/** As a Docker host tells of a compose file, with what is a Swarm's. */
function stackFacts(spec: SwarmSpec, compose: Stack): Record<string, string> {
  const edge = edged(spec) ? describeOptions(spec.edgeOptions) : 'none';
  return { ...composeFacts(spec, compose), ...describeFront(spec), edge, 'edge-placement': list(spec.edgePlacement) };
}

export const describe = (spec: SwarmSpec): Description =>
  spec.compose
    ? { facts: stackFacts(spec, spec.compose), env: composeEnv(spec.compose) }
    : { facts: facts(spec), env: spec.env };
