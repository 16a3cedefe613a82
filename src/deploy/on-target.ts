import type { Companions, Counters, Instance, Place, Target, Traffic } from './target.ts';

/** Instances of one release. */
export const of = (target: Pick<Target, 'instances'>, release: string): Instance[] =>
  target.instances.filter((instance) => instance.release === release);

export const placeOf = (target: { traffic: Pick<Traffic, 'places'> }, release: string): Place | undefined =>
  target.traffic.places.find((place) => place.release === release);

/** Those of them that take traffic. */
export const carriers = (target: Pick<Target, 'instances'>, release: string): Instance[] =>
  of(target, release).filter(({ aside }) => !aside);

/** All of a release that takes traffic runs, and something is there. */
export function runs(target: Pick<Target, 'instances'>, release: string): boolean {
  const mine = carriers(target, release);
  return mine.length > 0 && mine.every(({ state }) => state === 'running');
}

/** A target whose releases bring nothing along. */
export const noCompanions: Companions = {
  has: () => false,
  apply: async () => undefined,
  restore: async () => undefined,
};

export const noCounters: Counters = { ok: 0, errors5xx: 0, failed: 0, made: 0 };
