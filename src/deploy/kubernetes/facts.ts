import { createHash } from 'node:crypto';
import { formatSize } from '../../lib/units.ts';
import { describeOptions } from '../docker/edge/options.ts';
import type { Description } from '../release/plan.ts';
import { limits, list, named, processWords } from '../release/words.ts';
import { nameOf } from './manifests/model.ts';
import { FRONT_PORT } from './objects/edge.ts';
import { CLUSTER_IP, type KubernetesSpec } from './spec.ts';
import { carrierOf } from './ways/claim.ts';

/** How users come by name; nothing where there are no domains. */
function describeWay({ domains, way }: KubernetesSpec): Record<string, string> {
  if (!domains?.length || !way) return {};
  const by = way.kind === 'ingresses' ? `an Ingress of the class ${way.through}` : `the Gateway ${way.through}`;
  return {
    domains: list(domains),
    'led in by': by,
    tls: way.tls === 'off' ? 'plain HTTP' : "the cluster's certificates",
    ...(way.annotations ? { 'domain-annotations': list(Object.keys(way.annotations).sort()) } : {}),
  };
}

/** What carries the traffic in the edge's stead. */
function describeDirect(spec: KubernetesSpec): string {
  const by = { service: 'the Service', ingresses: 'the Ingress', httproutes: 'HTTPRoutes' }[
    carrierOf(spec) ?? 'service'
  ];
  const { canaryMatch } = spec.edgeOptions ?? {};
  const testers = canaryMatch && `candidates for ${canaryMatch.map(({ kind, name }) => `${kind} ${name}`).join(', ')}`;
  return [`none: traffic by ${by} of the cluster`, testers].filter(Boolean).join(', ');
}

/** What the files bring, and by a digest whether it is the same. */
function describeManifests({ manifests, health }: KubernetesSpec): Record<string, string> {
  if (!manifests) return {};
  const { workload, others } = manifests;
  const digest = createHash('sha256').update(JSON.stringify(manifests)).digest('hex').slice(0, 12);
  return {
    manifests: list([`Deployment ${workload.name} (${workload.container})`, ...others.map(nameOf)]),
    'manifests are': digest,
    health: [health.path, `${health.after} in a row`].filter(Boolean).join(', '),
  };
}

/** What pods are made from by inputs. */
const madeOf = (spec: KubernetesSpec): Record<string, string> => ({
  env: list(Object.keys(spec.env).sort()),
  secrets: list([...spec.secrets].sort()),
  volumes: list(spec.volumes),
  ...limits(spec),
  ...named({
    tmpfs: spec.tmpfs && list(spec.tmpfs),
    'extra-hosts': spec.extraHosts && list(spec.extraHosts),
    'shm-size': spec.shmSize && formatSize(spec.shmSize),
    dns: spec.dns && list(spec.dns),
  }),
  ...processWords(spec),
});

/** The spec as a reader compares it: names of variables and secrets, never a value. */
export function describe(spec: KubernetesSpec): Description {
  const { publish, port } = spec;
  const named = spec.edge && spec.way;
  const front = named
    ? `two Services, port ${FRONT_PORT}`
    : publish === CLUSTER_IP
      ? `ClusterIP, port ${FRONT_PORT}`
      : `NodePort ${publish}`;
  return {
    facts: {
      image: spec.image,
      strategy: spec.strategy,
      port: port === undefined ? 'none' : `${front} -> ${port}`,
      ...describeWay(spec),
      edge: port === undefined ? 'none' : spec.edge ? describeDirect(spec) : describeOptions(spec.edgeOptions),
      replicas: String(spec.replicas),
      ...describeManifests(spec),
      ...(spec.manifests ? {} : madeOf(spec)),
    },
    env: spec.env,
  };
}
