import type { Host } from '../host.ts';
import { MOUNT } from '../state/mount.ts';
import { MAP_FILE } from './config.ts';
import { placeKey, places } from './metrics.ts';

/** After a place was given or taken: the running edge tells it from now on. */
export async function tellPlaces(host: Host): Promise<void> {
  const { edge } = host.history;
  if (!edge?.metrics) return;
  for (const at of places(edge)) await host.edge().setMap(`${MOUNT}/${MAP_FILE}`, placeKey(at), at.release);
}
