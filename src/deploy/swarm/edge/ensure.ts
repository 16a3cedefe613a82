import { SeatrialError } from '../../../lib/errors.ts';
import { formatDuration } from '../../../lib/units.ts';
import { renewed, structureOf } from '../../docker/edge/config.ts';
import { normalPem } from '../../pem.ts';
import type { Cluster } from '../cluster.ts';
import { keptObjects } from '../kept.ts';
import { ownLabels } from '../labels.ts';
import type { SwarmEdge } from '../model.ts';
import { adminNetworkName, edgeName, networkName } from '../names.ts';
import { ensureCertificate, findObject, pruneSecrets } from '../secrets.ts';
import { edgeBody } from './body.ts';
import { untilEverywhere } from './up.ts';

const SUBNET_MS = 20_000;
const EVERY_MS = 150;

/** Overlay networks of an app, or of the front; answers the subnet of the one that only edges and runs are in. */
export async function ensureNetworks({
  api,
  app,
  environment,
  clock,
}: Pick<Cluster, 'api' | 'app' | 'environment' | 'clock'>): Promise<string> {
  for (const name of [networkName(app), adminNetworkName(app)]) {
    // A run's own container must be able to join it, from a manager that takes no tasks as well.
    if (!(await api.network(name))) await api.createNetwork(name, ownLabels(app, environment, 'network'));
  }
  // A Swarm gives a network its subnet a moment after it was made.
  const end = clock.mono() + SUBNET_MS;
  for (;;) {
    const subnet = (await api.network(adminNetworkName(app)))?.IPAM?.Config?.[0]?.Subnet;
    if (subnet) return subnet;
    if (clock.mono() > end) break;
    await clock.sleep(EVERY_MS);
  }
  throw new SeatrialError(
    'ENGINE_REFUSED',
    `${api.engine.label}: the Swarm gave network ${adminNetworkName(app)} no subnet; look at docker network inspect, and remove it if nothing of yours uses it.`,
  );
}

/** The certificate to use: the one given, else the one the edge has. SECRETS_NEEDED when there is none. */
async function certificateFor(cluster: Cluster, model: SwarmEdge, given: string | undefined) {
  if (!model.options?.tls) return undefined;
  if (given !== undefined) {
    const { id, object } = await ensureCertificate(cluster.api, cluster, normalPem(given));
    return { id, name: object };
  }
  const name = cluster.history.edge?.certificate;
  const id = name && (await findObject(cluster.api, cluster, name));
  if (name && id) return { id, name };
  throw new SeatrialError(
    'SECRETS_NEEDED',
    `${cluster.label}: the edge has to be made anew and needs its certificate with the key; hand it over by the input tls-certificate.`,
  );
}

/** What takes new tasks: all but who has which traffic. */
const lasting = (model: SwarmEdge) =>
  JSON.stringify([
    structureOf(model),
    model.image,
    model.publish,
    model.adminNet,
    model.front !== undefined,
    [...model.placement].sort(),
    model.certificate,
  ]);

/** Waits until each node that is to have a task of the edge has a new one that answers. */
async function untilUp(cluster: Cluster, id: string, publish: string, before: ReadonlySet<string>): Promise<void> {
  const name = edgeName(cluster.app);
  const words = { what: 'the edge', code: 'EDGE_CONFIG', cure: 'try another edge-image' } as const;
  await untilEverywhere(cluster, { service: id, name, before, publish, ...words });
  await cluster.refresh();
  await cluster.fleet.each((session) => session.ask('show info'));
}

/** Makes sure that the edge is on its nodes as the model says. Answers what was done, in words, or nothing. */
export async function ensureEdge(
  cluster: Cluster,
  asked: Omit<SwarmEdge, 'slots' | 'adminNet'>,
  given?: string,
): Promise<string | undefined> {
  const { api, app, environment, clock } = cluster;
  const before = cluster.history.edge;
  const adminNet = await ensureNetworks(cluster);
  const model: SwarmEdge = renewed({
    ...asked,
    adminNet,
    room: Math.max(asked.room, before?.room ?? 0),
    slots: before?.slots ?? { a: null, b: null },
    maintenance: before?.maintenance,
    lead: before?.lead,
  }) as SwarmEdge;
  const certificate = await certificateFor(cluster, model, given);
  model.certificate = certificate?.name;
  const listed = cluster.listing.edge;
  if (listed && before && lasting(before) === lasting(model)) {
    await cluster.writeEdge(before);
    return undefined;
  }
  await cluster.guard();
  if (!listed) {
    const id = await api.create(edgeBody(app, environment, model, certificate), cluster.auth(model.image));
    try {
      await untilUp(cluster, id, model.publish, new Set());
    } catch (error) {
      await api.removeService(id);
      await cluster.refresh();
      throw error;
    }
    await cluster.save((draft) => {
      draft.edge = model;
    });
    return `started the edge ${edgeName(app)} on ${cluster.edges.length} nodes, ${model.publish ? `port ${model.publish}` : 'behind the front door'}`;
  }
  const begunAt = clock.mono();
  const old = new Set(listed.tasks.map(({ ID }) => ID));
  const generation = Number(listed.service.Spec.TaskTemplate.ForceUpdate ?? 0) + 1;
  const body = edgeBody(app, environment, model, certificate, generation);
  const spec = structuredClone(listed.service.Spec);
  await api.update(listed.id, (draft) => Object.assign(draft, body), cluster.auth(model.image));
  try {
    await untilUp(cluster, listed.id, model.publish, old);
  } catch (error) {
    // Users were served until a moment ago: by the edge as it was they shall be again.
    await api.update(listed.id, (draft) => {
      Object.assign(draft, spec);
      draft.TaskTemplate.ForceUpdate = generation + 1;
    });
    await cluster.refresh();
    throw error;
  }
  await cluster.save((draft) => {
    draft.edge = model;
  });
  await pruneSecrets(api, cluster, keptObjects(cluster));
  return `replaced the edge on ${cluster.edges.length} nodes, one after the other, within ${formatDuration(clock.mono() - begunAt)}: ${model.publish ? 'a node answers nothing while its own is replaced' : 'the front door leads to the others meanwhile'}`;
}

/** Removes the edge; nothing serves, so nothing shall listen. */
export async function dismantle(cluster: Cluster): Promise<void> {
  if (!cluster.history.edge) return;
  const { listing, api } = cluster;
  if (listing.edge) {
    await api.removeService(listing.edge.id);
    await cluster.ended(listing.edge.id, 30_000);
  }
  await cluster.refresh();
  await cluster.save((draft) => {
    draft.edge = undefined;
  });
}
