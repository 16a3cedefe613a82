import type { Deployment } from '../../lib/deployment.ts';

/** Shares of one host's traffic by release, 0 to 1; empty where no release has any. */
export function sharesOf(host: Deployment['hosts'][number]): Map<string, number> {
  const shares = new Map<string, number>();
  const total = host.slots.reduce((sum, { weight }) => sum + Math.max(0, weight), 0);
  if (total <= 0) return shares;
  for (const { release, weight } of host.slots) {
    if (weight > 0) shares.set(release, (shares.get(release) ?? 0) + weight / total);
  }
  return shares;
}

/** A release's share of the traffic over the hosts that have any: least and greatest, and on how many of them it has some. */
export interface Share {
  min: number;
  max: number;
  hosts: number;
  on: number;
}

/** Undefined where no weight is known. */
export function shareOf(deployment: Deployment | undefined, release: string): Share | undefined {
  const hosts = (deployment?.hosts ?? []).map(sharesOf).filter((shares) => shares.size > 0);
  if (!hosts.length) return undefined;
  const own = hosts.map((shares) => shares.get(release) ?? 0);
  const on = own.filter((share) => share > 0).length;
  return { min: Math.min(...own), max: Math.max(...own), hosts: hosts.length, on };
}

const percent = (share: number) => Math.round(share * 1000) / 10;

/** `10 %` or `10–50 %`; undefined where it has all of some hosts and nothing of others, which is told by hosts. */
export function percentText({ min, max, hosts, on }: Share): string | undefined {
  const [low, high] = [percent(min), percent(max)];
  if (low === high) return `${low} %`;
  return on < hosts && high === 100 ? undefined : `${low}–${high} %`;
}

/** What traffic is on: `release` alone, shares of several, or another on each host. */
export interface Serving {
  /** Releases with their share of all traffic, 0 to 1, the largest first. */
  releases: { release: string; share: number }[];
  /** By host, where hosts differ. */
  hosts?: { host: string; releases: { release: string; share: number }[] }[];
}

/** A host as a reader knows it, without user and port; the local socket has no name. */
function nameOf(host: string): string {
  try {
    return new URL(host).hostname || 'local';
  } catch {
    return host;
  }
}

const list = (shares: ReadonlyMap<string, number>) =>
  [...shares].map(([release, share]) => ({ release, share })).sort((x, y) => y.share - x.share);

/** By the weights on the hosts, else by what a state says; undefined when neither tells. */
export function servingOf(deployment: Deployment | undefined): Serving | undefined {
  if (!deployment) return undefined;
  const hosts = deployment.hosts.map((host) => ({ host: nameOf(host.host), shares: sharesOf(host) }));
  const known = hosts.filter(({ shares }) => shares.size > 0);
  if (known.length) {
    const all = new Map<string, number>();
    for (const { shares } of known)
      for (const [release, share] of shares) all.set(release, (all.get(release) ?? 0) + share / known.length);
    const same = known.every(({ shares }) => JSON.stringify(list(shares)) === JSON.stringify(list(known[0]!.shares)));
    return {
      releases: list(all),
      ...(same ? {} : { hosts: known.map(({ host, shares }) => ({ host, releases: list(shares) })) }),
    };
  }
  const { state, release, previous } = deployment;
  // `unchanged` is also the state of a command that failed before it began: it may name a release that does not serve.
  const one = state === 'good' ? release : state === 'bad' || state === 'rolled-back' ? previous : '';
  return one ? { releases: [{ release: one, share: 1 }] } : undefined;
}
