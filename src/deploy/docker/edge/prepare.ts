import type { FrontWay } from '../../front/way.ts';
import type { Spec } from '../../release/spec.ts';
import { releaseNames } from '../front/front.ts';
import type { Host } from '../host.ts';
import { ensureImage } from '../image.ts';
import { type DockerSpec, own } from '../spec.ts';
import { ensureNetwork } from './container.ts';
import { dismantle } from './dismantle.ts';
import { doorsFor, unserved } from './doors.ts';
import { ensureEdge } from './ensure.ts';
import { freePort } from './free-port.ts';
import type { EdgeOptions } from './options.ts';
import { readPages } from './pages.ts';

/** Behind the front the edge meets nobody else, and speaks plain HTTP with it. */
const plain = (options: EdgeOptions | undefined) => options && { ...options, tls: false };

/** The front needs the very port that the edge has: nothing answers until both are there. */
async function giveUpPort(host: Host, spec: DockerSpec): Promise<void> {
  const { image, sticky, room, options, metrics } = host.history.edge!;
  host.say(`${host.app} gives its port to the front door`);
  const wider = Math.max(room, spec.replicas);
  await ensureEdge(host, { image, publish: '', sticky, room: wider, options: plain(options), metrics });
}

/**
 * The edge, where the release has traffic to get. How it meets its clients is the edge's own: a release of the past
 * that comes back must not take TLS or a domain away; only a deploy (`reshape`) brings its own.
 */
export async function prepareEdge(host: Host, way: FrontWay, asked: Spec, reshape: boolean): Promise<void> {
  const { engine, app, environment, context } = host;
  const spec = own(asked);
  const before = host.history.edge;
  const anew = reshape || !before;
  if (spec.edge === 'none' || !(spec.publish || spec.domains?.length)) {
    return ensureNetwork(engine, app, environment);
  }
  const publish = anew ? way.publishOf(spec) : before.front ? before.publish : (spec.publish ?? before.publish);
  if (before?.publish && publish === '' && !before.front) await giveUpPort(host, spec);
  // The names come first: an app that may not have one leaves nothing behind.
  const front = await way.claim(spec, anew).catch((error: unknown) => {
    if (!before && !host.listing.apps.length) host.leaveNothing();
    throw error;
  });
  try {
    await ensureNetwork(engine, app, environment);
    const image = host.edgeImage();
    await ensureImage(engine, image, host.login(spec.image), context.signal);
    const asWanted = anew ? spec.edgeOptions : before.options;
    const options = publish ? asWanted : plain(asWanted);
    const doors = publish ? doorsFor(before, publish, spec.doors) : [];
    if (reshape) for (const line of unserved(doors, spec.doors)) context.actions.warning(`${host.label}: ${line}`);
    if (!before && publish) for (const one of [publish, ...doors]) await freePort(host, one);
    const room = Math.max(2, spec.replicas, ...(spec.parts ?? []).map(({ replicas }) => replicas));
    const further = doors.length ? { doors } : {};
    const told = spec.metrics ? { at: spec.metrics, app, environment } : undefined;
    const metrics = anew ? told : before.metrics;
    const wanted = { image, publish, ...further, front, sticky: spec.sticky, room, options, metrics };
    const certificate = front ? undefined : context.inputs['tls-certificate'];
    const said = await ensureEdge(host, wanted, { certificate, pages: reshape ? readPages(context) : {} });
    if (said) host.say(said);
    if (front) await way.join(front);
  } catch (error) {
    if (front && !before) {
      await releaseNames(host);
      await dismantle(host);
    } else await way.settle(false, false);
    throw error;
  }
}
