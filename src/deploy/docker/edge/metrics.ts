import type { ContainerInfo } from '../../../lib/docker/types.ts';
import type { EdgeModel, SlotName } from '../model.ts';
import { label } from '../state/labels.ts';
import { MOUNT } from '../state/mount.ts';
import { entrances, useOf } from './entrances.ts';

/** Port of the figures inside the edge's container. */
export const METRICS_PORT = 9101;
export const PLACES_FILE = 'edge.places';

/** Where a listed edge publishes its figures; from its label, as a dead one lists no port. */
export const metricsBy = (edge: ContainerInfo) => edge.Labels[label('metrics')] ?? '';

const SLOTS: readonly SlotName[] = ['a', 'b'];

interface At {
  backend: string;
  server: string;
  release: string;
}

/** Each server of the edge with the release that it leads to. */
export const places = (model: EdgeModel): At[] =>
  entrances(model).flatMap((entrance) =>
    SLOTS.flatMap((slot) =>
      Array.from({ length: model.room }, (_, i) => ({
        backend: entrance.backend,
        server: `${slot}${i + 1}`,
        release: i < (useOf(model.slots[slot], entrance)?.servers.length ?? 0) ? model.slots[slot]!.release : 'none',
      })),
    ),
  );

export const placeKey = ({ backend, server }: Pick<At, 'backend' | 'server'>) => `place-${backend}-${server}`;

/** Lines of the map. */
export const placeLines = (model: EdgeModel): string =>
  model.metrics
    ? places(model)
        .map((at) => `${placeKey(at)} ${at.release}\n`)
        .join('')
    : '';

/** Which server is whose, as a series beside HAProxy's own, which know servers only. HAProxy fills in what the map says. */
export function placesFile(model: EdgeModel, map: string): string {
  const { app = '', environment = '' } = model.metrics ?? {};
  const line = (at: At) =>
    `seatrial_edge_server_info{app="${app}",environment="${environment}",proxy="${at.backend}",server="${at.server}",slot="${at.server[0]}",release="%[str(${placeKey(at)}),map_str(${map},none)]"} 1`;
  return `# HELP seatrial_edge_server_info The release that a server of the edge leads to, none for a free place.
# TYPE seatrial_edge_server_info gauge
${places(model).map(line).join('\n')}
`;
}

/** HAProxy's own exporter, and beside it whose each server is. */
export const metricsFront = ({ metrics }: EdgeModel): string =>
  metrics
    ? `
frontend metrics
  bind :${METRICS_PORT}
  http-request use-service prometheus-exporter if { path /metrics }
  http-request return status 200 content-type "text/plain; version=0.0.4; charset=utf-8" lf-file ${MOUNT}/${PLACES_FILE} if { path /releases }
  http-request deny deny_status 404
`
    : '';
