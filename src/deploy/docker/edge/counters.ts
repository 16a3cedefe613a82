import { noCounters } from '../../on-target.ts';
import type { Counters } from '../../target.ts';
import type { Host } from '../host.ts';
import type { ServerStat } from './runtime.ts';

export const sum = (of: readonly ServerStat[], count: (s: ServerStat) => number) =>
  of.reduce((n, s) => n + count(s), 0);

/** Requests now on a release. */
export async function busyOn(host: Host, release: string): Promise<number> {
  const slot = host.slotOf(release);
  if (!slot || !host.runtime) return 0;
  const mine = (await host.runtime.stat()).filter((s) => s.name.startsWith(slot));
  return sum(mine, (s) => s.busy);
}

/** What was counted of a release since the edge started. */
export async function countersOf(host: Host, release: string): Promise<Counters> {
  const slot = host.slotOf(release);
  if (!slot || !host.runtime) return noCounters;
  const { servers, errors5xx } = await host.runtime.stats();
  const mine = servers.filter((s) => s.name.startsWith(slot));
  return {
    ok: sum(mine, (s) => s.ok),
    errors5xx: sum(mine, (s) => s.errors5xx),
    failed: sum(mine, (s) => s.connectErrors + s.responseErrors),
    made: errors5xx - sum(servers, (s) => s.errors5xx),
  };
}
