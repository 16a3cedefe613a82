import { doorKey } from '../../publish.ts';
import type { AppContainer } from '../containers.ts';
import type { EdgeModel, SlotModel, SlotName } from '../model.ts';
import { SLOTS } from './config.ts';
import { type Entrance, entrances, useOf, weightsAt } from './entrances.ts';

type Pointer = readonly [server: string, at: { host: string; ip: string; port: number } | undefined];
type Weights = (readonly [server: string, weight: number])[];

/** Pure: what a release has behind each entrance when `containers` are all of it; by their own labels, which can't be lost. */
function usesOf(
  edge: Pick<EdgeModel, 'publish' | 'doors'>,
  containers: readonly AppContainer[],
  port: number,
): [Entrance, { port: number; containers: AppContainer[] } | undefined][] {
  const doors = new Map(containers[0]?.labels.spec.doors?.map((door) => [doorKey(door), door]));
  const part = (name: string) => containers.filter((container) => container.part === name);
  return entrances(edge).map((entrance) => {
    if (entrance.door === undefined) return [entrance, { port, containers: part('') }];
    const door = doors.get(entrance.door);
    return [entrance, door && { port: door.port, containers: part(door.part ?? '') }];
  });
}

/** Pure: a place without traffic for a release, and where each server of its slot is to be pointed. */
export function placeFor(
  edge: Pick<EdgeModel, 'publish' | 'doors' | 'room'>,
  slot: SlotName,
  release: string,
  port: number,
  containers: readonly AppContainer[],
) {
  const uses = usesOf(edge, containers, port);
  const pointers = uses.flatMap(([{ backend }, use]): Pointer[] =>
    Array.from({ length: edge.room }, (_, i) => {
      const one = use?.containers[i];
      const at = one && { host: one.name, ip: one.ip, port: use.port };
      return [`${backend}/${slot}${i + 1}`, at];
    }),
  );
  const names = (of: readonly AppContainer[]) => of.map(({ name }) => name);
  const further = uses.flatMap(([{ door }, use]) =>
    door !== undefined && use ? [[door, { port: use.port, servers: names(use.containers) }] as const] : [],
  );
  const place: SlotModel = {
    release,
    port,
    servers: names(uses[0]![1]!.containers),
    ...(further.length ? { doors: Object.fromEntries(further) } : {}),
    share: 0,
  };
  return { place, pointers };
}

/** Pure: the servers of a slot that another number of containers leads elsewhere; the others keep what they have. */
export const misfits = (edge: EdgeModel, slot: SlotName, had: SlotModel, next: SlotModel): string[] =>
  entrances(edge).flatMap((entrance) => {
    const [old, fresh] = [useOf(had, entrance)?.servers ?? [], useOf(next, entrance)?.servers ?? []];
    return Array.from({ length: edge.room }, (_, i) => i).flatMap((i) =>
      old[i] === fresh[i] ? [] : [`${entrance.backend}/${slot}${i + 1}`],
    );
  });

/** Pure: every server of a slot out of use. */
export const emptied = (edge: EdgeModel, slot: SlotName) =>
  entrances(edge).flatMap(({ backend }) =>
    Array.from({ length: edge.room }, (_, i) => [`${backend}/${slot}${i + 1}`] as const),
  );

/** Pure: weights of all servers under the shares of their slots, whoever is to gain traffic first at every entrance. */
export function weightsOf(edge: EdgeModel): Weights {
  const all = entrances(edge).flatMap((entrance) => {
    const weights = weightsAt(edge.slots, entrance);
    return SLOTS.flatMap((slot) =>
      (useOf(edge.slots[slot], entrance)?.servers ?? []).map(
        (_, i) => [`${entrance.backend}/${slot}${i + 1}`, weights[slot]] as const,
      ),
    );
  });
  // Not by what changes: after a write that failed, the weights we know of are not those the edge has.
  return all.sort(([, x], [, y]) => Number(y > 0) - Number(x > 0));
}
