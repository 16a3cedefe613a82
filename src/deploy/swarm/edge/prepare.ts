import type { EdgeOptions } from '../../docker/edge/options.ts';
import type { FrontWay } from '../../front/way.ts';
import type { Cluster } from '../cluster.ts';
import { releaseNames } from '../front/keeper.ts';
import { edged, type SwarmSpec } from '../spec.ts';
import { dismantle, ensureEdge, ensureNetworks } from './ensure.ts';

/** Room for a scaling without an edge made anew for it. */
const ROOM = 16;

/** Behind the front the edge meets nobody else, and speaks plain HTTP with it. */
const plain = (options: EdgeOptions | undefined) => options && { ...options, tls: false };

/**
 * The edge, where the release has traffic to get. How it meets its clients is the edge's own: a release of the past that
 * comes back must not take TLS or a domain away; only a deploy (`reshape`) brings its own.
 */
export async function prepareEdge(cluster: Cluster, way: FrontWay, spec: SwarmSpec, reshape: boolean): Promise<void> {
  const now = cluster.history.edge;
  if (!edged(spec) && (reshape || !now)) {
    await ensureNetworks(cluster);
    return;
  }
  const anew = reshape || !now;
  const publish = anew ? way.publishOf(spec) : now.front ? now.publish : (spec.publish ?? now.publish);
  const asked = anew ? spec.edgeOptions : now.options;
  const wanted = {
    image: cluster.edgeImage(),
    publish,
    sticky: spec.sticky,
    room: Math.max(ROOM, spec.replicas),
    options: publish ? asked : plain(asked),
    placement: anew ? spec.edgePlacement : now.placement,
  };
  const given = cluster.context.inputs['tls-certificate'];
  const make = async (front?: Awaited<ReturnType<FrontWay['claim']>>) => {
    const said = await ensureEdge(cluster, { ...wanted, front }, front ? undefined : given);
    if (said) cluster.say(said);
  };
  if (now?.publish && !publish && !now.front) {
    cluster.say(`${cluster.app} gives its port to the front door`);
    await make();
  }
  // The names come first: an app that may not have one leaves nothing behind.
  const front = await way.claim(spec, anew);
  try {
    await make(front);
    if (front) await way.join(front);
  } catch (error) {
    if (front && !now) {
      await releaseNames(cluster);
      await dismantle(cluster);
    } else await way.settle(false, false);
    throw error;
  }
}
