import type { Inputs } from '../inputs.ts';

/** Docker Hub, as nodes look its login up. */
const HUB = 'https://index.docker.io/v1/';

/** The registry part of an image's name. */
function registryOf(image: string): string {
  const first = image.split('/')[0]!;
  return image.includes('/') && /[.:]|^localhost$/.test(first) ? first : HUB;
}

/** The login nodes shall pull with; undefined where none was given. Without `registry` it is for the image's own. */
export function registryLogin(inputs: Pick<Inputs, 'registry' | 'username' | 'password'>, image: string) {
  const { registry, username, password } = inputs;
  if (!username || !password) return undefined;
  const named = registry && /^(https:\/\/)?([a-z0-9-]+\.)*docker\.io(\/.*)?$/.test(registry) ? HUB : registry;
  return { registry: named ?? registryOf(image), username, password };
}
