import type { Cluster } from './cluster.ts';

/**
 * Names of the secrets and configs that releases still there were made with: a service in place that was given others
 * since goes back to them, and nobody could hand their values over again.
 */
export function keptObjects({ history, listing }: Pick<Cluster, 'history' | 'listing'>): Set<string> {
  const there = new Set([history.current, ...listing.releases.map(({ release }) => release)]);
  const kept = history.releases.filter(({ release }) => there.has(release));
  return new Set(kept.flatMap(({ spec }) => Object.values(spec.compose?.objects ?? {})));
}
