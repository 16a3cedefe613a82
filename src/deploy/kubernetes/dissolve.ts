import { emptyHistory } from '../release/history.ts';
import { dismantleDirect } from './direct/ensure.ts';
import { dismantle } from './edge/ensure.ts';
import type { ManifestObjects } from './manifests/companions.ts';
import type { KubernetesHistory } from './model.ts';
import { label } from './names.ts';
import type { Space } from './space.ts';
import type { KubernetesWorkload } from './workload.ts';

/** Takes the app out of its namespace: the door first, the history last. What claims hold stays. */
export async function dissolve(space: Space, workload: KubernetesWorkload, companions: ManifestObjects): Promise<void> {
  const { api, app, environment, names, listing } = space;
  await (space.direct ? dismantleDirect(space) : dismantle(space));
  for (const { metadata } of listing.hooks) await api.delete('jobs', metadata.name);
  const releases = listing.deployments.map(({ metadata }) => metadata.labels?.[label('release')] ?? '');
  await Promise.all(releases.map((release) => workload.remove(release)));
  await api.delete('poddisruptionbudgets', names.budget);
  await space.guard();
  await companions.discard('all');
  for (const name of [names.aside, names.history]) await api.delete('configmaps', name);
  space.history = emptyHistory(app, environment) as KubernetesHistory;
  await space.refresh();
}
