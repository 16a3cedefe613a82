import type { FrontOptions } from './claim.ts';

const HOW = { auto: 'certificates by ACME', own: 'a certificate of its own', off: 'plain HTTP' };

/** In words, for a plan; nothing where there is no front door. */
export function describeFront(spec: { domains?: string[]; front?: FrontOptions }): Record<string, string> {
  if (!spec.domains?.length || !spec.front) return {};
  const { redirects, tls, acme } = spec.front;
  return {
    domains: spec.domains.join(', '),
    ...(redirects.length ? { redirects: redirects.map(({ from, to }) => `${from} -> ${to}`).join(', ') } : {}),
    tls: acme ? `${HOW[tls]} from ${acme.server}` : HOW[tls],
  };
}
