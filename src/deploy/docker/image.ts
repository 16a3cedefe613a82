import { type Engine, statusOf } from '../../lib/docker/engine.ts';
import { SeatrialError } from '../../lib/errors.ts';

export interface RegistryLogin {
  registry?: string;
  username?: string;
  password?: string;
}

export interface ResolvedImage {
  /** `repo@sha256:…`, or the name as given when no registry knows the image. */
  image: string;
  /** The engine's id of it. */
  imageId: string;
}

/** The registry part of an image name; Docker Hub's own where there is none. */
export function registryOf(image: string): string {
  const first = image.split('/')[0]!;
  return image.includes('/') && /[.:]|^localhost$/.test(first) ? first : 'https://index.docker.io/v1/';
}

/** Docker Hub goes by several names. */
const hub = /^(https:\/\/)?((index|registry-1|registry)\.)?docker\.io(\/v[12])?\/?$/;
const bare = (registry: string) =>
  hub.test(registry) ? 'docker.io' : registry.replace(/^https?:\/\//, '').replace(/\/.*$/, '');

/** The login as the inputs give it; without `registry` it is for the one of the release's own image. */
export const loginOf = ({ registry, username, password }: RegistryLogin, image: string): RegistryLogin => ({
  registry: registry ?? registryOf(image),
  username,
  password,
});

/** Whether a login may be shown to the registry of an image: another registry would refuse it, and learn it. */
export function loginIsFor(login: RegistryLogin, image: string): boolean {
  return Boolean(login.username) && bare(login.registry ?? registryOf(image)) === bare(registryOf(image));
}

const repository = (image: string) => image.replace(/@sha256:.*$/, '').replace(/:[^:/]+$/, '');

/** What the host has under a name, digest or id; undefined when it has nothing. */
export async function findImage(engine: Engine, image: string) {
  try {
    return await engine.call(`look at image ${image}`, (docker, abortSignal) =>
      docker.getImage(image).inspect({ abortSignal } as object),
    );
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

/** Pulls an image to its end; an error inside the engine's 200 answer is an error. */
async function pull(
  engine: Engine,
  image: string,
  login: RegistryLogin,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const authconfig = loginIsFor(login, image)
    ? { username: login.username, password: login.password ?? '', serveraddress: login.registry ?? registryOf(image) }
    : undefined;
  await engine.call(
    `pull ${image}`,
    async (docker, abortSignal) => {
      const stream = await docker.pull(image, { authconfig, abortSignal } as object);
      await new Promise<void>((resolve, reject) =>
        docker.modem.followProgress(stream, (error: Error | null, output: { error?: string }[] = []) => {
          const said = output.find((line) => line.error)?.error;
          if (error || said) reject(error ?? new Error(said));
          else resolve();
        }),
      );
    },
    { timeoutMs, signal },
  );
}

export interface ResolveOptions {
  warn: (line: string) => void;
  signal?: AbortSignal;
  timeoutMs?: number;
  kept?: string;
}

/**
 * The image on this host, pulled where it must be. A tag is resolved to the digest it has now; an image that no
 * registry answers for but the host has (built with push: false) is taken by its id, and `warn` is told.
 * `kept` is another name under which the host may still have that very image (our own tag of the release).
 * Errors: IMAGE_MISSING, REGISTRY_LOGIN, DISK_FULL.
 */
export async function resolveImage(
  engine: Engine,
  image: string,
  login: RegistryLogin,
  { warn, signal, timeoutMs = 600_000, kept }: ResolveOptions,
): Promise<ResolvedImage> {
  const pinned = /@sha256:[0-9a-f]{64}$/.test(image) || /^sha256:[0-9a-f]{64}$/.test(image);
  const local = await findImage(engine, image);
  if (pinned && local) return { image, imageId: local.Id };
  let refused: unknown;
  try {
    await pull(engine, image, login, timeoutMs, signal);
  } catch (error) {
    signal?.throwIfAborted();
    refused = error;
  }
  const words =
    refused instanceof Error
      ? refused.message.replace(/^.*?: pull [^ ]+: (\(HTTP code \d+\) [a-z ]+ - )?/, '').slice(0, 300)
      : '';
  // With a login that is refused, what the host has under this tag may be days old: not what was asked for.
  if (
    refused &&
    loginIsFor(login, image) &&
    /unauthorized|denied|authentication required|incorrect username/i.test(words)
  ) {
    throw new SeatrialError(
      'REGISTRY_LOGIN',
      `${engine.label}: the registry refuses the login for ${image}: ${words}; check username, password and the rights of the token.`,
      { cause: refused },
    );
  }
  if (refused && /no space left|disk quota/i.test(words)) {
    throw new SeatrialError(
      'DISK_FULL',
      `${engine.label}: ${image} can't be pulled: ${words.replace(/; make room.*/, '')}; make room (command: prune, docker image prune).`,
      { cause: refused },
    );
  }
  const own = refused && pinned && kept ? await findImage(engine, kept) : undefined;
  if (own) {
    warn(`${image}: no registry answers for it; the host kept it as ${kept}.`);
    return { image, imageId: own.Id };
  }
  const found = refused ? local : await findImage(engine, image);
  if (!found) {
    const why = words || 'not there after the pull';
    throw new SeatrialError(
      'IMAGE_MISSING',
      `${engine.label}: ${image} can't be had: ${why}; check the name and the login.`,
      { cause: refused },
    );
  }
  if (refused)
    warn(
      `${image}: it can't be pulled (${words}); the image on the host is taken as it is (${found.Id.slice(7, 19)}).`,
    );
  if (pinned) return { image, imageId: found.Id };
  const digest = refused
    ? undefined
    : (found.RepoDigests ?? []).find((name) => name.startsWith(`${repository(image)}@`));
  return { image: digest ?? image, imageId: found.Id };
}

/** Makes sure that an image of ours is on the host, `input` names which; pulls only when it is missing. */
export async function ensureImage(
  engine: Engine,
  image: string,
  login: RegistryLogin,
  signal?: AbortSignal,
  input = 'edge-image',
): Promise<void> {
  if (await findImage(engine, image)) return;
  try {
    await pull(engine, image, login, 600_000, signal);
  } catch (cause) {
    signal?.throwIfAborted();
    throw new SeatrialError(
      'IMAGE_MISSING',
      `${engine.label}: the image ${image} can't be pulled; give ${input} one the host can have.`,
      { cause },
    );
  }
}
