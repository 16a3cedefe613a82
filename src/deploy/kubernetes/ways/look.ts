import { X509Certificate } from 'node:crypto';
import type { Condition, HttpRoute, Ingress, Secret } from '../../../lib/kubernetes/types.ts';
import type { Way } from '../../seen.ts';
import type { Space } from '../space.ts';
import { split, type WayClaim } from './claim.ts';
import { parentOf } from './objects.ts';

const DAY_MS = 86_400_000;

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim().slice(0, 200);

const unsaidBy = (through: string) => `no controller of the class ${through} has given the Ingress an address yet`;

/** What keeps an Ingress from leading a domain to the app; empty when nothing does. Pure. */
export function ingressFault(ingress: Ingress | undefined, domain: string, through: string): string {
  if (!ingress) return 'its Ingress is gone; the next deploy puts it back';
  const { host, path } = split(domain);
  const led = ingress.spec.rules?.some(
    (rule) => rule.host === host && rule.http?.paths.some((one) => one.path === path),
  );
  if (!led) return `the Ingress ${ingress.metadata.name} was changed and does not lead it in; the next deploy does`;
  if (ingress.status?.loadBalancer?.ingress?.length) return '';
  return unsaidBy(through);
}

/** The same of a route: its Gateway says whether it takes it. Pure. */
export function routeFault(routes: readonly HttpRoute[], domain: string, through: string): string {
  const { host, path } = split(domain);
  const route = routes.find(
    ({ spec }) =>
      spec.hostnames?.includes(host) &&
      spec.rules?.some(({ matches }) => matches?.some((match) => match.path?.value === path)),
  );
  if (!route) return 'its HTTPRoute is gone; the next deploy puts it back';
  const parent = parentOf({ through });
  const said = (route.status?.parents ?? []).filter(
    ({ parentRef }) =>
      parentRef.name === parent.name &&
      (!parent.namespace || (parentRef.namespace ?? parent.namespace) === parent.namespace),
  );
  if (!said.length) return `no controller has taken it for the Gateway ${through} yet`;
  const all: Condition[] = said.flatMap(({ conditions }) => conditions ?? []);
  const bad = all.find(({ type, status }) => (type === 'Accepted' || type === 'ResolvedRefs') && status !== 'True');
  if (bad) return `the Gateway ${through} does not lead it in: ${oneLine(bad.message || bad.reason || bad.type)}`;
  return all.some(({ type }) => type === 'Accepted') ? '' : `no controller has taken it for the Gateway ${through} yet`;
}

/** What the Secret of an Ingress holds for a host. Its key is never looked at. Pure. */
export function certificateFor(
  secret: Secret | undefined,
  name: string,
  host: string,
  nowMs: number,
): Pick<Way, 'ends' | 'daysLeft' | 'fault'> {
  const text = secret?.data?.['tls.crt'];
  if (!text)
    return { fault: `the Secret ${name} holds no certificate yet: the controller answers with one of its own` };
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(Buffer.from(text, 'base64'));
  } catch {
    return { fault: `what the Secret ${name} holds is no certificate` };
  }
  const endsMs = Date.parse(certificate.validTo);
  const seen = { ends: new Date(endsMs).toISOString(), daysLeft: Math.floor((endsMs - nowMs) / DAY_MS) };
  if (endsMs <= nowMs) return { ...seen, fault: `the certificate in the Secret ${name} has ended` };
  if (certificate.checkHost(host, { subject: 'never' })) return seen;
  return { ...seen, fault: `the certificate in the Secret ${name} is not for it` };
}

/** Each way in of the app as it is now. A controller that reports no address can't be told from one that is not there. */
export async function waysOf(space: Space, claim: WayClaim, signal?: AbortSignal): Promise<Way[]> {
  const { api, names, gates, history } = space;
  const { kind, through, tls } = claim;
  const blocked = gates.length || history.edge?.by ? '' : 'no pod of the edge is ready';
  const byIngress = kind === 'ingresses';
  const [ingress, routes, secret] = await Promise.all([
    byIngress ? api.get('ingresses', names.way(), { signal }) : undefined,
    byIngress ? [] : ourRoutes(space, signal),
    byIngress && tls === 'auto' ? api.get('secrets', names.certificate, { signal }) : undefined,
  ]);
  return claim.domains.map((domain) => {
    const closed =
      blocked || (byIngress ? ingressFault(ingress, domain, through) : routeFault(routes, domain, through));
    const { host } = split(domain);
    // Those of a Gateway's listeners are not ours to look at.
    const { fault: uncertified = '', ...seen } =
      byIngress && tls === 'auto' ? certificateFor(secret, names.certificate, host, space.now()) : {};
    const fault = [closed, uncertified].filter(Boolean).join('; ');
    const unsaid = byIngress && closed === unsaidBy(through) ? { unsaid: true as const } : {};
    return { domain, tls, open: closed === '', ...unsaid, ...seen, ...(fault ? { fault } : {}) };
  });
}

async function ourRoutes({ api, app }: Space, signal?: AbortSignal): Promise<HttpRoute[]> {
  return api.list('httproutes', { 'io.seatrial.app': app, 'io.seatrial.role': 'way' }, { signal });
}
