import * as z from 'zod';
import { pairs } from '../../common-spec.ts';
import type { Inputs } from '../../inputs.ts';

/** What of the cluster can carry the traffic itself: the Service `<app>`, an Ingress, HTTPRoutes. */
export const carrierSchema = z.enum(['service', 'ingresses', 'httproutes']);
export type Carrier = z.output<typeof carrierSchema>;

/** What of the cluster leads users in by name; kept with the release. */
export const waySchema = z.object({
  kind: z.enum(['ingresses', 'httproutes']),
  /** The class of an Ingress; of a route the Gateway, `name` or `namespace/name`. */
  through: z.string(),
  /** `off`: plain HTTP. Certificates are the cluster's in any case. */
  tls: z.enum(['auto', 'off']),
  annotations: z.record(z.string(), z.string()).optional(),
});

/** An app's whole claim: `domains` as `host` or `host/path`, the first is the one it is known by. */
export const wayClaimSchema = waySchema.extend({ domains: z.array(z.string()) });

export type WaySpec = z.output<typeof waySchema>;
export type WayClaim = z.output<typeof wayClaimSchema>;

/** How the inputs want domains led in; undefined where there are none. Pure. */
export function wayOf(inputs: Inputs): WaySpec | undefined {
  const { domains, gateway, tls } = inputs;
  const through = gateway ?? inputs['ingress-class'];
  if (!domains.length || !through) return undefined;
  const annotations = pairs(inputs['domain-annotations']);
  return {
    kind: gateway ? 'httproutes' : 'ingresses',
    through,
    tls: tls === 'off' ? 'off' : 'auto',
    ...(Object.keys(annotations).length ? { annotations } : {}),
  };
}

/** What a spec asks for; undefined where it has no domains. */
export const claimOf = ({ domains, way }: { domains?: string[]; way?: WaySpec }): WayClaim | undefined =>
  domains?.length && way ? { ...way, domains } : undefined;

/** What carries the traffic of such a spec; undefined where an edge of ours does. */
export const carrierOf = ({ edge, way }: { edge?: 'none'; way?: WaySpec }): Carrier | undefined =>
  edge === 'none' ? (way?.kind ?? 'service') : undefined;

/** Both claims at once: how an app is met while it goes from one to the other. The later one says how. Pure. */
export function union(before: WayClaim | undefined, after: WayClaim): WayClaim {
  const more = before?.domains.filter((name) => !after.domains.includes(name)) ?? [];
  return { ...after, domains: [...after.domains, ...more] };
}

/** `shop.example.com/api` as a host and a path that begins with `/`. */
export function split(domain: string): { host: string; path: string } {
  const slash = domain.indexOf('/');
  return slash < 0 ? { host: domain, path: '/' } : { host: domain.slice(0, slash), path: domain.slice(slash) };
}

/** Where users find the app; which ports are in front is the cluster's matter. */
export const urlOf = ({ domains, tls }: WayClaim) => `${tls === 'off' ? 'http' : 'https'}://${domains[0]}`;
