import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { SeatrialError } from '../../lib/errors.ts';

/** A name users come by, and the part of its paths that is meant: empty for all of them, else `/api`. */
export interface Domain {
  host: string;
  path: string;
}

/** From one host to another; the path and the query stay. */
export interface Redirect {
  from: string;
  to: string;
}

/** RFC 1123, section 2.1; what a certificate can be had for is no longer than that. */
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** RFC 3986: what a path may hold as it stands. */
const PATH = /^(\/[A-Za-z0-9._~!$&'()*+,;=:@%-]+)+$/;

/** `shop.example.com` or `shop.example.com/api`; a name of any script, in any case. INPUT_INVALID says what is wrong. Pure. */
export function parseDomain(line: string, input = 'domains'): Domain {
  const wrong = (why: string) => new SeatrialError('INPUT_INVALID', `${input}: "${line}" ${why}`);
  const example = 'write shop.example.com or shop.example.com/api.';
  if (line.includes('://')) throw wrong(`begins with a scheme; ${example}`);
  const slash = line.indexOf('/');
  const name = slash < 0 ? line : line.slice(0, slash);
  const path = (slash < 0 ? '' : line.slice(slash)).replace(/\/+$/, '');
  if (name.includes('*')) throw wrong('has a wildcard, which is not supported; name each domain on a line.');
  if (isIP(name.replace(/^\[|\]$/g, ''))) throw wrong(`is an address and no name; ${example}`);
  if (name.includes(':')) throw wrong('names a port; the ports are those of the front: front-http, front-https.');
  const host = domainToASCII(name.replace(/\.$/, '').normalize('NFC')).toLowerCase();
  if (!host || host.length > 253 || !host.split('.').every((label) => LABEL.test(label))) {
    throw wrong(`is not a domain; ${example}`);
  }
  if (isIP(host)) throw wrong(`is an address and no name; ${example}`);
  if (path && (!PATH.test(path) || path.split('/').some((part) => part === '.' || part === '..'))) {
    throw wrong('has a path that is none; write shop.example.com/api.');
  }
  return { host, path };
}

/** `www.shop.example.com -> shop.example.com`. Pure. */
export function parseRedirect(line: string): Redirect {
  const [from = '', to = '', ...more] = line.split('->').map((part) => part.trim());
  if (!from || !to || more.length) {
    throw new SeatrialError(
      'INPUT_INVALID',
      `redirects: "${line}" is not a redirect; write www.shop.example.com -> shop.example.com.`,
    );
  }
  const [source, target] = [parseDomain(from, 'redirects'), parseDomain(to, 'redirects')];
  if (source.path || target.path) {
    throw new SeatrialError(
      'INPUT_INVALID',
      `redirects: "${line}" names a path; a redirect leads from a name to a name, and the path asked for stays.`,
    );
  }
  return { from: source.host, to: target.host };
}

/** As one word: `shop.example.com/api`. */
export const wordOf = ({ host, path }: Domain) => `${host}${path}`;

/** What contradicts itself among the domains and redirects of one app, in words; empty when nothing does. Pure. */
export function contradiction(domains: readonly string[], redirects: readonly string[]): string {
  const words = domains.map((line) => wordOf(parseDomain(line)));
  const rules = redirects.map(parseRedirect);
  const named = [...words, ...rules.map(({ from }) => from)];
  const twice = named.find((word, i) => named.indexOf(word) !== i);
  if (twice) return `${twice} is named twice; every name leads to one place.`;
  const sources = new Set(rules.map(({ from }) => from));
  const loop = rules.find(({ to }) => sources.has(to));
  if (loop) return `${loop.to} is itself redirected; name where it ends.`;
  return '';
}

/** The hosts a certificate is needed for, each once. */
export const hostsOf = (words: readonly string[]): string[] => [...new Set(words.map((word) => word.split('/')[0]!))];
