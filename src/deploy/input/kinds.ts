import type { TargetKind } from '../../lib/deployment.ts';
import { parsePublish, parsePublishLines } from '../publish.ts';
import type { Raw } from './fields.ts';
import { kubernetesContradictions } from './kubernetes.ts';

type Key = keyof Raw;

/** What a cluster alone can make something of. */
const CLUSTER_ONLY: Partial<Record<Key, string>> = {
  manifests: 'are for Kubernetes; elsewhere give the inputs of the release.',
  'ingress-class': 'is for Kubernetes; elsewhere domains have a front door of their own.',
  gateway: 'is for Kubernetes; elsewhere domains have a front door of their own.',
  'domain-annotations': 'are for Kubernetes; elsewhere domains have a front door of their own.',
};

/** What an input means only on some kinds of target, and what to do instead of it elsewhere. */
const ELSEWHERE: Partial<Record<TargetKind, Partial<Record<Key, string>>>> = {
  docker: {
    ...CLUSTER_ONLY,
    placement: 'is for a Swarm; on Docker hosts the line in hosts says where.',
    'edge-placement': 'is for a Swarm; a Docker host has one edge.',
  },
  kubernetes: {
    placement: 'is for a Swarm; on Kubernetes the scheduler chooses among the nodes.',
    'edge-placement': "is for a Swarm; on Kubernetes the edge's pods are spread over the nodes.",
  },
  swarm: {
    ...CLUSTER_ONLY,
    workers: 'are for Docker hosts; give them an app of their own.',
    'maintenance-page': 'is for Docker hosts; a Swarm answers with a page of its own.',
    'error-page': 'is for Docker hosts; a Swarm answers with a page of its own.',
    devices: 'can not be given to tasks of a Swarm; deploy to a Docker host.',
    gpus: 'can not be given to tasks of a Swarm; let their node offer them as generic resources, or deploy to a Docker host.',
    'shm-size': 'can not be set for tasks of a Swarm; give tmpfs: /dev/shm:size=256m.',
  },
};

const given = (value: unknown) => (Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false);

/** Inputs that have no meaning on the kind of target that `hosts` names. */
export function misplaced(raw: Raw, kind: TargetKind): [Key, string][] {
  const found = Object.entries(ELSEWHERE[kind] ?? {})
    .filter(([key]) => given(raw[key as Key]))
    .map(([key, message]): [Key, string] => [key as Key, message]);
  if (kind === 'kubernetes') found.push(...kubernetesContradictions(raw));
  if (kind !== 'swarm') return found;
  if (raw['keep-warm-as'] === 'paused')
    found.push(['keep-warm-as', 'paused is not to be had on a Swarm; choose running or stopped.']);
  if (raw.edge === 'none' && (raw.publish || raw['compose-file'].length))
    found.push(['edge', 'none publishes a container itself, which a Swarm does not; leave it at haproxy.']);
  for (const key of ['front-http', 'front-https'] as const) {
    const front = raw[key] && addressOf(raw[key]);
    if (front)
      found.push([
        key,
        `"${raw[key]}" names an address; on a Swarm a port is of all addresses of a node: write ${front.port}.`,
      ]);
  }
  const at = raw.publish ? addressOf(raw.publish) : undefined;
  if (at) {
    found.push([
      'publish',
      `"${raw.publish}" names an address; on a Swarm a port is of all addresses of each node with an edge: write ${at.port}.`,
    ]);
  }
  return found;
}

/** The first line that binds a port to an address; what is no port at all is told by who parses it. */
function addressOf(publish: string): { port: number } | undefined {
  try {
    return parsePublishLines(publish)
      .map((line) => parsePublish(line.publish))
      .find(({ ip }) => ip);
  } catch {
    return undefined;
  }
}
