import type { Cluster } from './cluster.ts';

/**
 * How many tasks a release is to be started with: as many as it has of its own, and where it comes back, no fewer than
 * serve now: it takes all their traffic at once. A deploy says its number itself.
 */
export function wanted(
  cluster: Pick<Cluster, 'history'> & { service(release: string): { replicas: number } | undefined },
  release: string,
  own: number,
): number {
  const { open, current } = cluster.history;
  if (open?.command === 'deploy' && open.release === release) return own;
  return Math.max(own, cluster.service(current)?.replicas ?? 0);
}
