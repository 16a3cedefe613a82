import { MAP_FILE } from '../../docker/edge/config.ts';
import { LEAD } from '../../docker/edge/testers.ts';
import { weightPair } from '../../docker/edge/weights.ts';
import { MOUNT } from '../../docker/state/mount.ts';
import type { EdgeModel, SlotName } from '../model.ts';
import { SLOTS } from '../space.ts';
import { type Gate, serverOf } from './gate.ts';

export async function maintain(gate: Gate, on: boolean): Promise<void> {
  await gate.set(`set map ${MOUNT}/${MAP_FILE} maintenance ${on ? 'on' : 'off'}`);
}

/** Where testers are led, by the map that the edge reads for each request. */
export async function leadTo(gate: Gate, { options, lead }: EdgeModel): Promise<void> {
  if (options?.canaryMatch) await gate.set(`set map ${MOUNT}/${MAP_FILE} ${LEAD} ${lead ?? 'off'}`);
}

/** Takes the server of a slot out of use; testers are led nowhere by it. */
export async function vacate(gate: Gate, slot: SlotName, edge: EdgeModel): Promise<void> {
  if (edge.lead === slot) await leadTo(gate, { ...edge, lead: undefined });
  await gate.set(`set server app/${serverOf(slot)} weight 0`);
  await gate.set(`set server app/${serverOf(slot)} state maint`);
}

/** Points the server of a slot at its Service; another address ends what connections it kept. */
export async function point(gate: Gate, slot: SlotName, ip: string, port: number, weight: number): Promise<void> {
  await gate.set(`set server app/${serverOf(slot)} addr ${ip} port ${port}`, /changed|no need/i);
  await gate.set(`set server app/${serverOf(slot)} weight ${weight}`);
  await gate.set(`set server app/${serverOf(slot)} state ready`);
}

/** Weights as the model says, in order: the one to gain traffic comes first. All of it, as a pod may have begun with an older file. */
export async function weigh(gate: Gate, model: EdgeModel): Promise<void> {
  const { slots, sticky } = model;
  const [a, b] = weightPair(slots.a?.share ?? 0, slots.a ? 1 : 0, slots.b?.share ?? 0, slots.b ? 1 : 0);
  const weights = { a, b };
  const order = [...SLOTS].sort((x, y) => Number(weights[y] > 0) - Number(weights[x] > 0));
  for (const slot of order) {
    const use = slots[slot];
    if (!use) continue;
    if (weights[slot] > 0) {
      await point(gate, slot, use.servers[0] ?? '', use.port, weights[slot]);
      continue;
    }
    await gate.set(`set server app/${serverOf(slot)} weight 0`);
    // A cookie still finds a server of weight 0; in maintenance it doesn't, and what is under way ends in peace.
    if (sticky) await gate.set(`set server app/${serverOf(slot)} state maint`);
  }
  await leadTo(gate, model);
}
