import type { Api } from '../../lib/kubernetes/api.ts';
import type { WaySpec } from './ways/claim.ts';

/** API group, resource and verbs. */
type Right = readonly [group: string, resource: string, verbs: readonly string[]];

/** What every deploy needs, and no more: docs/kubernetes-role.yaml has these and those below. */
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
  ['policy', 'poddisruptionbudgets', ['list', 'create', 'patch', 'delete']],
  ['coordination.k8s.io', 'leases', ['get', 'create', 'update', 'delete']],
  ['autoscaling', 'horizontalpodautoscalers', ['list']],
];

/** What a deploy can do without, and tells less. */
export const FURTHER_RIGHTS: readonly Right[] = [['', 'events', ['list']]];

/** What leads domains in needs these besides; asked for only where there are domains. */
export const WAY_RIGHTS: readonly Right[] = [
  ['networking.k8s.io', 'ingresses', ['get', 'list', 'create', 'patch', 'delete']],
  ['gateway.networking.k8s.io', 'httproutes', ['get', 'list', 'create', 'patch', 'delete']],
];

/** What a spec needs: of the two ways in by name, the one it goes; without an edge of ours, no budget for its pods. */
export const rightsFor = ({ way, edge }: { way?: WaySpec; edge?: 'none' }): readonly Right[] => [
  ...RIGHTS.filter(([group]) => group !== 'policy' || !edge),
  ...WAY_RIGHTS.filter(([, resource]) => resource === way?.kind),
];

/** What we may not do of it, as `create deployments.apps`. */
export async function missingRights(api: Api, rights: readonly Right[], signal?: AbortSignal): Promise<string[]> {
  const asked = rights.flatMap(([group, resource, verbs]) => verbs.map((verb) => ({ group, resource, verb })));
  const may = await Promise.all(asked.map(({ group, resource, verb }) => api.may(group, resource, verb, { signal })));
  return asked
    .filter((_, i) => !may[i])
    .map(({ group, resource, verb }) => `${verb} ${resource}${group && `.${group}`}`);
}
