import { MAP_FILE } from '../../docker/edge/config.ts';
import { LEAD } from '../../docker/edge/testers.ts';
import type { SlotName } from '../../docker/model.ts';
import { MOUNT } from '../../docker/state/mount.ts';
import type { SwarmEdge } from '../model.ts';
import type { EdgeSession } from './session.ts';

/** Tells one task of the edge where testers are led, by the map that it reads for each request; nothing where none are named. */
export async function leadTo(
  session: Pick<EdgeSession, 'setMap'>,
  { options, lead }: Pick<SwarmEdge, 'options' | 'lead'>,
): Promise<void> {
  if (options?.canaryMatch) await session.setMap(`${MOUNT}/${MAP_FILE}`, LEAD, lead ?? 'off');
}

/** Nobody is led to a slot whose release leaves it. */
export const leadWithout = ({ lead }: Pick<SwarmEdge, 'lead'>, slot: SlotName): SlotName | undefined =>
  lead === slot ? undefined : lead;
