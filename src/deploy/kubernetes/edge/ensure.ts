import { SeatrialError } from '../../../lib/errors.ts';
import { isGoing, isReady, statuses } from '../../../lib/kubernetes/pods.ts';
import type { Pod } from '../../../lib/kubernetes/types.ts';
import { askDoor } from '../../asking.ts';
import { frontPort, renewed, SERVER_HEADER } from '../../docker/edge/config.ts';
import { putBudget } from '../budgets.ts';
import { readLog } from '../logs.ts';
import type { EdgeModel } from '../model.ts';
import { edgeSelector, label, ownLabels } from '../names.ts';
import {
  budgetOf,
  configMapOf,
  EDGE_PODS,
  edgeDeploymentOf,
  FRONT_PORT,
  frontOf,
  shapeOf,
  slotOf,
} from '../objects/edge.ts';
import { applyService } from '../services.ts';
import { SLOTS, type Space } from '../space.ts';
import { untilStanding } from '../standing.ts';
import { withdrawAll } from '../ways/apply.ts';
import type { Edge } from './edge.ts';

/** A large image over a slow line; what can never come is told long before. */
const UP_MS = 300_000;

const shapeIn = (pod: Pod) => pod.metadata.annotations?.[label('shape')];

/** The Service users come in by. PORT_TAKEN where another one has its NodePort. */
export const applyFront = (space: Space, publish: string, dryRun = false): Promise<string> =>
  applyService(space, frontOf(space.app, space.environment, publish), dryRun);

/** Comes back when the edge's pods are those of `model`, and ready. EDGE_CONFIG with HAProxy's words, and what keeps pods from coming. */
async function standing(space: Space, model: EdgeModel): Promise<void> {
  const { api, app, names, label: where, signal } = space;
  const shape = shapeOf(model);
  const look = async () => {
    const [deployment, pods] = await Promise.all([
      api.get('deployments', names.edge, { signal }),
      api.list('pods', edgeSelector(app), { signal }),
    ]);
    const fresh = pods.filter((pod) => shapeIn(pod) === shape && !isGoing(pod));
    const crashed = fresh.find((pod) => statuses(pod).some(({ restartCount }) => restartCount > 1));
    if (crashed) {
      const lines = await readLog(api, crashed.metadata.name, { previous: true, tailLines: 20 });
      const words =
        lines.filter((line) => /ALERT|not found/i.test(line)).join(' ') || lines.at(-1) || 'it says nothing';
      throw new SeatrialError(
        'EDGE_CONFIG',
        `${where}: the edge does not come up: ${words.slice(0, 400)}; try another edge-image.`,
      );
    }
    return { deployment, pods };
  };
  await untilStanding(
    space,
    look,
    ({ pods }) => {
      const there = pods.filter((pod) => !isGoing(pod));
      const fresh = there.filter((pod) => shapeIn(pod) === shape && isReady(pod));
      return fresh.length >= EDGE_PODS && fresh.length === there.length;
    },
    { wanted: EDGE_PODS, withinMs: UP_MS, signal },
  );
}

/** So many answers in a row of the front's own address, from each pod: what every node has learnt by then. */
const ANSWERS = 3;
const LEARN_MS = 60_000;

/** A Service that was just made leads nowhere until each node knows it: 104 of 4,000 requests were lost by not asking. */
async function frontAnswers(space: Space, edge: Edge, model: EdgeModel, ip: string): Promise<void> {
  const { clock, signal } = space;
  const end = clock.mono() + LEARN_MS;
  await Promise.all(
    edge.told.map(async ({ metadata: { name } }) => {
      const at = { ip, port: FRONT_PORT, path: '/', serverHeader: SERVER_HEADER };
      for (let good = 0; good < ANSWERS; ) {
        const { status } = await askDoor(edge.from(name), at, signal);
        good = status > 0 ? good + 1 : 0;
        if (good === ANSWERS) return;
        if (clock.mono() > end) {
          throw new SeatrialError(
            'EDGE_UNREACHABLE',
            `${space.label}: the Service ${space.names.front} does not lead to the edge (port ${frontPort(model)}); look at kube-proxy and the network policies.`,
          );
        }
        await clock.sleep(100, signal);
      }
    }),
  );
}

/** Makes sure that the edge is there as the model says. Answers what was done, in words, or nothing. */
export async function ensureEdge(
  space: Space,
  edge: Edge,
  wanted: Omit<EdgeModel, 'slots' | 'way'>,
): Promise<string | undefined> {
  const { api, app, environment, names } = space;
  const before = space.history.edge;
  const { slots = { a: null, b: null }, maintenance, way } = before ?? {};
  const model = renewed({ ...wanted, slots, maintenance, way });
  const there = space.listing.edge;
  const whole =
    space.gates.length > 0 && space.listing.slots.length === SLOTS.length && (there?.spec.replicas ?? 0) > 0;
  const same = before && shapeOf(before) === shapeOf(model) && before.publish === model.publish;
  if (there && whole && same) return undefined;
  await space.guard();
  for (const slot of SLOTS) {
    if (space.listing.slots.some(({ metadata }) => metadata.name === names.slot(slot))) continue;
    const use = model.slots[slot];
    const made = await api.apply('services', slotOf(app, environment, slot, use?.release, use?.port));
    // One that was made again has another address.
    if (use) use.servers = [made.spec.clusterIP ?? ''];
  }
  const sleeps = await space.sleeps();
  const put = async (it: EdgeModel) => {
    await api.apply('configmaps', configMapOf(app, environment, it));
    await api.apply('deployments', edgeDeploymentOf(app, environment, it, sleeps));
  };
  await put(model);
  await putBudget(space, budgetOf(app, environment), ownLabels(app, environment, 'edge'));
  const ip = await applyFront(space, model.publish);
  try {
    await standing(space, model);
  } catch (error) {
    // The pods of before have served users all the while: they stay.
    if (before && there) await put(before);
    // Of an edge that was never up nothing is left.
    if (!there) await dismantle(space);
    throw error;
  }
  await space.refresh();
  await frontAnswers(space, edge, model, ip);
  await space.save((draft) => {
    draft.edge = model;
  });
  const how =
    model.publish === 'ClusterIP'
      ? `${names.front}:${FRONT_PORT} inside the cluster`
      : `port ${model.publish} of every node`;
  if (!there) return `started the edge ${names.edge}: ${EDGE_PODS} pods, ${how}`;
  return same ? 'the edge was down and was started anew' : 'the edge took on a new configuration, without a gap';
}

/** Nothing serves, so nothing shall listen. */
export async function dismantle(space: Space): Promise<void> {
  const { api, names } = space;
  await space.guard();
  // Who comes by name is told so by what is in front, and not by a Service that is gone.
  if (space.history.edge?.way) await withdrawAll(space);
  await api.delete('services', names.front);
  await api.delete('deployments', names.edge);
  await api.delete('poddisruptionbudgets', names.edge);
  for (const slot of SLOTS) await api.delete('services', names.slot(slot));
  await api.delete('configmaps', names.edge);
}
