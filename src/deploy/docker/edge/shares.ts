import type { AppContainer } from '../containers.ts';
import type { ServerStat } from './runtime.ts';

/** A share as people and readers of outputs know it: 0.25 is 25, to one place. */
export const percent = (share: number): number => Math.round(share * 1000) / 10;

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
    const release = apps.find((c) => c.name === hosts.get(server.name))?.labels.release;
    if (release) shares.set(release, (shares.get(release) ?? 0) + (total ? server.weight / total : 0));
  }
  return shares;
}
