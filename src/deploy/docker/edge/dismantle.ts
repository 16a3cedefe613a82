import { releaseNames } from '../front/front.ts';
import type { Host } from '../host.ts';
import { removeContainer } from '../removal.ts';

/** Removes an edge that has nothing to serve, or whose port a release is to have. */
export async function dismantle(host: Host): Promise<void> {
  if (!host.history.edge) return;
  if (host.history.edge.front) await releaseNames(host);
  host.runtime?.close();
  host.runtime = undefined;
  if (host.listing.edge) await removeContainer(host.engine, host.listing.edge.Id);
  await host.save((draft) => {
    draft.edge = undefined;
  });
  await host.refresh();
}
