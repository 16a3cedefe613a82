import type { HttpRoute, Ingress, Pod, Service } from '../../../src/lib/kubernetes/types.ts';
import type { StandIn } from './stand-in.ts';

/* What the cluster's own ways make of the objects they read, by the rules that are written down of each. */

const NOBODY = 'nobody';
const CANARY = 'nginx.ingress.kubernetes.io/canary';
const releaseOf = (pod: Pod | undefined) => pod?.metadata.labels?.['io.seatrial.release'];

function behind(cluster: StandIn, name: string): string | undefined {
  const service = cluster.find<Service>('services', name);
  return service && releaseOf(cluster.behind(service)[0]);
}

/**
 * https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#canary: a candidate's Ingress takes its share of a
 * main one with the same host and path. A main one without endpoints answers 503 to all; a candidate without any has no share.
 */
function byIngress(cluster: StandIn, ingresses: Ingress[]): Map<string, number> {
  const isCanary = ({ metadata }: Ingress) => metadata.annotations?.[CANARY] === 'true';
  const serviceOf = (one: Ingress | undefined) => one?.spec.rules?.[0]?.http?.paths[0]?.backend.service?.name ?? '';
  const main = serviceOf(ingresses.find((one) => !isCanary(one)));
  const release = behind(cluster, main);
  if (!release) return new Map([[NOBODY, 1]]);
  const canary = ingresses.find(isCanary);
  const beside = behind(cluster, serviceOf(canary));
  if (!canary || !beside || serviceOf(canary) === main) return new Map([[release, 1]]);
  const { annotations = {} } = canary.metadata;
  const share = Number(annotations[`${CANARY}-weight`]) / Number(annotations[`${CANARY}-weight-total`] ?? 100);
  return new Map([
    [release, 1 - share],
    [beside, share],
  ]);
}

/** https://gateway-api.sigs.k8s.io/reference/spec/#httpbackendref: shares are by weight; who leads to nobody has 500 for its share. */
function byRoutes(cluster: StandIn, routes: HttpRoute[]): Map<string, number> {
  const shares = new Map<string, number>();
  for (const { spec } of routes) {
    const all = spec.rules?.filter(({ matches }) => !matches?.some(({ headers }) => headers)) ?? [];
    const refs = all.flatMap(({ backendRefs = [] }) => backendRefs);
    const sum = refs.reduce((total, { weight = 1 }) => total + weight, 0);
    for (const { name, weight = 1 } of refs) {
      const release = behind(cluster, name) ?? NOBODY;
      shares.set(release, (shares.get(release) ?? 0) + weight / sum / routes.length);
    }
  }
  return shares;
}

/** What users meet where no edge is. */
export function usersWithout(cluster: StandIn): Map<string, number> {
  const routes = cluster.all<HttpRoute>('httproutes');
  if (routes.length) return byRoutes(cluster, routes);
  const ingresses = cluster.all<Ingress>('ingresses');
  if (ingresses.length) return byIngress(cluster, ingresses);
  const release = behind(cluster, 'shop');
  return new Map(release ? [[release, 1]] : []);
}

/** What a Gateway's controller says of each route: that it has taken it as it is now. */
export function takeRoutes(cluster: StandIn): void {
  for (const route of cluster.all<HttpRoute>('httproutes')) {
    const observedGeneration = route.metadata.generation;
    const conditions = ['Accepted', 'ResolvedRefs'].map((type) => ({ type, status: 'True', observedGeneration }));
    route.status = { parents: (route.spec.parentRefs ?? []).map((parentRef) => ({ parentRef, conditions })) };
  }
}
