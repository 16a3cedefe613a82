import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** The version script/bootstrap builds. */
const VERSION = '0.74.0';

/** A real Trivy: SEATRIAL_TRIVY, else where script/bootstrap keeps it, else the PATH. Without one the tests can't be run. */
export function trivyPath(): string {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const places = [
    process.env.SEATRIAL_TRIVY,
    join(cache, 'seatrial', 'tools', `trivy-${VERSION}`, 'trivy'),
    ...(process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'trivy')),
  ];
  const found = places.find((place) => place && existsSync(place));
  if (!found) throw new Error('There is no Trivy here; run script/bootstrap, or set SEATRIAL_TRIVY to its path.');
  return found;
}
