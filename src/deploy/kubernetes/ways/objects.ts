import type { HttpRoute, Ingress } from '../../../lib/kubernetes/types.ts';
import { namesOf, ownLabels } from '../names.ts';
import { FRONT_PORT } from '../objects/edge.ts';
import { split, type WayClaim } from './claim.ts';
import { type Leads, leadsOf } from './leads.ts';

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
export function ingressOf(
  app: string,
  environment: string,
  claim: WayClaim,
  { main }: Leads = leadsOf(app, undefined),
): Ingress {
  const names = namesOf(app);
  const hosts = pathsByHost(claim.domains);
  return {
    metadata: {
      name: names.way(),
      labels: ownLabels(app, environment, 'way'),
      ...(claim.annotations ? { annotations: claim.annotations } : {}),
    },
    spec: {
      ingressClassName: claim.through,
      ...(claim.tls === 'off' ? {} : { tls: [{ hosts: [...hosts.keys()], secretName: names.certificate }] }),
      rules: rulesTo(main, hosts),
    },
  };
}

function rulesTo(service: string, hosts: ReadonlyMap<string, string[]>) {
  const backend = { service: { name: service, port: { number: FRONT_PORT } } };
  return [...hosts].map(([host, paths]) => ({
    host,
    http: { paths: paths.map((path) => ({ path, pathType: 'Prefix', backend })) },
  }));
}

/** Annotations that name an Ingress as a candidate's, https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#canary */
const CANARY = 'nginx.ingress.kubernetes.io/canary';

export const isCanary = ({ metadata }: Ingress): boolean => metadata.annotations?.[CANARY] === 'true';

/** Share of a candidate's Ingress, 0 to 1. */
export function canaryShare({ metadata: { annotations = {} } }: Ingress): number {
  const number = (name: string, otherwise: number) => Number(annotations[`${CANARY}-${name}`] ?? otherwise);
  return number('weight', 0) / Math.max(100, number('weight-total', 100));
}

/**
 * The same hosts and paths for the candidate, by ingress-nginx's annotations. What else is annotated, and TLS, it takes from the
 * main one. Undefined where nobody stands beside.
 */
export function canaryOf(app: string, environment: string, claim: WayClaim, { beside }: Leads): Ingress | undefined {
  if (!beside) return undefined;
  const { service, share, testers } = beside;
  const percent = share * 100;
  const whole = Math.abs(percent - Math.round(percent)) < 1e-9;
  const header = testers.find(({ kind }) => kind === 'header');
  const cookie = testers.find(({ kind }) => kind === 'cookie');
  return {
    metadata: {
      name: namesOf(app).canary,
      labels: ownLabels(app, environment, 'way'),
      annotations: {
        [CANARY]: 'true',
        [`${CANARY}-weight`]: String(Math.round(percent * (whole ? 1 : 10))),
        ...(whole ? {} : { [`${CANARY}-weight-total`]: '1000' }),
        ...(header ? { [`${CANARY}-by-header`]: header.name, [`${CANARY}-by-header-value`]: header.value } : {}),
        ...(cookie ? { [`${CANARY}-by-cookie`]: cookie.name } : {}),
      },
    },
    spec: { ingressClassName: claim.through, rules: rulesTo(service, pathsByHost(claim.domains)) },
  };
}

/** Of 1,000 parts; one without any is left out, as some Gateways count it all the same. */
function backends({ main, beside }: Leads) {
  const to = (name: string) => ({ name, port: FRONT_PORT });
  if (!beside || beside.share <= 0) return [to(main)];
  const weight = Math.round(beside.share * 1000);
  return [
    ...(weight < 1000 ? [{ ...to(main), weight: 1000 - weight }] : []),
    { ...to(beside.service), weight: Math.max(1, weight) },
  ];
}

/** The Gateway a route hangs on; one without a namespace is in that of the app. */
export function parentOf({ through }: Pick<WayClaim, 'through'>): { name: string; namespace?: string } {
  const [first = '', second] = through.split('/');
  return second === undefined ? { name: first } : { namespace: first, name: second };
}

/** A route leads all its paths of all its hosts: hosts with other paths need one of their own. */
export function routesOf(
  app: string,
  environment: string,
  claim: WayClaim,
  leads: Leads = leadsOf(app, undefined),
): HttpRoute[] {
  const names = namesOf(app);
  const { beside } = leads;
  const path = (value: string) => ({ path: { type: 'PathPrefix', value } });
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
        // Of two matches with the same path, the one with more headers goes first, https://gateway-api.sigs.k8s.io/reference/spec/#httprouterule
        ...(beside?.testers.length
          ? [
              {
                matches: paths.flatMap((value) =>
                  beside.testers.map(({ name, value: exact }) => ({
                    ...path(value),
                    headers: [{ type: 'Exact', name, value: exact }],
                  })),
                ),
                backendRefs: [{ name: beside.service, port: FRONT_PORT }],
              },
            ]
          : []),
        { matches: paths.map(path), backendRefs: backends(leads) },
      ],
    },
  }));
}

/** A rule for requests of testers alone. */
export const isForTesters = ({ matches = [] }: NonNullable<HttpRoute['spec']['rules']>[number]): boolean =>
  matches.some(({ headers }) => headers !== undefined);

/** The claim that objects of ours were made of, where the history is lost. Annotations come with the next deploy. */
export function wayFrom({
  ingresses,
  httproutes,
}: {
  ingresses: readonly Ingress[];
  httproutes: readonly HttpRoute[];
}): WayClaim | undefined {
  const word = (host: string, path = '/') => `${host}${path === '/' ? '' : path}`;
  const ingress = ingresses.find((one) => !isCanary(one));
  if (ingress) {
    const { rules = [], tls, ingressClassName = '' } = ingress.spec;
    const domains = rules.flatMap(({ host = '', http }) => http?.paths.map(({ path }) => word(host, path)) ?? []);
    return { kind: 'ingresses', through: ingressClassName, tls: tls?.length ? 'auto' : 'off', domains };
  }
  const [parent] = httproutes[0]?.spec.parentRefs ?? [];
  if (!parent) return undefined;
  const domains = httproutes.flatMap(({ spec: { hostnames = [], rules = [] } }) =>
    hostnames.flatMap((host) =>
      rules
        .filter((rule) => !isForTesters(rule))
        .flatMap(({ matches = [] }) => matches.map(({ path }) => word(host, path?.value))),
    ),
  );
  const through = parent.namespace ? `${parent.namespace}/${parent.name}` : parent.name;
  return { kind: 'httproutes', through, tls: 'auto', domains };
}
