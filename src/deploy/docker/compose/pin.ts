import { SeatrialError } from '../../../lib/errors.ts';
import type { Project } from './project.ts';

/** An image as it was found: by digest where a registry knows it, and the engine's own id of it. */
export interface Pinned {
  image: string;
  imageId: string;
}

/**
 * The project with each image replaced by the one its name meant just now, so that history brings back that very
 * image. An image no registry knows is named by its id. `resolve` is asked once a name.
 */
export async function pinImages(
  project: Project,
  resolve: (image: string) => Promise<Pinned>,
): Promise<{ project: Project; images: Map<string, Pinned> }> {
  const draft = structuredClone(project);
  const images = new Map<string, Pinned>();
  for (const [name, service] of Object.entries(draft.services)) {
    const asked = service.image;
    if (!asked) throw new SeatrialError('COMPOSE_INVALID', `compose-file: ${name} has no image.`);
    const found = images.get(asked) ?? (await resolve(asked));
    images.set(asked, found);
    service.image = found.image.includes('@sha256:') ? found.image : found.imageId;
    // What is pinned is neither built nor fetched again.
    delete service.build;
    delete service.pull_policy;
  }
  return { project: draft, images };
}
