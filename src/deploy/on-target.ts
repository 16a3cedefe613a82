import { SeatrialError } from '../lib/errors.ts';
import type { Companions, Counters, Images, Instance, Look, Place, Target, Traffic, Workload } from './target.ts';

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

const nothing = async (): Promise<undefined> => undefined;
const cannot = (what: string) => async (): Promise<never> => {
  throw new SeatrialError('NOT_SUPPORTED', `${what} is not supported by what this app runs on.`);
};

/* What a target answers where it has nothing of its own to do: it spreads these and adds the rest. */

export const plainTarget = {
  region: '',
  empty: false,
  companions: noCompanions,
  refresh: nothing,
  steadily: (look) => look(),
  examine: async () => [],
  preflight: nothing,
  scale: cannot('scale'),
  clearAway: nothing,
  dissolve: cannot('remove'),
} satisfies Partial<Target>;

/** Images that whoever runs them fetches by their names. */
export const plainImages: Images = {
  words: ({ image }) => image,
  resolve: async (spec) => spec,
  fetch: nothing,
  discard: nothing,
};

export const plainWorkload = {
  pause: nothing,
  lastLines: async () => [],
  holdsSecrets: async () => true,
  oneOff: cannot('a hook'),
  withProbe(this: Pick<Workload, 'inspect'>, _, body) {
    return body(this.inspect);
  },
} satisfies Partial<Workload>;

/** Traffic that is always there and can't be asked. */
export const plainTraffic = {
  up: true,
  edge: null,
  displaced: () => undefined,
  open: nothing,
  complete: (spec) => spec,
  prepare: nothing,
  maintain: cannot('maintenance'),
  revive: nothing,
  tearDown: nothing,
  busy: async () => 0,
  counters: async () => noCounters,
  prove: nothing,
  misdirected: async () => [],
  writeShares: () => undefined,
} satisfies Partial<Traffic>;

/** Nothing has befallen it. */
export const calmLook = { exitCode: 0, oomKilled: false, restarts: 0, health: 'none' } satisfies Partial<Look>;
