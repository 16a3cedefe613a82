import { SeatrialError } from '../../lib/errors.ts';
import { findImage } from '../docker/image.ts';
import type { Spec } from '../release/spec.ts';
import type { Images } from '../target.ts';
import type { Cluster } from './cluster.ts';
import { pinStack } from './compose/spec.ts';
import { own, type SwarmSpec } from './spec.ts';

const PINNED = /@sha256:[0-9a-f]{64}$/;
/** Without a tag as well: a digest says which one is meant. */
const repository = (image: string) => image.replace(/@sha256:.*$/, '').replace(/:[^:/]+$/, '');
const LOGIN = /unauthorized|denied|authentication required|incorrect username/i;

/** The engine's own words, without ours before them. */
const words = (error: unknown) =>
  (error instanceof Error ? error.message : String(error))
    .replace(/^.*?: ask for [^ ]+: (\(HTTP code \d+\) [a-z ]+ - )?/, '')
    .slice(0, 300);

/** Images are pulled by the nodes that run a task; here their digest is asked for. */
export class SwarmImages implements Images {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  words(spec: Spec): string {
    return own(spec).compose ? 'the images of the compose file' : spec.image;
  }

  /** REGISTRY_LOGIN, IMAGE_MISSING. */
  async resolve(asked: Spec): Promise<Spec> {
    const spec = own(asked);
    if (spec.compose) return pinStack(spec, (image) => this.#find(image));
    return { ...spec, ...(await this.#find(spec.image)), asked: spec.image } satisfies SwarmSpec;
  }

  async #find(image: string): Promise<{ image: string; imageId: string }> {
    const { api, engine, context, label } = this.#cluster;
    const auth = this.#cluster.auth(image);
    let refused: unknown;
    try {
      const digest = await api.digest(image, auth);
      const pinned = PINNED.test(image) ? image : `${repository(image)}@${digest}`;
      return { image: pinned, imageId: digest };
    } catch (error) {
      context.signal.throwIfAborted();
      refused = error;
    }
    const why = words(refused);
    // With a login that is refused, what a node has under this tag may be days old: not what was asked for.
    if (auth && LOGIN.test(why)) {
      throw new SeatrialError(
        'REGISTRY_LOGIN',
        `${label}: the registry refuses the login for ${image}: ${why}; check username, password and the rights of the token.`,
        { cause: refused },
      );
    }
    const local = await findImage(engine, image);
    if (!local) {
      throw new SeatrialError(
        'IMAGE_MISSING',
        `${label}: ${image} can't be had: ${why}; check the name and the login.`,
        { cause: refused },
      );
    }
    context.actions.warning(
      `${image}: no registry answers for it (${why}); the manager has it (${local.Id.slice(7, 19)}), and so must every node that is to run it.`,
    );
    return { image, imageId: local.Id };
  }

  /** Another Swarm pulls by the digest as well. */
  async fetch(): Promise<void> {}

  /** Images on nodes can't be removed from here: `docker image prune` there does it. */
  async discard(): Promise<void> {}
}
