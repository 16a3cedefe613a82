import { SeatrialError } from '../../../lib/errors.ts';
import type { Host } from '../host.ts';
import type { SlotName } from '../model.ts';
import { MOUNT } from '../state/mount.ts';
import { MAP_FILE } from './config.ts';
import { LEAD } from './testers.ts';

/** Where testers are led, by the map that the edge reads for each request. */
async function set(host: Host, slot: SlotName | 'off'): Promise<void> {
  await host.edge().setMap(`${MOUNT}/${MAP_FILE}`, LEAD, slot);
}

export async function leadTo(host: Host, release: string): Promise<void> {
  if (!host.history.edge?.options?.canaryMatch) return;
  const slot = host.slotOf(release);
  if (!slot) throw new SeatrialError('INTERNAL', `${host.label}: ${release} has no slot.`);
  await host.guard();
  await set(host, slot);
  await host.save((draft) => {
    draft.edge!.lead = slot;
  });
}

/** Nobody is led to a slot whose release leaves it. */
export async function endLead(host: Host, slot: SlotName): Promise<void> {
  if (host.history.edge?.lead === slot) await set(host, 'off');
}

/** Whoever was led elsewhere goes by weight, also where a history that was lost no longer tells of it. */
export async function leadNobody(host: Host): Promise<void> {
  if (host.history.edge?.options?.canaryMatch) await set(host, 'off');
}
