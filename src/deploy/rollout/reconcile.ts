import { SLOTS } from '../docker/edge/config.ts';
import type { Host } from '../docker/host.ts';
import { find, mark, type SlotName, waiting } from '../release/history.ts';
import { give } from './traffic.ts';

/**
 * Brings the edge and what is written about it together again after a run that was cut off. About who has traffic the
 * edge is believed, it is what users meet; about which release a slot is for, the history.
 */
export async function reconcile(host: Host): Promise<void> {
  if (!host.history.edge || !host.edgeRuns) return;
  const at = await host.runtime!.hosts();
  for (const slot of SLOTS) await pointBack(host, slot, at);
  await believeWeights(host);
}

/**
 * A run killed while it seated a release left servers of the slot pointing at that release, and the slot written down
 * for the one before. Traffic given to the slot would go to a container that passed no gate, or to nobody.
 */
async function pointBack(host: Host, slot: SlotName, at: ReadonlyMap<string, string>): Promise<void> {
  const use = host.history.edge!.slots[slot];
  if (!use || use.servers.every((name, i) => at.get(`${slot}${i + 1}`) === name)) return;
  const there = host.of(use.release).filter((c) => c.ip !== '');
  if (there.length < use.servers.length) return host.unseat(use.release);
  await host.seat(use.release, use.port);
  if (use.share > 0) await give(host, use.release, use.share);
}

async function believeWeights(host: Host): Promise<void> {
  const { history } = host;
  const shares = await host.shares();
  const differs = SLOTS.some((s) => {
    const use = history.edge!.slots[s];
    return use && Math.abs((shares.get(use.release) ?? 0) - use.share) > 0.005;
  });
  const served = [...shares].filter(([, share]) => share > 0).sort((x, y) => y[1] - x[1]);
  const top = served[0]?.[0];
  // Two share the traffic and none of them waits for anything: a switch between good ones was cut off in the middle.
  if (served.length > 1 && !history.open && !waiting(history)) {
    const stays = shares.get(history.current) ? history.current : top!;
    await give(host, stays, 1);
    return;
  }
  if (!differs) return;
  await host.save((draft) => {
    for (const s of SLOTS) {
      const slot = draft.edge!.slots[s];
      if (slot) slot.share = shares.get(slot.release) ?? 0;
    }
    if (!draft.open && top && top !== draft.current && find(draft, top)?.status === 'good') {
      mark(draft, draft.current, 'rolled-back');
      draft.current = top;
    }
  });
}
