import { existsSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { bundlesOf } from '../test/support/field.ts';

/** Other bundles to measure beside ours: a folder of them, or a commit whose `dist` is taken, for as long as this runs. */
export function bundlesToCompare(against: string | undefined): string | undefined {
  if (!against || existsSync(against)) return against;
  const dist = bundlesOf(against);
  process.on('exit', () => rmSync(dirname(dist), { recursive: true, force: true }));
  return dist;
}
