import * as z from 'zod';

/** What one app asks of the front door, beside its domains; kept with the release, and without a key. */
export const frontOptionsSchema = z.object({
  redirects: z.array(z.object({ from: z.string(), to: z.string() })).default([]),
  tls: z.enum(['auto', 'own', 'off']),
  acme: z
    .object({
      /** Address of the directory, RFC 8555 section 7.1.1. */
      server: z.string(),
      email: z.string().optional(),
      /** PEM of the authority behind the server's own certificate. */
      ca: z.string().optional(),
    })
    .optional(),
  /** Bytes of a request's headers the app's edge lets through: the front must hold them. */
  headerMax: z.number().optional(),
  requestTimeoutMs: z.number().optional(),
  /** The app speaks HTTP/2 without TLS, and so does the front with its edge. */
  h2c: z.boolean().optional(),
});

export type FrontOptions = z.output<typeof frontOptionsSchema>;

/** An app's whole claim: `domains` as `host` or `host/path`, the first is the one it is known by. */
export const claimSchema = frontOptionsSchema.extend({ domains: z.array(z.string()) });

export type Claim = z.output<typeof claimSchema>;

/** The app's claim as the front has it, with how the front is made: enough to make it again. */
export const standingSchema = claimSchema.extend({
  app: z.string(),
  image: z.string(),
  http: z.string(),
  https: z.string(),
});

export type Standing = z.output<typeof standingSchema>;

/** A standing without what is of the front itself. */
export const bare = ({ app: _app, image: _image, http: _http, https: _https, ...claim }: Standing): Claim => claim;

/** What a spec asks of the front; undefined where it has no domains. */
export const claimOf = ({ domains, front }: { domains?: string[]; front?: FrontOptions }): Claim | undefined =>
  domains?.length && front ? { domains, ...front } : undefined;

/** Every name the claim takes. */
export const namesOf = ({ domains, redirects }: Claim): string[] => [...domains, ...redirects.map(({ from }) => from)];

/** The same of a release; none where it has no domains. */
export const namesAsked = ({ domains = [], front }: { domains?: string[]; front?: FrontOptions }): string[] =>
  domains.length && front ? namesOf({ domains, ...front }) : domains;

/** Both claims at once: how an app is met while it goes from one to the other. The later one says how. Pure. */
export function union(before: Claim | undefined, after: Claim): Claim {
  if (!before) return after;
  const taken = new Set(namesOf(after));
  return {
    ...after,
    domains: [...after.domains, ...before.domains.filter((name) => !taken.has(name))],
    redirects: [...after.redirects, ...before.redirects.filter(({ from }) => !taken.has(from))],
  };
}

/** Where users find the app. */
export function urlOf({ domains, tls }: Claim, ports: { http: string; https: string }): string {
  const [scheme, port, usual] = tls === 'off' ? ['http', ports.http, '80'] : ['https', ports.https, '443'];
  const number = port.slice(port.lastIndexOf(':') + 1);
  const [host = '', ...path] = (domains[0] ?? '').split('/');
  return `${scheme}://${host}${number === usual ? '' : `:${number}`}${path.length ? `/${path.join('/')}` : ''}`;
}
