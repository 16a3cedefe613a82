import type { Node, Service } from '../../../lib/docker/swarm.ts';
import { SeatrialError } from '../../../lib/errors.ts';
import { bare, type Standing } from '../../front/claim.ts';
import { FRONT } from '../../front/names.ts';
import { emptyTable } from '../../front/table.ts';
import { decoded, type Stored } from '../api.ts';
import type { Cluster } from '../cluster.ts';
import { MODEL_LABEL } from '../edge/body.ts';
import { label } from '../labels.ts';
import { swarmEdgeSchema } from '../model.ts';
import { type Holding, holdingSchema } from './holder.ts';
import { frontNodes, PLACE } from './names.ts';
import { type FrontTable, parseFrontTable } from './table.ts';

const rev = (labels: Record<string, string>) => Number(labels[label('rev')] ?? 0);
const roleOf = ({ Spec }: Service) => Spec.Labels[label('role')];

export interface Door {
  id: string;
  name: string;
  number: number;
}

/** The front of a Swarm as it is. */
export interface FrontState {
  table: FrontTable;
  /** It was not there: the table is made of what the edges claim. */
  lost: boolean;
  /** The highest number that anything of it has. */
  top: number;
  holder: { id: string; model: Holding; service: Service } | undefined;
  doors: Door[];
  /** The door that users are led to. */
  live: Door | undefined;
  /** What orders certificates, and what it was made from. */
  orders: { id: string; mark: string } | undefined;
  /** Nodes with the label that take tasks. */
  nodes: Node[];
}

/** What the edges of all apps claim, by their labels. */
async function standings({ api }: Cluster): Promise<Standing[]> {
  const edges = await api.services([`${label('role')}=edge`]);
  return edges.flatMap(({ Spec }) => {
    try {
      return swarmEdgeSchema.parse(JSON.parse(Spec.Labels[MODEL_LABEL] ?? '')).front ?? [];
    } catch {
      return []; // changed by hand: its next deploy writes it anew
    }
  });
}

/** How a front is made that is not there yet: as the inputs say, else as it was. */
async function remade(cluster: Cluster): Promise<FrontTable> {
  const { inputs } = cluster.context;
  const claims = await standings(cluster);
  const [was] = claims;
  const table = emptyTable(
    was?.image ?? inputs['front-image'],
    inputs['front-http'] ?? was?.http ?? '80',
    inputs['front-https'] ?? was?.https ?? '443',
  );
  const secrets = await cluster.api.stored('secrets', [`${label('app')}=${FRONT}`]);
  // The newest of each name is what was served last.
  secrets.sort((x, y) => x.CreatedAt.localeCompare(y.CreatedAt));
  return {
    ...table,
    apps: Object.fromEntries(claims.map((one) => [one.app, bare(one)])),
    secrets: Object.fromEntries(secrets.map(({ Spec }) => [Spec.Labels[label('secret')] ?? '', Spec.Name])),
  };
}

const holding = (service: Service): FrontState['holder'] => {
  try {
    const model = holdingSchema.parse(JSON.parse(service.Spec.Labels[MODEL_LABEL] ?? ''));
    return { id: service.ID, model, service };
  } catch {
    return undefined; // changed by hand
  }
};

const newest = (stored: readonly Stored[]) => [...stored].sort((x, y) => rev(y.Spec.Labels) - rev(x.Spec.Labels))[0];

/** FRONT_CONFIG where a newer Seatrial has written. */
export async function readFront(cluster: Cluster): Promise<FrontState> {
  const { api, label: host } = cluster;
  const mine = `${label('app')}=${FRONT}`;
  const [services, stored, nodes] = await Promise.all([
    api.services([mine]),
    api.stored('configs', [mine, `${label('environment')}=${PLACE.environment}`, `${label('role')}=state`]),
    api.nodes(),
  ]);
  const held = services.find((service) => roleOf(service) === 'front');
  const holder = held && holding(held);
  const orders = services.find((service) => roleOf(service) === 'front-acme');
  const doors = services
    .filter((service) => roleOf(service) === 'front-door')
    .map(({ ID, Spec }) => ({ id: ID, name: Spec.Name, number: rev(Spec.Labels) }));
  const last = newest(stored);
  const read = last && parseFrontTable(decoded(last));
  if (read === 'newer') {
    throw new SeatrialError(
      'FRONT_CONFIG',
      `${host}: the front door was last changed by a newer Seatrial; use that one.`,
    );
  }
  return {
    table: read ?? (await remade(cluster)),
    lost: read === undefined,
    top: Math.max(0, ...doors.map(({ number }) => number), ...stored.map(({ Spec }) => rev(Spec.Labels))),
    holder,
    doors,
    live: doors.find(({ number }) => number === holder?.model.number),
    orders: orders && { id: orders.ID, mark: orders.Spec.Labels[label('rev')] ?? '' },
    nodes: frontNodes(nodes),
  };
}
