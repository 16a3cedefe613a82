import { SeatrialError } from '../../lib/errors.ts';
import { formatDuration } from '../../lib/units.ts';
import type { Cluster } from './cluster.ts';
import { begun, type Obstacle, shortage } from './tasks.ts';

/** A node may come back, or another task make room: so long it is waited for one that takes a task. */
const SHORT_MS = 15_000;
/** A large image over a slow line. */
const PULL_MS = 900_000;
/** One that has a health check is called running when that has succeeded: that is for the gate to wait for. */
const STARTING_MS = 3_000;
const EVERY_MS = 150;
const SAY_EVERY_MS = 10_000;

export interface Awaited {
  service: string;
  /** As messages call it. */
  name: string;
  slots: number;
  /** Ids of tasks that were there before. */
  before: ReadonlySet<string>;
  /** The port that is asked for on nodes. */
  publish?: string;
}

/** Why tasks can't be begun, as an error. Pure. */
export function failure(
  label: string,
  { name, publish }: Pick<Awaited, 'name' | 'publish'>,
  obstacle: Obstacle,
  node = '',
): SeatrialError {
  const on = node ? ` on node ${node}` : '';
  const { kind, said } = obstacle;
  if (kind === 'image') {
    return new SeatrialError(
      'IMAGE_MISSING',
      `${label}: ${name} can't be started${on}: ${said}; check the name and the login, and that this node reaches the registry.`,
    );
  }
  if (kind === 'port') {
    return new SeatrialError(
      'PORT_TAKEN',
      `${label}: port ${publish ?? ''} is taken${on} (${said}); choose another publish, free it, or keep the edge off that node with edge-placement.`,
    );
  }
  if (kind === 'capacity') {
    const placed = /constraint/i.test(said);
    const cure = placed
      ? 'loosen placement (or edge-placement), or label a node'
      : 'make room, add a node, or ask for less';
    return new SeatrialError('NO_CAPACITY', `${label}: no node takes ${name}: ${shortage(said)}; ${cure}.`);
  }
  return new SeatrialError(
    'DEPLOY_UNHEALTHY',
    `${label}: ${name} can't be started${on}: ${said || 'the node refused it without a word'}; mend it and deploy again.`,
  );
}

/**
 * Comes back when every slot of a service has a task that runs, or has run; what nothing will come of is told at once.
 * The time an image takes to be pulled is not the gate's. IMAGE_MISSING, PORT_TAKEN, NO_CAPACITY, DEPLOY_UNHEALTHY.
 */
export async function untilBegun(cluster: Cluster, awaited: Awaited): Promise<void> {
  const { clock, api, label } = cluster;
  const started = clock.mono();
  let short: number | undefined;
  let starting: number | undefined;
  let told = started;
  for (;;) {
    const tasks = (await api.tasks([awaited.service], cluster.signal)).filter(({ ID }) => !awaited.before.has(ID));
    const seen = begun(tasks, awaited.slots);
    const now = clock.mono();
    if (seen.kind === 'up') return;
    if (seen.kind === 'stuck') {
      const { obstacle } = seen;
      const id = 'node' in obstacle ? obstacle.node : undefined;
      const node = id ? ((await cluster.nodes()).get(id)?.Description.Hostname ?? id) : '';
      throw failure(label, awaited, obstacle, node);
    }
    starting = seen.kind === 'starting' ? (starting ?? now) : undefined;
    if (starting !== undefined && now - starting >= STARTING_MS) return;
    const said = seen.kind === 'wait' ? seen.short : undefined;
    short = said === undefined ? undefined : (short ?? now);
    if (short !== undefined && now - short >= SHORT_MS) {
      const kind = /host-mode port already in use/.test(said!) ? 'port' : 'capacity';
      throw failure(label, awaited, { kind, said: said! });
    }
    if (now - started > PULL_MS) {
      throw new SeatrialError(
        'ENGINE_TIMEOUT',
        `${label}: ${awaited.name} was not begun within ${formatDuration(PULL_MS)}: ${seen.said}; look at docker service ps ${awaited.name}.`,
      );
    }
    if (now - told >= SAY_EVERY_MS) {
      told = now;
      cluster.say(`${awaited.name}: ${seen.said}${said ? `; ${said}` : ''}`);
    }
    await clock.sleep(EVERY_MS, cluster.signal);
    await cluster.guard();
  }
}
