import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** A folder's name as compose makes a project's name of it. */
export const folderName = (folder: string): string =>
  basename(folder)
    .toLowerCase()
    .replace(/[^-_a-z0-9]/g, '')
    .replace(/^[_-]+/, '');

/**
 * Whether a project has a name of its own: without one compose takes the folder's, which is a runner's whim. `name` is
 * what compose said of it; where that is the folder's, compose is asked once more (`ask`, with further arguments) as
 * if the folder had another name.
 */
export async function namesItself(
  name: string,
  folder: string,
  ask: (args: string[]) => Promise<string>,
): Promise<boolean> {
  if (name !== folderName(folder)) return true;
  const place = await mkdtemp(join(tmpdir(), 'seatrial-'));
  try {
    const other = join(place, `other-${folderName(folder)}`);
    await symlink(folder, other);
    const answer = await ask(['--project-directory', other]).catch(() => undefined);
    return answer !== undefined && (JSON.parse(answer) as { name: string }).name === name;
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}
