import type { HttpRoute } from '../../../lib/kubernetes/types.ts';
import type { EdgeModel, SlotName } from '../model.ts';
import { label } from '../names.ts';
import { FRONT_PORT, NOBODY } from '../objects/edge.ts';
import { SLOTS, type Space } from '../space.ts';
import { CLUSTER_IP } from '../spec.ts';
import { standingWays } from '../ways/apply.ts';
import { canaryShare, isCanary, isForTesters, wayFrom } from '../ways/objects.ts';

/** Shares by Service, of the rule that is for everybody; several routes count alike. Pure. */
export function routeShares(routes: readonly HttpRoute[]): Map<string, number> {
  const shares = new Map<string, number>();
  for (const { spec } of routes) {
    const refs = (spec.rules ?? [])
      .filter((rule) => !isForTesters(rule))
      .flatMap(({ backendRefs }) => backendRefs ?? []);
    const sum = refs.reduce((all, { weight = 1 }) => all + weight, 0);
    for (const { name, weight = 1 } of refs) {
      if (sum > 0) shares.set(name, (shares.get(name) ?? 0) + weight / sum / routes.length);
    }
  }
  return shares;
}

/** Shares by Service, as the objects that lead users in have them. */
async function serviceShares(space: Space, by: 'ingresses' | 'httproutes'): Promise<Map<string, number>> {
  const mine = { [label('app')]: space.app, [label('role')]: 'way' };
  // Who may not look hears so: nothing seen is not nothing there.
  if (by === 'httproutes') return routeShares(await space.api.list('httproutes', mine));
  const ingresses = await space.api.list('ingresses', mine);
  const serviceOf = (one = ingresses[0]) => one?.spec.rules?.[0]?.http?.paths[0]?.backend.service?.name ?? '';
  const main = serviceOf(ingresses.find((one) => !isCanary(one)));
  const canary = ingresses.find(isCanary);
  const beside = canary && serviceOf(canary);
  // A candidate's Ingress that leads where the main one does says nothing.
  const share = canary && beside !== main ? canaryShare(canary) : 0;
  return new Map([[main, 1 - share], ...(beside && beside !== main ? [[beside, share] as const] : [])]);
}

/** Share of traffic by release, by the objects that carry it, as they are and not as they were written. */
export async function sharesBy(space: Space, model: EdgeModel): Promise<Map<string, number>> {
  const { names, listing } = space;
  const shares = new Map<string, number>();
  const add = (release: string, share: number) => {
    if (release && release !== NOBODY) shares.set(release, (shares.get(release) ?? 0) + share);
  };
  const by = model.by ?? 'service';
  for (const slot of SLOTS) add(model.slots[slot]?.release ?? '', 0);
  if (by === 'service') {
    add(listing.front?.spec.selector?.[label('release')] ?? '', 1);
    return shares;
  }
  const byService = await serviceShares(space, by);
  for (const slot of SLOTS) add(space.behind(slot), byService.get(names.slot(slot)) ?? 0);
  return shares;
}

/** Whether names are led to a place of ours and not to an edge. */
function leadToSlot({ names }: Space, { ingresses, httproutes }: Awaited<ReturnType<typeof standingWays>>): boolean {
  const slots = SLOTS.map((slot) => names.slot(slot));
  const paths = ingresses.flatMap(({ spec }) => spec.rules?.flatMap(({ http }) => http?.paths ?? []) ?? []);
  const refs = httproutes.flatMap(({ spec }) => spec.rules?.flatMap(({ backendRefs }) => backendRefs ?? []) ?? []);
  return [...paths.map(({ backend }) => backend.service?.name ?? ''), ...refs.map(({ name }) => name)].some((name) =>
    slots.includes(name),
  );
}

/**
 * The model where the history is lost, by what is there; undefined where nothing leads users past an edge: a run that was cut
 * off in its beginning leaves places alone, and they say nothing.
 */
export async function modelFrom(space: Space): Promise<EdgeModel | undefined> {
  const { listing, names } = space;
  if (!listing.slots.length) return undefined;
  const standing = await standingWays(space);
  const way = leadToSlot(space, standing) ? wayFrom(standing) : undefined;
  if (!way && !listing.front) return undefined;
  const slot = (name: SlotName) => {
    const service = listing.slots.find(({ metadata }) => metadata.name === names.slot(name));
    const release = space.behind(name);
    if (!service || release === NOBODY || !space.deploymentOf(release)) return null;
    const { targetPort = FRONT_PORT } = service.spec.ports?.[0] ?? {};
    return { release, port: Number(targetPort), servers: [service.spec.clusterIP ?? ''], share: 0 };
  };
  const template = listing.probe?.spec.template?.spec as { containers?: { image?: string }[] } | undefined;
  const nodePort = listing.front?.spec.ports?.[0]?.nodePort;
  const model: EdgeModel = {
    image: template?.containers?.[0]?.image ?? space.edgeImage(),
    publish: nodePort ? String(nodePort) : CLUSTER_IP,
    sticky: false,
    room: 1,
    by: way?.kind ?? 'service',
    way,
    slots: { a: slot('a'), b: slot('b') },
  };
  const shares = await sharesBy(space, model);
  const [main] = SLOTS.filter((name) => model.slots[name])
    .map((name) => ({ name, share: shares.get(model.slots[name]!.release) ?? 0 }))
    .sort((x, y) => y.share - x.share);
  return { ...model, ...(main ? { main: main.name } : {}) };
}
