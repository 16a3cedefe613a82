import * as z from 'zod';
import { formatDuration, formatSize } from '../../../lib/units.ts';
import type { Inputs } from '../../inputs.ts';
import { parseMatches } from '../../release/canary-match.ts';
import { parseRate } from '../../release/rate.ts';

/** Bytes of a request's headers that are let through where nobody says otherwise: 15 kB of cookies pass. */
export const USUAL_HEADERS = 15_872;
/** How long a client may take for its headers. */
export const USUAL_REQUEST_MS = 10_000;
/** How long a request waits for a place where `max-connections` is reached: a user's patience is spent by waiting. */
export const USUAL_QUEUE_MS = 500;

/** How the edge meets its clients. Kept with the release and the edge; the certificate's key is kept in neither. */
export const edgeOptionsSchema = z.object({
  tls: z.boolean(),
  /** Clients come through a proxy that tells their address by the PROXY protocol. */
  acceptProxy: z.boolean(),
  /** Bytes. */
  maxBody: z.number().optional(),
  /** Addresses and CIDRs of proxies whose X-Forwarded-* headers are the truth. */
  trustedProxies: z.array(z.string()).optional(),
  /** Bytes of all headers of a request. */
  headerMax: z.number().optional(),
  requestTimeoutMs: z.number().optional(),
  /** Requests a client may make in a time. */
  rateLimit: z.object({ requests: z.number(), perMs: z.number() }).optional(),
  /** Requests one container works on at once. */
  maxConnections: z.number().optional(),
  queueTimeoutMs: z.number().optional(),
  accessLog: z.boolean().optional(),
  /** Digests of pages of one's own, which lie in the app's volume. */
  maintenancePage: z.string().optional(),
  errorPage: z.string().optional(),
  /** The app speaks HTTP/2 without TLS. */
  h2c: z.boolean().optional(),
  /** Whose requests reach a candidate whatever its weight. */
  canaryMatch: z
    .array(z.object({ kind: z.enum(['header', 'cookie']), name: z.string(), value: z.string() }))
    .optional(),
});

export type EdgeOptions = z.output<typeof edgeOptionsSchema>;

type Asked = Pick<
  Inputs,
  | 'domains'
  | 'app-protocol'
  | 'tls'
  | 'tls-certificate'
  | 'accept-proxy'
  | 'max-body'
  | 'trusted-proxies'
  | 'header-max'
  | 'request-timeout'
  | 'rate-limit'
  | 'max-connections'
  | 'queue-timeout'
  | 'access-log'
  | 'canary-match'
>;

/**
 * What the inputs ask for; undefined is plain HTTP and every limit as usual. TLS stays on where the edge has it: a run that
 * was started without the certificate (an expired secret, a fork) must not serve plain HTTP on port 443. Pure.
 */
export function edgeOptions(
  inputs: Asked,
  now?: EdgeOptions,
  pages: { maintenancePage?: { digest: string }; errorPage?: { digest: string } } = {},
): EdgeOptions | undefined {
  // With domains a certificate is the front's; what the edge has serves on while it is published too.
  const given = inputs['tls-certificate'] !== undefined && !inputs.domains.length;
  const tls = inputs.tls !== 'off' && (given || (now?.tls ?? false));
  const more = {
    maxBody: inputs['max-body'],
    trustedProxies: inputs['trusted-proxies'].length ? inputs['trusted-proxies'] : undefined,
    headerMax: inputs['header-max'],
    requestTimeoutMs: inputs['request-timeout'],
    rateLimit: inputs['rate-limit'] === undefined ? undefined : parseRate(inputs['rate-limit']),
    maxConnections: inputs['max-connections'],
    queueTimeoutMs: inputs['queue-timeout'],
    accessLog: inputs['access-log'] || undefined,
    maintenancePage: pages.maintenancePage?.digest,
    errorPage: pages.errorPage?.digest,
    h2c: inputs['app-protocol'] === 'h2c' || undefined,
    canaryMatch: inputs['canary-match'].length ? parseMatches(inputs['canary-match']) : undefined,
  };
  const limits = Object.entries(more).filter(([, value]) => value !== undefined);
  const acceptProxy = inputs['accept-proxy'];
  return tls || acceptProxy || limits.length ? { tls, acceptProxy, ...Object.fromEntries(limits) } : undefined;
}

/** In words, for a plan. */
export function describeOptions(options: EdgeOptions | undefined): string {
  const { maxBody, trustedProxies, headerMax, requestTimeoutMs, rateLimit, maxConnections } = options ?? {};
  const { accessLog, canaryMatch, h2c, maintenancePage, errorPage } = options ?? {};
  const words = [
    options?.tls ? 'TLS, HTTP/2' : 'plain HTTP',
    options?.acceptProxy && 'PROXY protocol',
    maxBody !== undefined && `bodies up to ${formatSize(maxBody)}`,
    trustedProxies && `trusts ${trustedProxies.join(', ')}`,
    headerMax !== undefined && `headers up to ${formatSize(headerMax)}`,
    requestTimeoutMs !== undefined && `headers within ${formatDuration(requestTimeoutMs)}`,
    rateLimit && `${rateLimit.requests} requests a client in ${formatDuration(rateLimit.perMs)}`,
    maxConnections !== undefined && `${maxConnections} requests at once a container`,
    accessLog && 'access log',
    maintenancePage && `maintenance page ${maintenancePage}`,
    errorPage && `error page ${errorPage}`,
    h2c && 'HTTP/2 to the app',
    canaryMatch && `candidates for ${canaryMatch.map(({ kind, name }) => `${kind} ${name}`).join(', ')}`,
  ];
  return words.filter(Boolean).join(', ');
}
