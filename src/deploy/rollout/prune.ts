import type { Host } from '../docker/host.ts';
import { findImage } from '../docker/image.ts';
import { removeLooseTags, removeName } from '../docker/tags.ts';
import { find, lastGood, waiting } from '../release/history.ts';
import type { Run } from './run.ts';
import { removeRelease } from './steps.ts';

/**
 * Releases whose containers may go: beyond the newest `keep`, and never what serves, waits, is warm, or what the next
 * rollback goes to. Pure.
 */
export function superfluous(
  host: Pick<Host, 'history' | 'slotOf'>,
  present: readonly string[],
  keep: number,
): string[] {
  const { history } = host;
  const good = history.releases.filter((r) => r.status === 'good').map((r) => r.release);
  const needed = new Set([
    history.current,
    waiting(history)?.release,
    lastGood(history)?.release,
    history.open?.release,
    history.open?.back,
    ...good.slice(0, keep),
  ]);
  const newestFirst = [...present].sort((x, y) =>
    (find(history, y)?.at ?? '').localeCompare(find(history, x)?.at ?? ''),
  );
  return newestFirst.filter((release, i) => i >= keep && !needed.has(release) && !host.slotOf(release));
}

/**
 * Removes superfluous containers, and then the images only they used. An image without a digest can't be pulled again
 * and stays, as does one that something else uses or has tagged.
 */
export async function pruneHost(run: Run, host: Host): Promise<string[]> {
  const going = superfluous(host, host.releases(), run.inputs['keep-releases']);
  const images = new Set(going.map((release) => find(host.history, release)?.image ?? ''));
  for (const release of going) await removeRelease(host, release);
  await removeLooseTags(host.engine, host.history, new Set(host.releases()));
  const kept = new Set(host.listing.apps.map((c) => c.labels.image));
  for (const image of images) {
    if (kept.has(image) || !image.includes('@sha256:')) continue;
    // An image that somebody has tagged, another app of ours included, keeps the name it was pulled by.
    if ((await findImage(host.engine, image))?.RepoTags?.length) continue;
    await removeName(host.engine, image);
  }
  if (going.length) {
    run.say(`${host.label}: removed ${going.length} old release${going.length > 1 ? 's' : ''}: ${going.join(', ')}`);
  }
  return going;
}
