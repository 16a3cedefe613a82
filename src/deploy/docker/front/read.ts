import { getFile } from '../../../lib/docker/archive.ts';
import type { Engine } from '../../../lib/docker/engine.ts';
import { inspectContainer } from '../../../lib/docker/inspect.ts';
import type { ContainerInfo } from '../../../lib/docker/types.ts';
import { SeatrialError } from '../../../lib/errors.ts';
import { bare, type Standing } from '../../front/claim.ts';
import { FRONT, FRONT_MOUNT, TABLE_FILE } from '../../front/names.ts';
import { emptyTable, parseTable, type Table } from '../../front/table.ts';
import type { Host } from '../host.ts';
import { isGoing } from '../removal.ts';
import { label } from '../state/labels.ts';
import { CLAIM_FILE, MOUNT } from '../state/mount.ts';
import { isLedTo, parseStanding, standingBy } from './standing.ts';

/** Claims as the edges on the host keep them: in the app's own volume, which an edge reaches, else in its label. */
async function standing(engine: Engine): Promise<Standing[]> {
  const edges = await engine.call(
    'list the edges',
    (docker, abortSignal) =>
      docker.listContainers({
        all: true,
        filters: { label: [`${label('role')}=edge`] },
        abortSignal,
      } as object) as Promise<ContainerInfo[]>,
  );
  const found = await Promise.all(
    edges
      // An edge that was there before the domains has no label of them, and one that has left the front keeps its own.
      .filter((edge) => !isGoing(edge.State) && isLedTo(edge))
      .map(async (edge) => {
        // One that is removed at this moment has nothing to claim any more.
        const kept = await getFile(engine, edge.Id, `${MOUNT}/${CLAIM_FILE}`).catch(() => undefined);
        return parseStanding(kept?.toString('utf8')) ?? standingBy(edge);
      }),
  );
  return found.flatMap((one) => one ?? []);
}

/** How a front is made that is not there yet: as the inputs say, else as it was. */
export function emptyFor(host: Host, was?: Standing): Table {
  const { inputs } = host.context;
  return emptyTable(
    was?.image ?? inputs['front-image'],
    inputs['front-http'] ?? was?.http ?? '80',
    inputs['front-https'] ?? was?.https ?? '443',
  );
}

async function rebuilt(host: Host): Promise<Table> {
  const claims = await standing(host.engine);
  const table = emptyFor(host, claims[0]);
  return { ...table, apps: Object.fromEntries(claims.map((one) => [one.app, bare(one)])) };
}

/** Looks at a file that may be replaced right now. */
const TURNS = 5;

export interface FrontState {
  table: Table;
  /** The container, if there is one. */
  id: string | undefined;
  running: boolean;
  /** The file was not there: the table is made of what the edges claim. */
  lost: boolean;
}

/**
 * The front as it is. `through` is a container that reaches its volume; without one the front itself is asked, and where
 * there is none the edges tell what they claim.
 */
export async function readFront(host: Host, through?: string): Promise<FrontState> {
  const { engine } = host;
  const info = await inspectContainer(engine, FRONT, 'look at the front door');
  const id = info && !isGoing(info.State.Status) ? info.Id : undefined;
  const running = id !== undefined && info!.State.Running;
  const reader = through ?? id;
  const read = async () => {
    const text = reader && (await getFile(engine, reader, `${FRONT_MOUNT}/${TABLE_FILE}`));
    return text ? parseTable(text.toString('utf8')) : 'there is none';
  };
  let table = await read();
  // An engine replaces a file by removing it first: without the lock we may look at that very moment.
  for (let turn = 0; typeof table === 'string' && id && !through && turn < TURNS; turn++) {
    await host.clock.sleep(100);
    table = await read();
  }
  if (typeof table !== 'string') return { table, id, running, lost: false };
  if (/newer than ours/.test(table)) {
    throw new SeatrialError(
      'FRONT_CONFIG',
      `${host.label}: the front door was last changed by a newer Seatrial (${table}); use that one.`,
    );
  }
  return { table: await rebuilt(host), id, running, lost: true };
}
