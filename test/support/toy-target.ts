import { commonSpec } from '../../src/deploy/common-spec.ts';
import { noCompanions, noCounters } from '../../src/deploy/on-target.ts';
import { change, emptyHistory, type History } from '../../src/deploy/release/history.ts';
import type { Context, Instance, Place, Target } from '../../src/deploy/target.ts';

/** What the toy keeps between runs. */
export class Toys {
  readonly rows: Instance[] = [];
  history = '';
  lock = '';
}

export const placesIn = (history: History) => (history.edge ?? []) as Place[];
const nothing = async () => undefined;
const removePlace = (draft: History, release: string) => {
  draft.edge = placesIn(draft).filter((place) => place.release !== release);
};

/** The least a new kind of target takes: releases are rows of a table, and who has traffic is what its history says. */
export function toyTarget(toys: Toys, { inputs, clock }: Context): Target {
  const { rows } = toys;
  const all = async (release: string, state: string) => {
    for (const row of rows) if (row.release === release) row.state = state;
  };
  const ledger = {
    history: emptyHistory(inputs.app, inputs.environment),
    lease: undefined as string | undefined,
    load: async () => {
      if (toys.history) ledger.history = JSON.parse(toys.history);
      return undefined;
    },
    save: async (edit: (draft: History) => void) => {
      ledger.history = change(ledger.history, edit);
      toys.history = JSON.stringify(ledger.history);
    },
    take: async ({ holder }: { holder: string }) => {
      toys.lock = ledger.lease = holder;
    },
    guard: nothing,
    holder: nothing,
    free: async () => ({ ours: true }),
    now: clock.now,
    time: async () => clock.now(),
  };
  const { save } = ledger;
  return {
    label: 'toy',
    region: '',
    terms: { kind: 'kubernetes', engine: 'Toy', instance: 'row' },
    can: { beside: true, share: true, pause: false },
    examine: async () => [],
    scale: async ({ release, spec, image }, ready) => {
      const mine = rows.filter((row) => row.release === release);
      for (const row of mine.slice(spec.replicas)) rows.splice(rows.indexOf(row), 1);
      for (let n = mine.length; n < spec.replicas; n++) {
        rows.push({ id: `${release}-${n}`, name: `${release}-${n}`, release, image, state: 'running' });
      }
      await ready();
    },
    instances: rows,
    get releases() {
      return rows.map(({ release }) => release);
    },
    empty: false,
    refresh: nothing,
    steadily: (look) => look(),
    specify: async (root) => commonSpec(inputs, root),
    describe: ({ image, env }) => ({ facts: { image }, env }),
    preflight: nothing,
    clearAway: nothing,
    dissolve: nothing,
    close: async () => {
      if (ledger.lease) toys.lock = '';
    },
    ledger,
    companions: noCompanions,
    images: { words: ({ image }) => image, resolve: async (spec) => spec, fetch: nothing, discard: nothing },
    workload: {
      create: async ({ release, image }) => {
        const row = { id: release, name: `${release}-1`, release, image, state: 'created' };
        if (!rows.some(({ id }) => id === release)) rows.push(row);
      },
      start: (release) => all(release, 'running'),
      stop: (release) => all(release, 'exited'),
      pause: nothing,
      remove: async (release) => {
        rows.splice(0, rows.length, ...rows.filter((row) => row.release !== release));
      },
      async inspect({ image, state }, _, atMs) {
        const probe = { ok: !image.includes('sick'), said: 'asked the row' };
        return {
          atMs,
          running: state === 'running',
          probe,
          exitCode: 0,
          oomKilled: false,
          restarts: 0,
          health: 'none',
        };
      },
      withProbe(_, body) {
        return body(this.inspect);
      },
      lastLines: async () => [],
      holdsSecrets: async () => true,
      oneOff: async () => ({ run: nothing, exitCode: async () => 0, remove: nothing }),
    },
    traffic: {
      get places() {
        return placesIn(ledger.history);
      },
      up: true,
      edge: null,
      maintain: nothing,
      displaced: () => undefined,
      open: nothing,
      complete: (spec) => spec,
      prepare: nothing,
      revive: nothing,
      tearDown: nothing,
      shares: async () => new Map(placesIn(ledger.history).map(({ release, share }) => [release, share])),
      seat: (release, port, edit) =>
        save((draft) => {
          const others = placesIn(draft).filter((place) => place.share > 0 && place.release !== release);
          draft.edge = [...others, { release, port, share: 0 }];
          edit(draft);
        }),
      unseat: (release) => save((draft) => removePlace(draft, release)),
      shift: async (release, share, edit) => {
        await save((draft) => {
          for (const place of placesIn(draft)) place.share = place.release === release ? share : 1 - share;
          edit(draft);
        });
        return 0;
      },
      busy: async () => 0,
      counters: async () => noCounters,
      prove: nothing,
      misdirected: async () => [],
      writeShares: nothing,
      removePlace,
    },
  };
}
