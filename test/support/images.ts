import { execFileSync, spawnSync } from 'node:child_process';

/** Images assembled from this machine by script/images; see there. */
export const NODE_IMAGE = 'seatrial.local/node:24';
/** Any image a team may name as `edge-image` can be tested: SEATRIAL_EDGE_IMAGE. */
export const EDGE_IMAGE = process.env.SEATRIAL_EDGE_IMAGE ?? 'seatrial.local/edge:2.6';

/** HAProxy 3.4, which gets certificates by itself; brought by `script/bootstrap front`. */
export const FRONT_IMAGE = process.env.SEATRIAL_FRONT_IMAGE ?? 'seatrial.local/front:3.4';

const TAGS = { node: NODE_IMAGE, edge: 'seatrial.local/edge:2.6', front: 'seatrial.local/front:3.4' };

export function ensureImages(...names: ('node' | 'edge' | 'front')[]): void {
  // Half a hundred files ask; the script takes ten times as long to find that all is there.
  const tags = names.map((name) => TAGS[name]);
  if (spawnSync('docker', ['image', 'inspect', ...tags], { stdio: 'ignore' }).status === 0) return;
  execFileSync('script/images', names, { stdio: ['ignore', 'ignore', 'inherit'] });
}
