import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The bundles that hosts in the field were last written to before what is kept on a host was reworked. */
export const FIELD = '6df9bdb591dfb50f8b01c7cf830ab2baf9ec23e5';

/**
 * The bundles as they stand committed at `commit`, in a folder of their own that goes with the run. They come from this
 * repository's own history, so that what is tested is what users have, byte for byte.
 */
export function bundlesOf(commit: string): string {
  if (spawnSync('git', ['cat-file', '-e', `${commit}^{commit}`], { stdio: 'ignore' }).status !== 0) {
    throw new Error(
      `The bundles of commit ${commit} are needed, and this clone does not have it: run "git fetch --unshallow" (at actions/checkout: fetch-depth: 0).`,
    );
  }
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-field-'));
  const archive = execFileSync('git', ['archive', '--format=tar', commit, 'dist'], { maxBuffer: 64 << 20 });
  execFileSync('tar', ['-x', '-C', folder], { input: archive });
  return join(folder, 'dist');
}
