import type { Place } from '../../target.ts';
import type { Host } from '../host.ts';
import type { EdgeModel } from '../model.ts';
import { SLOTS } from './config.ts';
import { entrances, useOf } from './entrances.ts';
import { weightsOf } from './places.ts';

/** Places whose servers don't lead to their release, which a kill in the middle of pointing them leaves. */
export async function misplaced(host: Host, edge: EdgeModel): Promise<{ place: Place; whole: boolean }[]> {
  const ways = entrances(edge);
  const leads = await Promise.all(ways.map(({ backend }) => host.edge().hosts(backend)));
  return SLOTS.flatMap((slot) => {
    const place = edge.slots[slot];
    const right = ways.every((entrance, at) =>
      (useOf(place, entrance)?.servers ?? []).every((name, i) => leads[at]!.get(`${slot}${i + 1}`) === name),
    );
    if (!place || right) return [];
    const there = new Set(host.of(place.release).flatMap(({ name, ip }) => (ip === '' ? [] : [name])));
    const needed = ways.flatMap((entrance) => useOf(place, entrance)?.servers ?? []);
    return [{ place, whole: needed.every((name) => there.has(name)) }];
  });
}

/** A kill may have cut a switch off between two entrances: what the first gives is given at the others too. */
export async function align(host: Host, edge: EdgeModel): Promise<void> {
  if (!edge.doors?.length) return;
  const shares = await host.shares();
  const slots = structuredClone(edge.slots);
  for (const slot of SLOTS) if (slots[slot]) slots[slot].share = shares.get(slots[slot].release) ?? 0;
  const { servers } = await host.edge().stats(entrances(edge).map(({ backend }) => backend));
  const is = new Map(servers.map(({ backend, name, weight }) => [`${backend}/${name}`, weight]));
  const asked = weightsOf({ ...edge, slots }).filter(([server]) => !server.startsWith('app/'));
  if (asked.some(([server, weight]) => weight > 0 !== (is.get(server) ?? 0) > 0)) {
    await host.edge().setWeights(asked, edge.sticky);
  }
}
