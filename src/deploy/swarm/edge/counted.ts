import type { ServerStat } from '../../docker/edge/runtime.ts';
import { noCounters } from '../../on-target.ts';
import type { Counters } from '../../target.ts';
import type { Cluster } from '../cluster.ts';

const sum = (of: readonly ServerStat[], count: (s: ServerStat) => number) => of.reduce((n, s) => n + count(s), 0);

/** What all tasks of the edge say of a release's servers; undefined where it has no place, or no edge runs. */
async function statsOf(cluster: Cluster, release: string): Promise<{ mine: ServerStat[]; made: number } | undefined> {
  const slot = cluster.slotOf(release);
  if (!slot || !cluster.edgeRuns) return undefined;
  const all = await cluster.fleet.each((session) => session.stats());
  return {
    mine: all.flatMap(({ servers }) => servers.filter(({ name }) => name.startsWith(slot))),
    made: all.reduce((n, { servers, errors5xx }) => n + errors5xx - sum(servers, (s) => s.errors5xx), 0),
  };
}

/** Requests now on a release, at all edges together. */
export async function busyOn(cluster: Cluster, release: string): Promise<number> {
  const stats = await statsOf(cluster, release);
  return stats ? sum(stats.mine, (s) => s.busy) : 0;
}

/** Of all edges together, each since it began. */
export async function countersOf(cluster: Cluster, release: string): Promise<Counters> {
  const stats = await statsOf(cluster, release);
  if (!stats) return noCounters;
  const { mine, made } = stats;
  return {
    ok: sum(mine, (s) => s.ok),
    errors5xx: sum(mine, (s) => s.errors5xx),
    failed: sum(mine, (s) => s.connectErrors + s.responseErrors),
    made,
  };
}
