import { until } from '../../../lib/clock.ts';
import { SeatrialError } from '../../../lib/errors.ts';
import { serves } from '../../front/certificates.ts';
import { certificateFile, FRONT, STRANGERS_FILE } from '../../front/names.ts';
import { ordered, type Table } from '../../front/table.ts';
import type { Cluster } from '../cluster.ts';
import { ensureNetworks } from '../edge/ensure.ts';
import type { EdgeSession } from '../edge/session.ts';
import { untilEverywhere } from '../edge/up.ts';
import { pruneSecrets } from '../secrets.ts';
import type { Lock } from '../state/lock.ts';
import { doorBody, doorFiles, ownKey } from './door.ts';
import { type FrontFleet, reaches, withFleet } from './fleet.ts';
import { doorName, PLACE } from './names.ts';
import { ensureFiles, ensureKeys, type Given, writeTable } from './objects.ts';
import { certificateOf, ensureOrders } from './ordering.ts';
import { ordersMark } from './orders.ts';
import { type Door, type FrontState, readFront } from './read.ts';
import type { Placed } from './reads.ts';
import { holdAnew, leadTo } from './switch.ts';
import type { FrontTable } from './table.ts';

const CURE = 'check front-image, which needs HAProxy and sh';
const AUTO_CURE = 'check front-image: tls: auto needs HAProxy 3.4, sh and nc; tls: own and off do not';
const REACH_MS = 20_000;

/** What tells two tables apart, their numbers aside. */
const saidBy = ({ apps, image, http, https, secrets }: FrontTable) =>
  JSON.stringify([apps, image, http, https, Object.entries(secrets).sort()]);

/** What owns the ports leads to the door of the table. */
const isLed = ({ lost, live, holder, table }: FrontState): boolean =>
  !lost && holder !== undefined && live !== undefined && live.number === table.loaded;

/** Whether the front is whole: led so, and certificates are ordered as the table says. */
export const isWhole = (state: FrontState): boolean => isLed(state) && state.orders?.mark === ordersMark(state.table);

/** Doors that nobody is led to, and what only they have read. Connections they have end by themselves. */
async function sweep(cluster: Cluster, doors: readonly Door[], keep: Door | undefined, table: FrontTable) {
  for (const { id, number } of doors) if (number !== keep?.number) await cluster.api.removeService(id);
  await pruneSecrets(cluster.api, PLACE, new Set(Object.values(table.secrets)));
}

/** What a door has: an edge that it reaches, a certificate that it serves. */
interface Part {
  name: string;
  has(session: EdgeSession): Promise<boolean>;
}

const partsOf = (cluster: Cluster, table: FrontTable): Part[] => [
  ...Object.keys(table.apps).map((app) => ({ name: app, has: (session: EdgeSession) => reaches(session, app) })),
  ...ordered(table).map(({ host }) => ({
    name: `the certificate of ${host}`,
    has: async (session: EdgeSession) =>
      serves(await certificateOf(session, certificateFile(host)), host, cluster.now()),
  })),
];

/** What every task of a door has. */
async function hadBy(fleet: FrontFleet, parts: readonly Part[]): Promise<Part[]> {
  const told = await fleet.each(async (session) => {
    const had = new Set<Part>();
    for (const part of parts) if (await part.has(session)) had.add(part);
    return had;
  });
  return parts.filter((part) => told.every((had) => had.has(part)));
}

/** Waits until a new door has all that the one before has; answers what it does not have in time. */
async function lacks(cluster: Cluster, { live }: FrontState, door: Door, table: FrontTable): Promise<string[]> {
  const parts = partsOf(cluster, table);
  const ask = <T>({ id }: Door, work: (fleet: FrontFleet) => Promise<T>) => withFleet(cluster, [id], table.image, work);
  const due = live ? await ask(live, (fleet) => hadBy(fleet, parts)) : [];
  return ask(door, async (fleet) => {
    let left = due;
    const all = async () => {
      const had = await hadBy(fleet, due);
      left = due.filter((part) => !had.includes(part));
      return left.length ? undefined : true;
    };
    await until(all, { every: 250, within: REACH_MS, clock: cluster.clock });
    return left.map(({ name }) => name);
  });
}

/** A door for a table, on every node, which has all that the one now has. FRONT_CONFIG, IMAGE_MISSING, NO_CAPACITY. */
async function build(
  cluster: Cluster,
  state: FrontState,
  table: FrontTable,
  adminNet: string,
  keys: readonly Placed[],
) {
  const { api } = cluster;
  const files = await ensureFiles(cluster, doorFiles(table, adminNet));
  const number = table.loaded;
  const name = doorName(number);
  const id = await api.create(doorBody(table, files, keys), cluster.auth(table.image));
  const door: Door = { id, name, number };
  const cure = ordered(table).length ? AUTO_CURE : CURE;
  try {
    const words = { what: 'the front door', code: 'FRONT_CONFIG', cure } as const;
    await untilEverywhere(cluster, { service: id, name, before: new Set(), ...words });
    const left = await lacks(cluster, state, door, table);
    if (left.length) {
      throw new SeatrialError(
        'FRONT_CONFIG',
        `${cluster.label}: the front door's next tasks do not have ${left.join(', ')}, as those now do, so nothing was changed; look at docker service ps ${name}.`,
      );
    }
    return door;
  } catch (error) {
    await api.removeService(id);
    throw error;
  }
}

/**
 * Brings the front to what `edit` makes of its table, under its lock: a new door is made for the table and looked at, what
 * owns the ports leads new connections there, and the one before ends what it has begun. Nothing happens where nothing
 * differs. `edit` may refuse by throwing, before anything is touched.
 */
export async function changeFront(
  cluster: Cluster,
  lock: Lock,
  edit: (table: Table) => Table,
  given?: Given,
): Promise<FrontTable> {
  const { api, clock } = cluster;
  const state = await readFront(cluster);
  const edited: FrontTable = { ...edit(state.table), secrets: state.table.secrets };
  const mine = edited.apps[cluster.app]?.tls === 'own' ? ownKey(cluster.app) : '';
  const adminNet = await ensureNetworks({ api, clock, ...PLACE });
  const { secrets, placed } = await ensureKeys(cluster, edited, given, mine);
  const wanted: FrontTable = { ...edited, secrets };
  const strangers = placed.find(({ path }) => path === STRANGERS_FILE)!;
  if (isLed(state) && saidBy(wanted) === saidBy(state.table)) {
    await ensureOrders(cluster, state, state.table, adminNet, strangers);
    await sweep(cluster, state.doors, state.live, state.table);
    return state.table;
  }
  const number = Math.max(edited.revision, state.top + 1);
  const table: FrontTable = { ...wanted, revision: number, loaded: number };
  await lock.guard();
  const door = await build(cluster, state, table, adminNet, placed);
  await lock.guard();
  if (state.holder) {
    await writeTable(cluster, table);
    await leadTo(cluster, state, door, table.image);
    cluster.say('the front door took on its new configuration, without a gap');
  } else {
    try {
      await holdAnew(cluster, door, table, adminNet);
    } catch (error) {
      await api.removeService(door.id);
      throw error;
    }
    // Not before: of a front that could not start nobody may have a name.
    await writeTable(cluster, table);
    const { http, https } = table;
    cluster.say(`started the front door ${FRONT} on ${state.nodes.length} nodes, ports ${http} and ${https}`);
  }
  // Now that the names lead here: an authority may ask.
  await ensureOrders(cluster, state, table, adminNet, strangers);
  await sweep(cluster, state.doors, door, table);
  return table;
}
