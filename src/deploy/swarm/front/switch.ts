import { type Clock, until } from '../../../lib/clock.ts';
import { SeatrialError } from '../../../lib/errors.ts';
import { FRONT } from '../../front/names.ts';
import type { Cluster } from '../cluster.ts';
import { tellRising } from '../edge/rising.ts';
import type { EdgeSession } from '../edge/session.ts';
import { untilEverywhere } from '../edge/up.ts';
import { ledTo, withFleet } from './fleet.ts';
import { doorTasks, type Holding, holderBody, holderLabels, otherSlot, serverNames, WAYS } from './holder.ts';
import type { Door, FrontState } from './read.ts';
import type { FrontTable } from './table.ts';

const RESOLVES_MS = 15_000;

async function tell(session: EdgeSession, commands: readonly string[]): Promise<void> {
  for (const command of commands) {
    const answer = await session.ask(command);
    if (answer === '' || /changed|no need/i.test(answer)) continue;
    throw new SeatrialError('EDGE_REFUSED', `the front door ${session.at.name} refused "${command}": ${answer}`);
  }
}

const servers = (slot: 'a' | 'b') =>
  WAYS.flatMap((way) => serverNames(slot).map((server) => `set server ${way}/${server}`));

/**
 * Leads the new connections of one node to the door of a number, whose tasks have these addresses; those that are there go
 * on. Which slot is free the node itself knows: a run that was killed may have written down less than it has done.
 */
async function lead(session: EdgeSession, clock: Clock, number: number, addresses: ReadonlySet<string>): Promise<void> {
  const now = (await ledTo(session, WAYS[0])).find(({ weight }) => weight > 0);
  const slot = now?.name.startsWith('a') ? 'b' : 'a';
  await tell(
    session,
    servers(slot).flatMap((one) => [`${one} weight 0`, `${one} fqdn ${doorTasks(number)}`, `${one} state ready`]),
  );
  // A server keeps the address it had until the name tells another: none may lead back to the door before.
  const pointed = async () => {
    for (const way of WAYS) {
      const known = (await ledTo(session, way)).filter(({ name, ip }) => name.startsWith(slot) && ip !== '');
      if (!known.length || !known.every(({ ip }) => addresses.has(ip))) return undefined;
    }
    return true;
  };
  if (!(await until(pointed, { every: 100, within: RESOLVES_MS, clock }))) {
    throw new SeatrialError(
      'EDGE_UNREACHABLE',
      `the front door ${session.at.name} does not find ${doorTasks(number)} by Docker's DNS; users are led as before.`,
    );
  }
  await tell(
    session,
    servers(slot).map((one) => `${one} weight 1`),
  );
  await tell(
    session,
    servers(otherSlot(slot)).flatMap((one) => [`${one} weight 0`, `${one} state maint`]),
  );
}

/** On every node new connections go to the door; then it is written down, and told to those that began meanwhile. */
export async function leadTo(cluster: Cluster, { holder }: FrontState, door: Door, image: string): Promise<void> {
  const { api } = cluster;
  const { id, model } = holder!;
  const next: Holding = { ...model, number: door.number };
  await withFleet(cluster, [door.id], image, async (doors) => {
    await doors.refresh();
    const told = new Set<string>();
    await withFleet(cluster, [id], model.image, async (fleet) => {
      const each = () =>
        fleet.each(async (session) => {
          if (told.has(session.at.task)) return;
          await lead(session, cluster.clock, door.number, doors.addresses);
          told.add(session.at.task);
        });
      await each();
      await api.update(id, (spec) => {
        spec.Labels = { ...spec.Labels, ...holderLabels(next) };
      });
      const { clock } = cluster;
      const late = await tellRising(
        {
          ...{ clock, api, cancelled: cluster.signal === undefined, refresh: () => fleet.refresh() },
          ...{ tasks: () => fleet.tasks, tell: each, guard: () => cluster.guard() },
        },
        new Set(),
      );
      for (const node of late) {
        cluster.context.actions.warning(
          `${cluster.label}: the front door on node ${node} is still on its way up and may lead to nothing; when it runs, run command: upgrade-front, which makes it anew.`,
        );
      }
    });
  });
}

/** What owns the ports, made where there is none. PORT_TAKEN, IMAGE_MISSING, NO_CAPACITY. */
export async function holdAnew(cluster: Cluster, door: Door, table: FrontTable, adminNet: string): Promise<void> {
  const { image, http, https } = table;
  const model: Holding = { image, http, https, adminNet, number: door.number };
  const id = await cluster.api.create(holderBody(model), cluster.auth(image));
  try {
    await untilEverywhere(cluster, {
      ...{ service: id, name: FRONT, before: new Set<string>(), publish: `${http} or ${https}` },
      ...{ what: 'the front door', code: 'FRONT_CONFIG', cure: 'check front-image, which needs HAProxy, sh and nc' },
    });
    await withFleet(cluster, [id], image, (fleet) => fleet.each((session) => session.ask('show info')));
  } catch (error) {
    await cluster.api.removeService(id);
    throw error;
  }
}
