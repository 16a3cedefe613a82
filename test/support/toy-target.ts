import { commonSpec } from '../../src/deploy/common-spec.ts';
import { calmLook, plainImages, plainTarget, plainTraffic, plainWorkload } from '../../src/deploy/on-target.ts';
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
  return {
    ...plainTarget,
    label: 'toy',
    terms: { kind: 'kubernetes', engine: 'Toy', instance: 'row' },
    can: { beside: true, share: true, pause: false },
    instances: rows,
    get releases() {
      return rows.map(({ release }) => release);
    },
    specify: async (root) => commonSpec(inputs, root),
    describe: ({ image, env }) => ({ facts: { image }, env }),
    close: async () => {
      if (ledger.lease) toys.lock = '';
    },
    ledger,
    images: plainImages,
    workload: {
      ...plainWorkload,
      create: async ({ release, image }) => {
        if (rows.some((row) => row.release === release)) return;
        rows.push({ id: release, name: `${release}-1`, release, image, state: 'created' });
      },
      start: (release) => all(release, 'running'),
      stop: (release) => all(release, 'exited'),
      remove: async (release) => {
        rows.splice(0, rows.length, ...rows.filter((row) => row.release !== release));
      },
      inspect: async ({ image, state }, _, atMs) => {
        const probe = { ok: !image.includes('sick'), said: 'asked the row' };
        return { ...calmLook, atMs, running: state === 'running', probe };
      },
    },
    traffic: {
      ...plainTraffic,
      get places() {
        return placesIn(ledger.history);
      },
      shares: async () => new Map(placesIn(ledger.history).map(({ release, share }) => [release, share])),
      seat: (release, port, edit) =>
        ledger.save((draft) => {
          const others = placesIn(draft).filter((place) => place.share > 0 && place.release !== release);
          draft.edge = [...others, { release, port, share: 0 }];
          edit(draft);
        }),
      unseat: (release) => ledger.save((draft) => removePlace(draft, release)),
      shift: async (release, share, edit) => {
        await ledger.save((draft) => {
          for (const place of placesIn(draft)) place.share = place.release === release ? share : 1 - share;
          edit(draft);
        });
        return 0;
      },
      removePlace,
    },
  };
}
