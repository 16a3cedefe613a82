import { SeatrialError } from '../lib/errors.ts';

export interface HostLine {
  /** Empty where none is named. */
  region: string;
  address: string;
}

/** `ssh://deploy@h1`, or with a region before it: `eu ssh://deploy@h1`. */
export function parseHostLine(line: string): HostLine {
  const [address = '', region = '', ...more] = line.split(/\s+/).reverse();
  if (more.length || !address.includes('://') || !/^[A-Za-z0-9_.-]*$/.test(region)) {
    throw new SeatrialError('INPUT_INVALID', `"${line}" is not a host; write ssh://user@h, or eu ssh://user@h.`);
  }
  return { region, address };
}

export interface Batch<H> {
  hosts: H[];
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
      const before = found.at(-1)?.hosts[0];
      const next = left.splice(0, before ? atOnce : 1);
      found.push({ hosts: next, newRegion: before !== undefined && before.region !== region });
    }
  }
  return found;
}
