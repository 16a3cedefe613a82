import { find, mark, waiting } from '../release/history.ts';
import type { Place, Target } from '../target.ts';
import type { Run } from './run.ts';
import { seat, shift } from './traffic.ts';

/**
 * Brings the traffic and what is written about it together again after a run that was cut off. About who has traffic
 * what carries it is believed, it is what users meet; about which release a place is for, the history.
 */
export async function reconcile(run: Run, target: Target): Promise<void> {
  if (!target.traffic.up) return;
  for (const { place, whole } of await target.traffic.misdirected()) await repoint(run, target, place, whole);
  await adoptShares(run, target);
}

/**
 * A run killed while it seated a release left a place leading to that release, and written down for the one before.
 * Traffic given to the place would go to one that passed no gate, or to nobody.
 */
async function repoint(run: Run, target: Target, { release, port, share }: Place, whole: boolean): Promise<void> {
  if (!whole) return target.traffic.unseat(release);
  await seat(run, target, release, port);
  if (share > 0) await shift(run, target, release, share);
}

async function adoptShares(run: Run, target: Target): Promise<void> {
  const { ledger, traffic } = target;
  const { history } = ledger;
  const shares = await traffic.shares();
  const differs = traffic.places.some(({ release, share }) => Math.abs((shares.get(release) ?? 0) - share) > 0.005);
  const served = [...shares].filter(([, share]) => share > 0).sort((x, y) => y[1] - x[1]);
  const top = served[0]?.[0];
  // Two share the traffic and none of them waits for anything: a switch between good ones was cut off in the middle.
  if (served.length > 1 && !history.open && !waiting(history)) {
    const stays = shares.get(history.current) ? history.current : top!;
    await shift(run, target, stays, 1);
    return;
  }
  if (!differs) return;
  await ledger.save((draft) => {
    traffic.writeShares(draft, shares);
    if (!draft.open && top && top !== draft.current && find(draft, top)?.status === 'good') {
      mark(draft, draft.current, 'rolled-back');
      draft.current = top;
    }
  });
}
