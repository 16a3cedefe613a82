import { SeatrialError } from '../../lib/errors.ts';

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
 * Hub is meant. `registry` goes in front of a name without a host; a host that contradicts it is refused.
 */
export function parseRepository(text: string, registry?: string): Repository {
  const parts = text.trim().split('/');
  const wanted = registry ? registryHost(registry) : undefined;
  const hasHost = parts.length > 1 && /[.:]|^localhost$/.test(parts[0]!);
  const host = hasHost ? registryHost(parts.shift()!) : (wanted ?? HUB);
  if (wanted && hasHost && host !== wanted) {
    throw new SeatrialError('INPUT_INVALID', `"${text}" lies in ${host}, but registry is ${wanted}; make them agree.`);
  }
  const last = parts.at(-1) ?? '';
  if (last.includes('@') || last.includes(':')) {
    throw new SeatrialError(
      'INPUT_INVALID',
      `"${text}" must be without tag and digest; tags go into the input "tags".`,
    );
  }
  const bad = parts.find((part) => !PART.test(part));
  if (bad !== undefined || parts.length === 0) {
    throw new SeatrialError(
      'INPUT_INVALID',
      `"${text}" is not an image repository; write lower-case parts such as ghcr.io/acme/shop.`,
    );
  }
  const path = host === HUB && parts.length === 1 ? `library/${parts[0]}` : parts.join('/');
  return { name: host === HUB ? parts.join('/') : `${host}/${path}`, registry: host, path };
}

/** The key Docker's config.json keeps a registry's login under. */
export const configKey = (registry: string) => (registry === HUB ? 'https://index.docker.io/v1/' : registry);

/** The host that answers the registry's API. */
export const apiHost = (registry: string) => (registry === HUB ? 'registry-1.docker.io' : registry);
