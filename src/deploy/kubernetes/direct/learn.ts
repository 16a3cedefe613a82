import { asSeatrialError, SeatrialError } from '../../../lib/errors.ts';
import type { HttpRoute } from '../../../lib/kubernetes/types.ts';
import type { Edge } from '../edge/edge.ts';
import type { EdgeModel } from '../model.ts';
import { label } from '../names.ts';
import { FRONT_PORT } from '../objects/edge.ts';
import { SLOTS, type Space } from '../space.ts';
import { untilLed } from './led.ts';

/** So long a Gateway may take to say that it has taken a change. */
const TAKES_MS = 30_000;

/**
 * What keeps a Gateway from having taken a route as it is now; empty once it has. Who takes it says of which generation it
 * speaks, https://gateway-api.sigs.k8s.io/reference/spec/#routeparentstatus. Pure.
 */
export function untaken({ metadata: { name, generation = 0 }, status }: HttpRoute): string {
  const all = (status?.parents ?? []).flatMap(({ conditions }) => conditions ?? []);
  const bad = all.find(({ type, status: is }) => (type === 'Accepted' || type === 'ResolvedRefs') && is !== 'True');
  if (bad && (bad.observedGeneration ?? 0) >= generation) {
    return `the HTTPRoute ${name} is not led in: ${bad.message || bad.reason || bad.type}`;
  }
  const taken = all.some(
    ({ type, status: is, observedGeneration = 0 }) =>
      type === 'Accepted' && is === 'True' && observedGeneration >= generation,
  );
  return taken ? '' : `no controller has said that it has taken the HTTPRoute ${name} as it is now`;
}

/** The first of the app's routes that its Gateway has not taken as it is now, in words; empty when all are. */
export async function routesUntaken(space: Space): Promise<string> {
  const mine = { [label('app')]: space.app, [label('role')]: 'way' };
  const routes = await space.api.list('httproutes', mine, { signal: space.signal });
  return routes.map(untaken).find(Boolean) ?? (routes.length ? '' : 'its HTTPRoute is gone');
}

async function untilTaken(space: Space): Promise<void> {
  const { clock, signal } = space;
  const end = clock.mono() + TAKES_MS;
  for (;;) {
    const why = await routesUntaken(space);
    if (!why) return;
    if (clock.mono() > end) {
      throw new SeatrialError('EDGE_UNREACHABLE', `${space.label}: ${why}; look at the controller of its Gateway.`);
    }
    await clock.sleep(100, signal);
  }
}

/**
 * Comes back when what leads users in has learnt of a change, as far as it can be asked: the Service answers, the Gateway
 * says so. A controller of Ingresses says nothing. `forward`: a release that users are to get, which is then in vain;
 * else users are led back, and more can't be done than to tell. EDGE_UNREACHABLE, DEPLOY_UNHEALTHY.
 */
export async function untilLearnt(space: Space, edge: Edge, model: EdgeModel, forward: boolean): Promise<void> {
  try {
    if (model.by === 'httproutes') await untilTaken(space);
    const serving = SLOTS.map((slot) => model.slots[slot]).find((use) => use && use.share > 0);
    if (model.by !== 'service' || !serving || !space.gates.length) return;
    const service = space.names.front;
    const ip = space.listing.front?.spec.clusterIP ?? '';
    await untilLed(space, edge, { service, ip, port: FRONT_PORT, release: serving.release, known: true });
  } catch (error) {
    if (forward || space.context.signal.aborted) throw error;
    const { code, message } = asSeatrialError(error);
    space.context.actions.warning(`${code}: ${message}`);
  }
}
