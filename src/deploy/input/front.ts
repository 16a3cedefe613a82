import { X509Certificate } from 'node:crypto';
import { contradiction, hostsOf, parseDomain, parseRedirect, wordOf } from '../front/domains.ts';
import { FRONT } from '../front/names.ts';
import { clashes, parsePublish } from '../publish.ts';
import { DEFAULT_ACME_SERVER, type Raw } from './fields.ts';

/** Inputs that mean something only with `domains`. */
const WITH_DOMAINS = ['redirects', 'acme-email', 'acme-ca', 'front-http', 'front-https'] as const;

/** What contradicts itself about the front door. Pure. */
export function frontContradictions(raw: Raw): [keyof Raw, string][] {
  const found: [keyof Raw, string][] = [];
  const check = (wrong: unknown, key: keyof Raw, message: string) => wrong && found.push([key, message]);
  const attempt = (key: keyof Raw, parse: () => unknown) => {
    try {
      parse();
      return true;
    } catch (error) {
      found.push([key, (error as Error).message.replace(`${key}: `, '')]);
      return false;
    }
  };
  check(raw.app === FRONT, 'app', `"${FRONT}" is the name of the front door itself; choose another.`);
  const names = raw.domains.map((line) => attempt('domains', () => parseDomain(line)));
  const rules = raw.redirects.map((line) => attempt('redirects', () => parseRedirect(line)));
  const readable = [...names, ...rules].every(Boolean);
  for (const key of ['front-http', 'front-https'] as const) {
    const port = raw[key];
    if (port) attempt(key, () => parsePublish(port));
  }
  const certificate = raw['tls-certificate'];
  if (raw.command === 'deploy' || raw.command === 'plan') {
    for (const key of WITH_DOMAINS) {
      check(raw[key]?.length && !raw.domains.length, key, 'belongs to domains; there are none.');
    }
    check(
      raw['acme-server'] !== DEFAULT_ACME_SERVER && !raw.domains.length,
      'acme-server',
      'belongs to domains; there are none.',
    );
  }
  if (!raw.domains.length) return found;
  check(!raw.port && !raw['compose-file'].length, 'port', 'domains need port, the one in the container.');
  check(
    raw['accept-proxy'],
    'accept-proxy',
    'is for an edge that clients reach by themselves; with domains the front does.',
  );
  check(certificate && raw.tls === 'auto', 'tls', 'with domains a tls-certificate is served by tls: own.');
  check(
    raw.tls === 'auto' && !/^https:\/\/[^/\s]+(\/\S*)?$/.test(raw['acme-server']),
    'acme-server',
    'is the https:// address of an ACME directory.',
  );
  check(
    raw['acme-email'] && !/^[^\s@"]+@[^\s@"]+$/.test(raw['acme-email']),
    'acme-email',
    `"${raw['acme-email']}" is no mail address.`,
  );
  const ca = raw['acme-ca'];
  if (ca) {
    const read = () => new X509Certificate(ca);
    try {
      read();
    } catch {
      found.push(['acme-ca', 'holds no certificate in PEM.']);
    }
  }
  if (raw['front-http'] && raw['front-https']) {
    const [http, https] = [raw['front-http'], raw['front-https']];
    try {
      check(clashes(parsePublish(http), parsePublish(https)), 'front-https', 'is the port of front-http.');
    } catch {
      return found; // told above
    }
  }
  if (!readable) return found;
  check(contradiction(raw.domains, raw.redirects), 'domains', contradiction(raw.domains, raw.redirects));
  if (certificate && raw.tls === 'own') {
    const uncovered = uncoveredBy(certificate, [
      ...hostsOf(raw.domains.map((line) => wordOf(parseDomain(line)))),
      ...raw.redirects.map((line) => parseRedirect(line).from),
    ]);
    check(uncovered, 'tls-certificate', `is not for ${uncovered}; a client that asks for it would be told of danger.`);
  }
  return found;
}

/** The first host a certificate is not for; of a text that holds none nothing is said here. */
function uncoveredBy(pem: string, hosts: readonly string[]): string | undefined {
  try {
    const certificate = new X509Certificate(pem);
    return hosts.find((host) => !certificate.checkHost(host, { subject: 'never' }));
  } catch {
    return undefined;
  }
}
