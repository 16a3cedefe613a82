import { find } from '../release/history.ts';
import type { Spec } from '../release/spec.ts';
import type { Images } from '../target.ts';
import { pinProject } from './compose/spec.ts';
import type { Host } from './host.ts';
import { findImage, resolveImage } from './image.ts';
import { type DockerSpec, own } from './spec.ts';
import { removeLooseTags, removeName } from './tags.ts';

/** Images of a host: pulled by digest, kept by a tag of the release, removed when nothing needs them. */
export class DockerImages implements Images {
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  words(spec: Spec): string {
    return own(spec).compose ? 'the images of the compose file' : spec.image;
  }

  async resolve(asked: Spec): Promise<Spec> {
    const spec = own(asked);
    if (spec.compose) return pinProject(spec, (image) => this.#pull(spec, image));
    const { image, imageId } = await this.#pull(spec, spec.image);
    return { ...spec, image, imageId, asked: spec.image } satisfies DockerSpec;
  }

  async fetch(resolved: Spec): Promise<void> {
    const spec = own(resolved);
    if (!spec.compose) {
      await this.#pull(spec, spec.image);
      return;
    }
    const images = new Set(Object.values(spec.compose.project.services).map(({ image }) => image!));
    for (const image of images) await this.#pull(spec, image);
  }

  #pull(spec: DockerSpec, image: string) {
    const { actions, signal } = this.#host.context;
    const warn = (line: string) => actions.warning(line);
    return resolveImage(this.#host.engine, image, this.#host.login(spec.image), { warn, signal });
  }

  /**
   * An image without a digest can't be pulled again and stays, as does one that something else uses or has tagged.
   */
  async discard(gone: readonly string[]): Promise<void> {
    const { engine, history, listing } = this.#host;
    const images = new Set(gone.map((release) => find(history, release)?.image ?? ''));
    await removeLooseTags(engine, history, new Set(listing.apps.map((c) => c.release)));
    const kept = new Set(listing.apps.map((c) => c.image));
    for (const image of images) {
      if (kept.has(image) || !image.includes('@sha256:')) continue;
      // An image that somebody has tagged, another app of ours included, keeps the name it was pulled by.
      if ((await findImage(engine, image))?.RepoTags?.length) continue;
      await removeName(engine, image);
    }
  }
}
