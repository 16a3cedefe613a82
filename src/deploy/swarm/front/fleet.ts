import { addressesOf, isWanted, type Task } from '../../../lib/docker/swarm.ts';
import { adminRows } from '../../../lib/haproxy.ts';
import { parseStat } from '../../docker/edge/runtime.ts';
import { backendOf, FRONT } from '../../front/names.ts';
import type { Cluster } from '../cluster.ts';
import { Fleet } from '../edge/fleet.ts';
import type { EdgeSession } from '../edge/session.ts';
import { PLACE } from './names.ts';

/** All tasks of some services of the front, by their admin sessions. */
export class FrontFleet {
  readonly #cluster: Cluster;
  readonly #services: readonly string[];
  readonly #fleet: Fleet;
  tasks: readonly Task[] = [];

  constructor(cluster: Cluster, services: readonly string[], image: string) {
    this.#cluster = cluster;
    this.#services = services;
    const running = () => this.running();
    const { engine, clock, label, node, login, api } = cluster;
    this.#fleet = new Fleet({
      ...{ engine, clock, label, node, login, api, ...PLACE, asked: FRONT },
      get edges() {
        return running();
      },
      listing: { releases: [] },
      say: (line) => cluster.say(line),
      edgeImage: () => image,
      refresh: () => this.refresh(),
    });
  }

  running(): Task[] {
    return this.tasks.filter((task) => isWanted(task) && task.Status.State === 'running');
  }

  /** The service that the task of a session is of. */
  serviceOf({ at }: EdgeSession): string | undefined {
    return this.tasks.find(({ ID }) => ID === at.task)?.ServiceID;
  }

  /** Addresses of those that run, on every network. */
  get addresses(): Set<string> {
    return new Set(this.running().flatMap(addressesOf));
  }

  async refresh(): Promise<void> {
    this.tasks = await this.#cluster.api.tasks(this.#services, this.#cluster.signal);
  }

  /** EDGE_UNREACHABLE where one that is there is silent. */
  async each<T>(work: (session: EdgeSession) => Promise<T>): Promise<T[]> {
    await this.refresh();
    return this.#fleet.each(work);
  }

  close(): Promise<void> {
    return this.#fleet.close();
  }
}

/** Does something with tasks of services of the front, and ends its sessions. */
export async function withFleet<T>(
  cluster: Cluster,
  services: readonly string[],
  image: string,
  work: (fleet: FrontFleet) => Promise<T>,
): Promise<T> {
  const fleet = new FrontFleet(cluster, services, image);
  try {
    return await work(fleet);
  } finally {
    await fleet.close();
  }
}

/** Whether a door reaches the edge of an app: one of its tasks that takes connections is enough. */
export async function reaches(session: EdgeSession, app: string): Promise<boolean> {
  const { servers } = parseStat(await session.ask(`show stat ${backendOf(app)} 4 -1`));
  return servers.some(({ status }) => /^UP/.test(status));
}

export interface Led {
  name: string;
  /** Empty for one without an address. */
  ip: string;
  weight: number;
}

/** Where the servers of a backend lead to now. */
export async function ledTo(session: EdgeSession, backend: string): Promise<Led[]> {
  const rows = adminRows(await session.ask(`show servers state ${backend}`), ' ');
  return rows.map((row) => ({
    name: row.get('srv_name') ?? '',
    ip: (row.get('srv_addr') ?? '').replace(/^-$/, ''),
    weight: Number(row.get('srv_uweight') ?? 0),
  }));
}
