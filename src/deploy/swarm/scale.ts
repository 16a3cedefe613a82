import type { ReleaseRecord } from '../release/history.ts';
import type { Cluster } from './cluster.ts';
import { own } from './spec.ts';
import type { SwarmTraffic } from './traffic.ts';
import type { SwarmWorkload } from './workload.ts';

/**
 * Brings the release that serves to as many tasks as its record says. New ones get traffic when `ready` says they are
 * well. Which ones leave the Swarm chooses: it takes them out of its DNS before it stops them, and what reaches one all
 * the same is asked of another.
 */
export async function scaleRelease(
  target: { traffic: SwarmTraffic; workload: SwarmWorkload },
  cluster: Cluster,
  record: ReleaseRecord,
  ready: () => Promise<unknown>,
): Promise<void> {
  const { release } = record;
  const { replicas } = own(record.spec);
  const had = cluster.service(release)?.replicas ?? 0;
  await cluster.guard();
  await target.traffic.prepare(record.spec);
  if (replicas > had) {
    try {
      await target.workload.scaleTo(release, replicas);
      await ready();
    } catch (error) {
      await target.workload.scaleTo(release, had);
      throw error;
    }
  } else if (replicas < had) {
    await target.workload.scaleTo(release, replicas);
  }
  await target.traffic.resize(release);
}
