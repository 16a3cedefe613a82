import { doorKey } from '../../publish.ts';
import type { EdgeModel, SlotModel, SlotName } from '../model.ts';
import { weightPair } from './weights.ts';

/** Port of the first frontend inside the edge's container; the published one is Docker's matter. */
export const INSIDE_PORT = 8080;
/** Where we ask the front door ourselves once the public one speaks TLS or the PROXY protocol. */
export const OWN_PORT = 8081;
/** Between the inside ports of two doors. */
const APART = 10;

/** A place where users come in: the first published port, or a further one. */
export interface Entrance {
  /** Of a further one, what it is called: its number on the host. */
  door: string | undefined;
  publish: string;
  frontend: string;
  backend: string;
  /** Ports inside the edge. */
  inside: number;
  own: number;
}

export const entrances = ({ publish, doors = [] }: Pick<EdgeModel, 'publish' | 'doors'>): Entrance[] =>
  [publish, ...doors].map((each, i) => {
    const door = i === 0 ? undefined : doorKey({ publish: each });
    const name = (kind: string) => (door === undefined ? kind : `${kind}_${door}`);
    return {
      door,
      publish: each,
      frontend: name('public'),
      backend: name('app'),
      inside: INSIDE_PORT + i * APART,
      own: OWN_PORT + i * APART,
    };
  });

/** What a release in a slot has behind an entrance; nothing where it has no such port. */
export const useOf = (slot: SlotModel | null, { door }: Pick<Entrance, 'door'>) =>
  (door === undefined ? slot : slot?.doors?.[door]) ?? undefined;

/** Weight of one server of each slot behind an entrance, under the slots' shares. */
export function weightsAt(slots: EdgeModel['slots'], entrance: Pick<Entrance, 'door'>): Record<SlotName, number> {
  const count = (slot: SlotModel | null) => useOf(slot, entrance)?.servers.length ?? 0;
  const [a, b] = weightPair(slots.a?.share ?? 0, count(slots.a), slots.b?.share ?? 0, count(slots.b));
  return { a, b };
}
