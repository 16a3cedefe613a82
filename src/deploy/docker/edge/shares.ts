import type { AppContainer } from '../containers.ts';
import type { ServerStat } from './runtime.ts';

/** Share of traffic by release, from the edge's own weights and the names its servers are pointed at. Pure. */
export function sharesOf(
  stat: readonly ServerStat[],
  hosts: ReadonlyMap<string, string>,
  apps: readonly AppContainer[],
): Map<string, number> {
  const shares = new Map<string, number>();
  const usable = stat.filter((s) => !/^(MAINT|DOWN)/.test(s.status));
  const total = usable.reduce((sum, s) => sum + s.weight, 0);
  for (const server of usable) {
    const release = apps.find((c) => c.name === hosts.get(server.name))?.release;
    if (release) shares.set(release, (shares.get(release) ?? 0) + (total ? server.weight / total : 0));
  }
  return shares;
}
