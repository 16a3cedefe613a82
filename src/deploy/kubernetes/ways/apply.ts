import { SeatrialError } from '../../../lib/errors.ts';
import { isMissing } from '../../../lib/kubernetes/error.ts';
import type { Resource } from '../../../lib/kubernetes/types.ts';
import { label } from '../names.ts';
import type { Space } from '../space.ts';
import type { WayClaim } from './claim.ts';
import { type Leads, leadsOf } from './leads.ts';
import { canaryOf, ingressOf, routesOf } from './objects.ts';
import { allOf } from './taken.ts';

/** What a claim is made of; the main object comes first. */
export function objectsOf(
  app: string,
  environment: string,
  claim: WayClaim,
  leads = leadsOf(app, undefined),
): Resource[] {
  if (claim.kind === 'httproutes') return routesOf(app, environment, claim, leads);
  const canary = canaryOf(app, environment, claim, leads);
  return [ingressOf(app, environment, claim, leads), ...(canary ? [canary] : [])];
}

/** Applies what leads the claim's domains in. NOT_SUPPORTED where the cluster has no Gateway API. */
export async function applyWay(
  { api, app, environment, label: where, history }: Space,
  claim: WayClaim,
  { dryRun = false, leads = leadsOf(app, history.edge) }: { dryRun?: boolean; leads?: Leads } = {},
): Promise<void> {
  try {
    for (const object of objectsOf(app, environment, claim, leads))
      await api.apply(claim.kind, object as never, { dryRun });
  } catch (error) {
    if (!isMissing(error) || claim.kind === 'ingresses') throw error;
    throw new SeatrialError(
      'NOT_SUPPORTED',
      `${where}: the cluster knows no HTTPRoute (gateway.networking.k8s.io/v1); install the Gateway API, or use ingress-class.`,
      { cause: error },
    );
  }
}

/** What is ours and stands, of both kinds. */
export async function standingWays(space: Space) {
  const mine = { [label('app')]: space.app, [label('role')]: 'way' };
  const [ingresses, routes] = await Promise.all([allOf(space, 'ingresses', mine), allOf(space, 'httproutes', mine)]);
  return { ingresses, httproutes: routes };
}

/** Removes what is ours and not of the claim: all of it where there is none. */
export async function withdrawAll(space: Space, but?: WayClaim): Promise<void> {
  const { api, app, environment, history } = space;
  const kept = but
    ? objectsOf(app, environment, but, leadsOf(app, history.edge)).map(({ metadata }) => metadata.name)
    : [];
  const standing = await standingWays(space);
  for (const kind of ['ingresses', 'httproutes'] as const) {
    for (const { metadata } of standing[kind]) {
      if (!(but?.kind === kind && kept.includes(metadata.name))) await api.delete(kind, metadata.name);
    }
  }
}
