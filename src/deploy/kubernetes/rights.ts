import type { Api } from '../../lib/kubernetes/api.ts';

/** API group, resource and verbs. */
type Right = readonly [group: string, resource: string, verbs: readonly string[]];

/** What a deploy needs, and no more: docs/kubernetes-role.yaml is the same list. */
export const RIGHTS: readonly Right[] = [
  ['', 'pods', ['get', 'list', 'patch', 'delete']],
  ['', 'pods/log', ['get']],
  // By WebSocket it is `get` up to Kubernetes 1.34, and `create` from 1.35.
  ['', 'pods/exec', ['get', 'create']],
  ['', 'services', ['get', 'list', 'create', 'patch', 'delete']],
  ['', 'configmaps', ['get', 'create', 'update', 'patch', 'delete']],
  ['', 'secrets', ['get', 'create', 'patch', 'delete']],
  ['', 'persistentvolumeclaims', ['get']],
  ['apps', 'deployments', ['get', 'list', 'create', 'patch', 'delete']],
  ['batch', 'jobs', ['list', 'create', 'patch', 'delete']],
  ['policy', 'poddisruptionbudgets', ['create', 'patch', 'delete']],
  ['coordination.k8s.io', 'leases', ['get', 'create', 'update', 'delete']],
  ['autoscaling', 'horizontalpodautoscalers', ['list']],
];

/** What we may not do of it, as `create deployments.apps`. */
export async function missingRights(api: Api, signal?: AbortSignal): Promise<string[]> {
  const asked = RIGHTS.flatMap(([group, resource, verbs]) => verbs.map((verb) => ({ group, resource, verb })));
  const may = await Promise.all(asked.map(({ group, resource, verb }) => api.may(group, resource, verb, { signal })));
  return asked
    .filter((_, i) => !may[i])
    .map(({ group, resource, verb }) => `${verb} ${resource}${group && `.${group}`}`);
}
