import type { ServerStat } from '../../docker/edge/runtime.ts';

export const SLOTS = ['a', 'b'] as const;

/** Share of traffic by release, from one edge's own weights and the names its servers are pointed at. Pure. */
export function sharesOf(
  stat: readonly ServerStat[],
  hosts: ReadonlyMap<string, string>,
  releases: ReadonlyMap<string, string>,
): Map<string, number> {
  const shares = new Map<string, number>();
  // A server without an address is in maintenance: a task that is not there takes no requests.
  const usable = stat.filter(({ status }) => !/^(MAINT|DOWN)/.test(status));
  const total = usable.reduce((sum, { weight }) => sum + weight, 0);
  for (const { name, weight } of usable) {
    const release = releases.get(hosts.get(name) ?? '');
    if (release) shares.set(release, (shares.get(release) ?? 0) + (total ? weight / total : 0));
  }
  return shares;
}
