import { type Engine, statusOf } from '../../lib/docker/engine.ts';
import { find, type History } from '../release/history.ts';

/** Our own name for a release's image; a pruning of dangling images leaves what has one. */
export const releaseTag = (app: string, release: string) => `seatrial/${app}:${release}`;

/** Tags of ours look so; nothing else below the name is touched. */
const RELEASE = /^\d{8}-\d{6}(-[a-z0-9-]+)?$/;

/** Gives the image of a release its name. Called under the lock. */
export async function tagRelease(engine: Engine, app: string, release: string, imageId: string): Promise<void> {
  await engine.call(`tag the image of ${release}`, (docker, abortSignal) =>
    docker
      .getImage(imageId)
      .tag({ repo: `seatrial/${app}`, tag: release, abortSignal } as { repo: string; tag: string }),
  );
}

/**
 * Of the releases tagged here, those whose tag may go: no container of theirs is left, and their image can be pulled
 * again by its digest or was never a good one. Pure.
 */
export function looseTags(history: History, tagged: readonly string[], present: ReadonlySet<string>): string[] {
  return tagged.filter((release) => {
    if (!RELEASE.test(release) || present.has(release) || release === history.open?.release) return false;
    const record = find(history, release);
    return !record || record.status === 'bad' || record.image.includes('@sha256:');
  });
}

/** Takes the tags away that no release here needs; an image that had no other name and no container goes with its last. */
export async function removeLooseTags(engine: Engine, history: History, present: ReadonlySet<string>): Promise<void> {
  const prefix = `seatrial/${history.app}:`;
  const images = await engine.call('list images', (docker, abortSignal) =>
    docker.listImages({ filters: { reference: [`seatrial/${history.app}`] }, abortSignal } as object),
  );
  const tagged = images
    .flatMap((image) => image.RepoTags ?? [])
    .filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length));
  for (const release of looseTags(history, tagged, present)) {
    await removeName(engine, releaseTag(history.app, release));
  }
}

/** Removes one name of an image; the image itself only goes with its last name, and never while something uses it. */
export async function removeName(engine: Engine, name: string): Promise<void> {
  await engine
    .call(`remove image ${name}`, (docker, abortSignal) => docker.getImage(name).remove({ abortSignal } as object))
    .catch((error: unknown) => {
      // 409: something else uses it; 404: gone already.
      if (![404, 409].includes(statusOf(error))) throw error;
    });
}
