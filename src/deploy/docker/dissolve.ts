import { emptyHistory } from '../release/history.ts';
import { releaseNames } from './front/front.ts';
import type { Host } from './host.ts';
import type { DockerHistory } from './model.ts';
import { removeContainer } from './removal.ts';
import { removeTraces } from './traces.ts';

/**
 * Removes the app's containers, its edge, its network and its history. The edge goes first: nothing must listen that
 * leads nowhere. The lock's container holds the volume, so the lock is given back before the history goes; a run that
 * takes it in that moment keeps the volume, and what it does there is its own.
 */
export async function dissolve(host: Host): Promise<void> {
  const { engine, app } = host;
  await host.guard();
  await host.refresh();
  const { edge, left, apps, hooks, readers, going } = host.listing;
  // Nobody is led here any more before what they are led to goes.
  await releaseNames(host);
  for (const id of [...(edge ? [edge.Id] : []), ...left]) await removeContainer(engine, id);
  for (const { id } of [...apps, ...readers, ...going]) await removeContainer(engine, id);
  for (const id of hooks) await removeContainer(engine, id);
  await host.close();
  await removeTraces(engine, app);
  host.history = emptyHistory(app, host.environment) as DockerHistory;
  await host.refresh();
}
