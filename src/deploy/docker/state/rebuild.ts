import { emptyHistory } from '../../release/history.ts';
import { recordByLabels } from '../../release/labels.ts';
import type { Listing } from '../containers.ts';
import { doorsBy, publishedBy } from '../edge/container.ts';
import { metricsBy } from '../edge/metrics.ts';
import { placeFor } from '../edge/places.ts';
import { standingBy } from '../front/standing.ts';
import type { DockerHistory, DockerRecord, EdgeModel, SlotName } from '../model.ts';
import type { DockerSpec } from '../spec.ts';

/** Pages lay beside the history that was lost: an edge that named them would not start again. */
const withoutPages = (options: EdgeModel['options']) =>
  options && { ...options, maintenancePage: undefined, errorPage: undefined };
const pageless = (spec: DockerSpec): DockerSpec =>
  spec.edgeOptions ? { ...spec, edgeOptions: withoutPages(spec.edgeOptions) } : spec;

/** The edge's model from what its servers point at, its labels, and the map it answers by (`show map`). Pure. */
function edgeModel(
  listing: Listing,
  whose: { app: string; environment: string },
  hosts: ReadonlyMap<string, string>,
  map: string,
): EdgeModel | undefined {
  if (!listing.edge) return undefined;
  const publish = publishedBy(listing.edge);
  const doors = doorsBy(listing.edge);
  const metrics = metricsBy(listing.edge);
  const front = standingBy(listing.edge);
  const room = Math.max(2, [...hosts.keys()].filter((server) => server.startsWith('a')).length);
  const slot = (name: SlotName) => {
    const servers = [...hosts]
      .filter(([server, host]) => server.startsWith(name) && host !== '-')
      .map(([, host]) => host);
    const container = listing.apps.find((c) => c.name === servers[0]);
    if (!container) return null;
    const { release, spec } = container.labels;
    const mine = listing.apps.filter((c) => c.release === release);
    return { ...placeFor({ publish, doors, room }, name, release, spec.port ?? 0, mine).place, servers };
  };
  const sticky = listing.apps.some((c) => c.labels.spec.sticky);
  const [newest] = [...listing.apps].sort((x, y) => y.labels.at.localeCompare(x.labels.at));
  return {
    image: listing.edge.Image,
    publish,
    ...(doors.length ? { doors } : {}),
    ...(front ? { front } : {}),
    ...(metrics ? { metrics: { at: metrics, ...whose } } : {}),
    ...(/ maintenance on$/m.test(map) ? { maintenance: true } : {}),
    sticky,
    room,
    options: withoutPages(newest?.labels.spec.edgeOptions),
    slots: { a: slot('a'), b: slot('b') },
  };
}

const byWeight = (weights: ReadonlyMap<string, number>) => [...weights].sort((x, y) => y[1] - x[1])[0]?.[0];

/** Without an edge to ask: what ran before the newest that runs, for the newest may not have been found good yet. */
function byState(newestFirst: readonly Listing['apps'][number][]): string | undefined {
  const running = newestFirst.filter((c) => c.state === 'running').map((c) => c.labels);
  return running.find((labels) => labels.release === running[0]?.previous)?.release ?? running[0]?.release;
}

/**
 * A history made again from the labels of the containers, when the file is lost. What serves is good; so is each
 * release that was the good one when a good one was made. Of the others nothing is known, and they are called bad:
 * a rollback must not land on them by itself.
 */
export function rebuild(
  app: string,
  environment: string,
  listing: Listing,
  hosts: ReadonlyMap<string, string>,
  weights: ReadonlyMap<string, number> = new Map(),
  map = '',
): DockerHistory {
  const history = emptyHistory(app, environment) as DockerHistory;
  const byRelease = new Map(listing.apps.map((c) => [c.labels.release, c]));
  const releases = [...byRelease.values()].sort((x, y) => y.labels.at.localeCompare(x.labels.at));
  history.releases = releases.map(
    ({ labels }): DockerRecord => recordByLabels({ ...labels, spec: pageless(labels.spec) }),
  );
  const edge = edgeModel(listing, { app, environment }, hosts, map);
  if (edge) {
    for (const name of ['a', 'b'] as const) {
      const slot = edge.slots[name];
      if (slot) slot.share = weights.get(slot.release) ?? 0;
    }
    history.edge = edge;
  }
  history.current = byWeight(weights) ?? byState(releases) ?? '';
  for (let at: string | undefined = history.current; at; at = byRelease.get(at)?.labels.previous) {
    const record = history.releases.find((r) => r.release === at);
    if (!record || record.status === 'good') break;
    record.status = 'good';
  }
  return history;
}
