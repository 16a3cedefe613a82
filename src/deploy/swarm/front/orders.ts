import { createHash } from 'node:crypto';
import type { ServiceSpec } from '../../../lib/docker/swarm.ts';
import { ADMIN_PORT } from '../../../lib/haproxy.ts';
import { ANSWERS, acmeGlobal, acmeSections, authorities, CA_FILE, orderedList } from '../../front/acme.ts';
import { adminDoor } from '../../front/admin.ts';
import { dumpFor } from '../../front/config.ts';
import { START } from '../../front/dump.ts';
import {
  DUMP_FILE,
  FRONT,
  FRONT_FILE,
  FRONT_MOUNT,
  HANDED_PORT,
  HTTP_INSIDE,
  HTTPS_INSIDE,
  STRANGERS_FILE,
} from '../../front/names.ts';
import { ordered } from '../../front/table.ts';
import { label, ownLabels } from '../labels.ts';
import { adminNetworkName } from '../names.ts';
import { CONSTRAINT, ORDERS, ORDERS_VOLUME, PLACE, STRANGERS } from './names.ts';
import { type DoorFile, type Placed, reading } from './reads.ts';
import type { FrontTable } from './table.ts';

/*
 * What orders certificates: one task of HAProxy as the front of a machine is one, but nobody's requests pass it. The doors
 * lead an authority's questions to it and take from it what it has.
 */

const LIST = `${FRONT_MOUNT}/certs.list`;
const ordersList = (table: FrontTable): DoorFile => ({ path: LIST, content: orderedList(table) });

/**
 * Pure. HAProxy orders what is in use, so it listens to nobody with it. Who takes certificates from here, and so their
 * keys, shows that he has the front's own secret; what passes between nodes is read by nobody else.
 */
export const renderOrders = (
  table: FrontTable,
  adminNet: string,
): string => `# Written by action-deploy; changes are lost at the next deploy.
global
  log stdout format raw local0 notice
  uid 0
  stats socket ipv4@127.0.0.1:${ADMIN_PORT} level admin
  stats maxconn 100
  stats timeout 1h
${acmeGlobal(table)}
defaults
  mode http
  log global
  timeout connect 500ms
  timeout client 60s
  timeout server 60s
  timeout http-request 10s

${acmeSections(table).join('\n')}
frontend questions
  bind :${HTTP_INSIDE}
  bind 127.0.0.1:${HTTPS_INSIDE} ssl crt ${STRANGERS_FILE} crt-list ${LIST}
${ANSWERS}  http-request return status 404

frontend handed_in
  mode tcp
  bind :${HANDED_PORT} ssl crt ${STRANGERS_FILE} ca-file ${STRANGERS_FILE} verify required
  default_backend admin
${adminDoor(adminNet)}`;

/** Pure: what it reads that is no secret. */
export const ordersFiles = (table: FrontTable, adminNet: string): DoorFile[] => [
  { path: `${FRONT_MOUNT}/${FRONT_FILE}`, content: renderOrders(table, adminNet) },
  ordersList(table),
  { path: `${FRONT_MOUNT}/${DUMP_FILE}`, content: dumpFor(table) },
  ...(authorities(table) ? [{ path: CA_FILE, content: authorities(table) }] : []),
];

/** Where a door looks at that configuration: one that its HAProxy does not take is told before anybody has a name. */
export const CHECKED = `${FRONT_MOUNT}/acme.cfg`;
/** Pure: what a door needs for that. */
export const checkedFiles = (table: FrontTable, adminNet: string): DoorFile[] => [
  { path: CHECKED, content: renderOrders(table, adminNet) },
  ordersList(table),
];

/** Pure: tells what is made of one table from what is made of another; undefined where nothing is to be ordered. */
export const ordersMark = (table: FrontTable): string | undefined =>
  ordered(table).length
    ? createHash('sha256')
        .update(JSON.stringify([table.image, table.secrets[STRANGERS], ordersFiles(table, '')]))
        .digest('hex')
        .slice(0, 24)
    : undefined;

/** Pure: it is on the admin network alone, and asks its authority as every container asks the world. */
export function ordersBody(image: string, mark: string, files: readonly Placed[], strangers: Placed): ServiceSpec {
  return {
    Name: ORDERS,
    Labels: { ...ownLabels(PLACE.app, PLACE.environment, 'front-acme'), [label('rev')]: mark },
    TaskTemplate: {
      ContainerSpec: {
        Image: image,
        // Its files are root's; it has none of root's capabilities.
        User: '0:0',
        Command: START.slice(0, 2),
        Args: START.slice(2),
        StopSignal: 'SIGUSR1',
        // Nobody's requests are in it, and its files are whole at any moment.
        StopGracePeriod: 1_000_000_000,
        CapabilityDrop: ['ALL'],
        ...reading(files, [strangers]),
        Mounts: [{ Type: 'volume', Source: ORDERS_VOLUME, Target: FRONT_MOUNT }],
      },
      RestartPolicy: { Condition: 'any', Delay: 5_000_000_000 },
      Placement: { Constraints: [CONSTRAINT] },
      LogDriver: { Name: 'json-file', Options: { 'max-size': '10m', 'max-file': '3' } },
      Networks: [{ Target: adminNetworkName(FRONT) }],
    },
    Mode: { Replicated: { Replicas: 1 } },
    UpdateConfig: { Parallelism: 1, Order: 'stop-first', FailureAction: 'continue' },
    EndpointSpec: { Mode: 'dnsrr' },
  };
}
