import { isGoing, isReady } from '../../../lib/kubernetes/pods.ts';
import type { Service } from '../../../lib/kubernetes/types.ts';
import type { EdgeModel } from '../model.ts';
import { label } from '../names.ts';
import { frontTo, probeDeploymentOf } from '../objects/direct.ts';
import { FRONT_PORT, slotOf } from '../objects/edge.ts';
import { applyService } from '../services.ts';
import { SLOTS, type Space } from '../space.ts';
import { untilStanding } from '../standing.ts';
import { withdrawAll } from '../ways/apply.ts';

/** A large image over a slow line; what can never come is told long before. */
const UP_MS = 300_000;
/** A rollback does without it rather than wait. */
const BACK_MS = 5000;

const imageOf = ({ listing }: Space): string | undefined => {
  const template = listing.probe?.spec.template?.spec as { containers?: { image?: string }[] } | undefined;
  return template?.containers?.[0]?.image;
};

/** The pod that asks is there and ready. What keeps it from coming is told as of any pod. */
async function ensureProbe(space: Space, image: string, withinMs: number): Promise<void> {
  const { api, app, environment, names, signal } = space;
  if (imageOf(space) === image && space.listing.probePods.some(isReady)) return;
  await api.apply('deployments', probeDeploymentOf(app, environment, image));
  const mine = { [label('app')]: app, [label('role')]: 'probe' };
  const look = async () => {
    const [deployment, pods] = await Promise.all([
      api.get('deployments', names.probe, { signal }),
      api.list('pods', mine, { signal }),
    ]);
    return { deployment, pods };
  };
  const fresh = (pods: Parameters<typeof isReady>[0][]) =>
    pods.some((pod) => !isGoing(pod) && isReady(pod) && pod.spec.containers[0]?.image === image);
  await untilStanding(space, look, ({ pods }) => fresh([...pods]), { wanted: 1, withinMs, signal });
}

/** The Service `<app>` as a model wants it: to who has all the traffic, else to nobody. */
export function frontOfModel({ app, environment }: Space, model: EdgeModel): Service {
  const serving = SLOTS.map((slot) => model.slots[slot]).find((use) => use && use.share > 0);
  return frontTo(app, environment, { publish: model.publish, release: serving?.release, port: serving?.port });
}

/**
 * Makes sure that what is ours beside the releases is there; `brief`: who asks is not waited for. Answers what was done, in
 * words, or nothing.
 */
export async function ensureDirect(space: Space, model: EdgeModel, brief = false): Promise<string | undefined> {
  const { api, app, environment, names, listing, history } = space;
  const lacking = SLOTS.filter((slot) => !listing.slots.some(({ metadata }) => metadata.name === names.slot(slot)));
  const before = history.edge;
  const asks = imageOf(space) === model.image && listing.probePods.some(isReady);
  const fronted = model.by !== 'service' || (listing.front !== undefined && before?.publish === model.publish);
  const known = before && JSON.stringify(before) === JSON.stringify(model);
  if (!lacking.length && asks && fronted && known) return undefined;
  await space.guard();
  for (const slot of lacking) {
    const use = model.slots[slot];
    const made = await api.apply('services', slotOf(app, environment, slot, use?.release, use?.port, FRONT_PORT));
    if (use) use.servers = [made.spec.clusterIP ?? ''];
  }
  if (!fronted) await applyService(space, frontOfModel(space, model));
  await ensureProbe(space, model.image, brief ? BACK_MS : UP_MS);
  await space.save((draft) => {
    draft.edge = model;
  });
  await space.refresh();
  return asks ? undefined : `started ${names.probe}, the pod that our own requests come from`;
}

/** Nothing serves: what leads users in goes first, then what it led to. */
export async function dismantleDirect(space: Space): Promise<void> {
  const { api, listing } = space;
  if (space.history.edge?.way) await withdrawAll(space);
  // Not by their names: with domains a Service of the app's name may be somebody else's.
  for (const one of [listing.front, ...listing.slots]) if (one) await api.delete('services', one.metadata.name);
  if (listing.probe) await api.delete('deployments', listing.probe.metadata.name);
}
