import type { HttpRoute, Ingress } from '../../../lib/kubernetes/types.ts';
import { namesOf, ownLabels } from '../names.ts';
import { FRONT_PORT } from '../objects/edge.ts';
import { split, type WayClaim } from './claim.ts';

/** Paths by host, each in the order of the claim. */
function pathsByHost(domains: readonly string[]): Map<string, string[]> {
  const hosts = new Map<string, string[]>();
  for (const { host, path } of domains.map(split)) hosts.set(host, [...(hosts.get(host) ?? []), path]);
  return hosts;
}

/**
 * Prefixes are of whole parts of a path: `/api` is `/api` and `/api/…`, never `/apix`, and the longest wins;
 * https://kubernetes.io/docs/concepts/services-networking/ingress/#examples
 */
export function ingressOf(app: string, environment: string, claim: WayClaim): Ingress {
  const names = namesOf(app);
  const hosts = pathsByHost(claim.domains);
  const backend = { service: { name: names.front, port: { number: FRONT_PORT } } };
  return {
    metadata: {
      name: names.way(),
      labels: ownLabels(app, environment, 'way'),
      ...(claim.annotations ? { annotations: claim.annotations } : {}),
    },
    spec: {
      ingressClassName: claim.through,
      ...(claim.tls === 'off' ? {} : { tls: [{ hosts: [...hosts.keys()], secretName: names.certificate }] }),
      rules: [...hosts].map(([host, paths]) => ({
        host,
        http: { paths: paths.map((path) => ({ path, pathType: 'Prefix', backend })) },
      })),
    },
  };
}

/** The Gateway a route hangs on; one without a namespace is in that of the app. */
export function parentOf({ through }: Pick<WayClaim, 'through'>): { name: string; namespace?: string } {
  const [first = '', second] = through.split('/');
  return second === undefined ? { name: first } : { namespace: first, name: second };
}

/** A route leads all its paths of all its hosts: hosts with other paths need one of their own. */
export function routesOf(app: string, environment: string, claim: WayClaim): HttpRoute[] {
  const names = namesOf(app);
  const groups = new Map<string, { hosts: string[]; paths: string[] }>();
  for (const [host, paths] of pathsByHost(claim.domains)) {
    const key = [...paths].sort().join(' ');
    const group = groups.get(key) ?? { hosts: [], paths };
    group.hosts.push(host);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ hosts, paths }, n) => ({
    metadata: {
      name: names.way(n),
      labels: ownLabels(app, environment, 'way'),
      ...(claim.annotations ? { annotations: claim.annotations } : {}),
    },
    spec: {
      parentRefs: [parentOf(claim)],
      hostnames: hosts,
      rules: [
        {
          matches: paths.map((value) => ({ path: { type: 'PathPrefix', value } })),
          backendRefs: [{ name: names.front, port: FRONT_PORT }],
        },
      ],
    },
  }));
}

/** The claim that objects of ours were made of, where the history is lost. Annotations come with the next deploy. */
export function wayFrom({
  ingresses: [ingress],
  httproutes,
}: {
  ingresses: readonly Ingress[];
  httproutes: readonly HttpRoute[];
}): WayClaim | undefined {
  const word = (host: string, path = '/') => `${host}${path === '/' ? '' : path}`;
  if (ingress) {
    const { rules = [], tls, ingressClassName = '' } = ingress.spec;
    const domains = rules.flatMap(({ host = '', http }) => http?.paths.map(({ path }) => word(host, path)) ?? []);
    return { kind: 'ingresses', through: ingressClassName, tls: tls?.length ? 'auto' : 'off', domains };
  }
  const [parent] = httproutes[0]?.spec.parentRefs ?? [];
  if (!parent) return undefined;
  const domains = httproutes.flatMap(({ spec: { hostnames = [], rules = [] } }) =>
    hostnames.flatMap((host) =>
      rules.flatMap(({ matches = [] }) => matches.map(({ path }) => word(host, path?.value))),
    ),
  );
  const through = parent.namespace ? `${parent.namespace}/${parent.name}` : parent.name;
  return { kind: 'httproutes', through, tls: 'auto', domains };
}
