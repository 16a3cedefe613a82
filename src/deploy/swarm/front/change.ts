import { until } from '../../../lib/clock.ts';
import { SeatrialError } from '../../../lib/errors.ts';
import { FRONT } from '../../front/names.ts';
import type { Table } from '../../front/table.ts';
import type { Cluster } from '../cluster.ts';
import { ensureNetworks } from '../edge/ensure.ts';
import { untilEverywhere } from '../edge/up.ts';
import { pruneSecrets } from '../secrets.ts';
import type { Lock } from '../state/lock.ts';
import { doorBody, doorFiles, ownKey, type Placed } from './door.ts';
import { type FrontFleet, reaches, withFleet } from './fleet.ts';
import { doorName, PLACE } from './names.ts';
import { ensureFiles, ensureKeys, type Given, writeTable } from './objects.ts';
import { type Door, type FrontState, readFront } from './read.ts';
import { holdAnew, leadTo } from './switch.ts';
import type { FrontTable } from './table.ts';

const CURE = 'check front-image, which needs HAProxy and sh';
const REACH_MS = 20_000;

/** What tells two tables apart, their numbers aside. */
const saidBy = ({ apps, image, http, https, secrets }: FrontTable) =>
  JSON.stringify([apps, image, http, https, Object.entries(secrets).sort()]);

/** Whether the front is whole: what owns the ports leads to the door of the table. */
export const isWhole = ({ lost, live, holder, table }: FrontState): boolean =>
  !lost && holder !== undefined && live !== undefined && live.number === table.loaded;

/** Doors that nobody is led to, and what only they have read. Connections they have end by themselves. */
async function sweep(cluster: Cluster, doors: readonly Door[], keep: Door | undefined, table: FrontTable) {
  for (const { id, number } of doors) if (number !== keep?.number) await cluster.api.removeService(id);
  await pruneSecrets(cluster.api, PLACE, new Set(Object.values(table.secrets)));
}

/** Those of the apps whose edge every task of a door reaches. */
async function reachedBy(fleet: FrontFleet, apps: readonly string[]): Promise<string[]> {
  const told = await fleet.each(async (session) => {
    const reached: string[] = [];
    for (const app of apps) if (await reaches(session, app)) reached.push(app);
    return reached;
  });
  return apps.filter((app) => told.every((reached) => reached.includes(app)));
}

/** Waits until a new door reaches all apps that the one before does; answers those that it does not reach in time. */
async function notReached(cluster: Cluster, { live }: FrontState, door: Door, table: Table): Promise<string[]> {
  const apps = Object.keys(table.apps);
  const ask = <T>({ id }: Door, work: (fleet: FrontFleet) => Promise<T>) => withFleet(cluster, [id], table.image, work);
  const due = live ? await ask(live, (fleet) => reachedBy(fleet, apps)) : [];
  return ask(door, async (fleet) => {
    let left = due;
    const all = async () => {
      const reached = await reachedBy(fleet, due);
      left = due.filter((app) => !reached.includes(app));
      return left.length ? undefined : true;
    };
    await until(all, { every: 250, within: REACH_MS, clock: cluster.clock });
    return left;
  });
}

/** A door for a table, on every node, which reaches all apps that are reached now. FRONT_CONFIG, IMAGE_MISSING, NO_CAPACITY. */
async function build(cluster: Cluster, state: FrontState, table: FrontTable, adminNet: string, keys: Placed[]) {
  const { api } = cluster;
  const files = await ensureFiles(cluster, doorFiles(table, adminNet));
  const number = table.loaded;
  const name = doorName(number);
  const id = await api.create(doorBody(table, files, keys), cluster.auth(table.image));
  const door: Door = { id, name, number };
  try {
    const words = { what: 'the front door', code: 'FRONT_CONFIG', cure: CURE } as const;
    await untilEverywhere(cluster, { service: id, name, before: new Set(), ...words });
    const left = await notReached(cluster, state, door, table);
    if (left.length) {
      throw new SeatrialError(
        'FRONT_CONFIG',
        `${cluster.label}: the front door's next tasks do not reach ${left.join(', ')}, which those now do, so nothing was changed; look at docker service ps ${name}.`,
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
  if (isWhole(state) && saidBy(wanted) === saidBy(state.table)) {
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
  await sweep(cluster, state.doors, door, table);
  return table;
}
