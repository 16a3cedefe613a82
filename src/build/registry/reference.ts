import { SeatrialError } from '../../lib/errors.ts';
import { parseCsv } from '../input/csv.ts';

export interface Repository {
  /** As users write it and engines show it: `ghcr.io/acme/shop`, `acme/shop` for Docker Hub. */
  name: string;
  /** Host of the registry: `docker.io`, `127.0.0.1:5000`. */
  registry: string;
  /** Path within it: `library/node`. */
  path: string;
}

const HUB = 'docker.io';
const PART = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;

/** `https://ghcr.io/` to `ghcr.io`; Docker Hub's many names to `docker.io`. */
export function registryHost(text: string): string {
  const host = text
    .trim()
    .replace(/^https?:\/\//, '')
    .replace(/\/.*$/, '')
    .toLowerCase();
  if (!/^(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d+)?$/.test(host)) {
    throw new SeatrialError(
      'INPUT_INVALID',
      `"${text}" is not a registry; write ghcr.io or registry.example.com:5000.`,
    );
  }
  return ['index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com'].includes(host) ? HUB : host;
}

/**
 * A repository as Docker reads it: the first part is a host when it has a dot or a port or is localhost, else Docker
 * Hub is meant. `registry` goes in front of a name without a host. Capitals become small, as in metadata-action: an
 * owner of GitHub may have some, a repository may not. Error: INPUT_INVALID.
 */
export function parseRepository(text: string, registry?: string): Repository {
  const parts = text.trim().toLowerCase().split('/');
  const wanted = registry ? registryHost(registry) : undefined;
  const hasHost = parts.length > 1 && /[.:]|^localhost$/.test(parts[0]!);
  const host = hasHost ? registryHost(parts.shift()!) : (wanted ?? HUB);
  const last = parts.at(-1) ?? '';
  if (last.includes('@') || last.includes(':')) {
    throw new SeatrialError(
      'INPUT_INVALID',
      `"${text}" must be without tag and digest; tags go into the input "tags".`,
    );
  }
  const bad = parts.find((part) => !PART.test(part));
  if (bad !== undefined || parts.length === 0) {
    throw new SeatrialError('INPUT_INVALID', `"${text}" is not an image repository; write it like ghcr.io/acme/shop.`);
  }
  const path = host === HUB && parts.length === 1 ? `library/${parts[0]}` : parts.join('/');
  return { name: host === HUB ? parts.join('/') : `${host}/${path}`, registry: host, path };
}

/**
 * The repositories of the input `image`: one a line or with commas, or as in metadata-action `name=…,enable=…`.
 * `registry` must be that of one of them. Error: INPUT_INVALID.
 */
export function parseImages(text: string, registry?: string): Repository[] {
  const names = parseCsv(text, { comment: true }).flatMap((fields) => {
    const options = new Map(
      fields
        .filter((field) => field.includes('='))
        .map((field) => field.split('=').map((part) => part.trim()) as [string, string]),
    );
    const stranger = [...options.keys()].find((key) => key !== 'name' && key !== 'enable');
    if (stranger !== undefined || !['true', 'false', undefined].includes(options.get('enable'))) {
      throw new SeatrialError(
        'INPUT_INVALID',
        `"${fields.join(',')}" is not a repository; write name=…,enable=true|false.`,
      );
    }
    if (options.get('enable') === 'false') return [];
    const bare = fields.filter((field) => !field.includes('=')).map((field) => field.trim());
    return [...bare, ...(options.has('name') ? [options.get('name')!] : [])];
  });
  const repositories = names.map((name) => parseRepository(name, registry));
  if (repositories.length === 0) throw new SeatrialError('INPUT_INVALID', 'no repository is left to build for.');
  if (registry && !repositories.some((one) => one.registry === registryHost(registry))) {
    throw new SeatrialError(
      'INPUT_INVALID',
      `"${names[0]}" lies in ${repositories[0]!.registry}, but registry is ${registryHost(registry)}; make them agree.`,
    );
  }
  return repositories.filter((one, n) => repositories.findIndex(({ name }) => name === one.name) === n);
}

/** The key Docker's config.json keeps a registry's login under. */
export const configKey = (registry: string) => (registry === HUB ? 'https://index.docker.io/v1/' : registry);

/** The host that answers the registry's API. */
export const apiHost = (registry: string) => (registry === HUB ? 'registry-1.docker.io' : registry);
