import * as z from 'zod';
import type { ContainerInfo } from '../../../lib/docker/types.ts';
import { type Standing, standingSchema } from '../../front/claim.ts';
import { FRONT_NETWORK } from '../../front/names.ts';
import { label } from '../state/labels.ts';

const claimFile = standingSchema.extend({ format: z.literal(1) });

/** Pure: what an edge says of its app's claim; undefined for what is not of our making. */
export function parseStanding(text: string | undefined): Standing | undefined {
  if (text === undefined) return undefined;
  try {
    const { format: _format, ...standing } = claimFile.parse(JSON.parse(text));
    return standing;
  } catch {
    return undefined; // cut in the middle of a write: its label says it too
  }
}

/** Whether the front leads to a listed edge: one joins its network for that, and leaves it with its last domain. */
export const isLedTo = ({ NetworkSettings }: ContainerInfo): boolean =>
  NetworkSettings?.Networks?.[FRONT_NETWORK] !== undefined;

/** The claim of a listed edge by its label: as it was when the edge was made. */
export const standingBy = (edge: ContainerInfo): Standing | undefined =>
  isLedTo(edge) ? parseStanding(edge.Labels[label('front')]) : undefined;
