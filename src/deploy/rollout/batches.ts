export interface Batch<H> {
  targets: H[];
  /** The first batch of another region than the one before: a pause comes before it. */
  newRegion: boolean;
}

/**
 * The order in which hosts get a release: the very first alone, as a release that is bad is best met once; then at
 * most `atOnce` together, region after region in the order they are named. Pure.
 */
export function batches<H extends { readonly region: string }>(hosts: readonly H[], atOnce: number): Batch<H>[] {
  const found: Batch<H>[] = [];
  for (const region of new Set(hosts.map((host) => host.region))) {
    const left = hosts.filter((host) => host.region === region);
    while (left.length) {
      const before = found.at(-1)?.targets[0];
      const next = left.splice(0, before ? atOnce : 1);
      found.push({ targets: next, newRegion: before !== undefined && before.region !== region });
    }
  }
  return found;
}
