import { SeatrialError } from '../../../lib/errors.ts';
import { isMissing, statusOf } from '../../../lib/kubernetes/error.ts';
import type { HttpRoute, Ingress, Resource } from '../../../lib/kubernetes/types.ts';
import { label } from '../names.ts';
import type { Space } from '../space.ts';
import type { WayClaim } from './claim.ts';

/** One host and path that an object leads somewhere, as `host` or `host/path`. */
interface Led {
  word: string;
  /** Services it leads to. */
  to: (string | undefined)[];
}

const wordOf = (host: string, path = '/') => `${host.toLowerCase()}${path.replace(/\/+$/, '')}`;

function ledBy({ spec }: Ingress): Led[] {
  return (spec.rules ?? []).flatMap(({ host, http }) =>
    host
      ? (http?.paths ?? [])
          .filter(({ pathType }) => pathType !== 'Exact')
          .map(({ path, backend }) => ({ word: wordOf(host, path), to: [backend.service?.name] }))
      : [],
  );
}

/** Matches by a header or a method are of some requests only. */
function routedBy({ spec }: HttpRoute): Led[] {
  return (spec.rules ?? []).flatMap(({ matches = [{}], backendRefs = [] }) =>
    matches
      .filter(
        ({ path, ...more }) =>
          path?.type !== 'Exact' && path?.type !== 'RegularExpression' && !Object.keys(more).length,
      )
      .flatMap(({ path }) =>
        (spec.hostnames ?? []).map((host) => ({
          word: wordOf(host, path?.value),
          to: backendRefs.map(({ name }) => name),
        })),
      ),
  );
}

/**
 * The first of the domains that somebody else's object leads elsewhere, and whose it is in words. One of your own that
 * leads to the app's Service already is no stranger. Pure.
 */
export function takenBy(
  ingresses: readonly Ingress[],
  routes: readonly HttpRoute[],
  { app, front, domains }: { app: string; front: string; domains: readonly string[] },
): { domain: string; whose: string } | undefined {
  const all: [string, Resource, Led[]][] = [
    ...ingresses.map((one): [string, Resource, Led[]] => ['Ingress', one, ledBy(one)]),
    ...routes.map((one): [string, Resource, Led[]] => ['HTTPRoute', one, routedBy(one)]),
  ];
  for (const [kind, { metadata }, led] of all) {
    const owner = metadata.labels?.[label('app')];
    if (owner === app) continue;
    const domain = domains.find((name) =>
      led.some(({ word, to }) => word === name && !(to.length && to.every((service) => service === front))),
    );
    if (domain) return { domain, whose: owner ? `the app ${owner}` : `the ${kind} ${metadata.name}` };
  }
  return undefined;
}

/** All of a kind in the namespace; none where the cluster does not know it, or we may not look. */
export async function allOf<K extends 'ingresses' | 'httproutes'>({ api, signal }: Space, kind: K, labels = {}) {
  try {
    return await api.list(kind, labels, { signal });
  } catch (error) {
    if (isMissing(error) || statusOf(error) === 403) return [];
    throw error;
  }
}

/** That no other app of the namespace has one of the domains. DOMAIN_TAKEN. */
export async function checkFree(space: Space, { domains }: WayClaim): Promise<void> {
  const { app, names } = space;
  const [ingresses, routes] = await Promise.all([allOf(space, 'ingresses'), allOf(space, 'httproutes')]);
  const taken = takenBy(ingresses, routes, { app, front: names.front, domains });
  if (!taken) return;
  throw new SeatrialError(
    'DOMAIN_TAKEN',
    `${space.label}: ${taken.domain} belongs to ${taken.whose}; choose another, or take it from there first.`,
  );
}
