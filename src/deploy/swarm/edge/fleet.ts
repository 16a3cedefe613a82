import type { Clock } from '../../../lib/clock.ts';
import type { Engine } from '../../../lib/docker/engine.ts';
import { addressIn, type Task } from '../../../lib/docker/swarm.ts';
import { asSeatrialError, SeatrialError } from '../../../lib/errors.ts';
import { loginOf, type RegistryLogin } from '../../docker/image.ts';
import type { ReleaseService } from '../listing.ts';
import { adminNetworkName, edgeName, tasksName } from '../names.ts';
import { startOperator, stopOperator } from '../operator.ts';
import { EdgeSession } from './session.ts';
import { sharesOf } from './shares.ts';

/** What the fleet has to know of its Swarm. */
export interface Sea {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly label: string;
  readonly app: string;
  readonly environment: string;
  /** The node whose engine we speak to. */
  readonly node: string;
  /** Tasks of the edge that take users' requests. */
  readonly edges: readonly Task[];
  readonly listing: { readonly releases: readonly ReleaseService[] };
  readonly context: { readonly inputs: RegistryLogin };
  edgeImage(): string;
  refresh(): Promise<void>;
}

/** All tasks of the edge, on whatever nodes: each has users of its own, and all are to say the same. */
export class Fleet {
  readonly #sea: Sea;
  readonly #sessions = new Map<string, EdgeSession>();
  #operator: Promise<string> | undefined;

  constructor(sea: Sea) {
    this.#sea = sea;
  }

  /**
   * A container on the manager's own node that is in the app's networks: a task of the edge, else one of this run.
   * `anew`: the one known so far is gone.
   */
  async inside(anew = false): Promise<string> {
    const sea = this.#sea;
    if (anew) {
      await sea.refresh();
      const operator = await this.#operator;
      this.#operator = undefined;
      if (operator) await stopOperator(sea.engine, operator);
    }
    const near = sea.edges.find(({ NodeID }) => NodeID === sea.node)?.Status.ContainerStatus?.ContainerID;
    if (near) return near;
    if (!this.#operator) {
      const image = sea.edgeImage();
      this.#operator = startOperator(sea.engine, sea, image, loginOf(sea.context.inputs, image));
      this.#operator.catch(() => {
        this.#operator = undefined;
      });
    }
    return this.#operator;
  }

  /** A session with each task of the edge. */
  sessions(): EdgeSession[] {
    const { edges, app, engine, clock } = this.#sea;
    for (const [id, session] of this.#sessions) {
      if (edges.some(({ ID }) => ID === id)) continue;
      session.close();
      this.#sessions.delete(id);
    }
    return edges.map((task) => {
      const known = this.#sessions.get(task.ID);
      if (known) return known;
      const at = {
        task: task.ID,
        name: `${edgeName(app)} on node ${task.NodeID ?? ''}`,
        ip: addressIn(task, adminNetworkName(app)),
      };
      const session = new EdgeSession(engine, clock, at, (anew) => this.inside(anew));
      this.#sessions.set(task.ID, session);
      return session;
    });
  }

  /**
   * Does something with every task of the edge at once. Where one went away meanwhile, those that are there now are all
   * asked again. EDGE_UNREACHABLE where one that is there does not answer.
   */
  async each<T>(work: (session: EdgeSession) => Promise<T>): Promise<T[]> {
    const sea = this.#sea;
    for (let tries = 1; ; tries++) {
      const sessions = this.sessions();
      if (!sessions.length) {
        throw new SeatrialError(
          'EDGE_UNREACHABLE',
          `${sea.label}: no task of ${edgeName(sea.app)} runs; look at docker service ps ${edgeName(sea.app)}.`,
        );
      }
      const results = await Promise.allSettled(sessions.map(work));
      const failed = results.find((result) => result.status === 'rejected');
      if (!failed) return results.map((result) => (result as PromiseFulfilledResult<T>).value);
      if (tries === 3 || !asSeatrialError(failed.reason).code.startsWith('EDGE_')) throw failed.reason;
      const before = sea.edges.map(({ ID }) => ID).join();
      await sea.refresh();
      if (sea.edges.map(({ ID }) => ID).join() === before) throw failed.reason;
    }
  }

  /** Share of traffic by release: each edge has its own users, so what is said of all is their mean. */
  async shares(): Promise<Map<string, number>> {
    const { app, listing } = this.#sea;
    const names = new Map(listing.releases.map(({ release }) => [tasksName(app, release), release]));
    const told = await this.each(async (session) => {
      const { servers } = await session.stats();
      return sharesOf(servers, await session.hosts(), names);
    });
    const shares = new Map<string, number>();
    for (const one of told)
      for (const [release, share] of one) shares.set(release, (shares.get(release) ?? 0) + share / told.length);
    return shares;
  }

  async close(): Promise<void> {
    for (const session of this.#sessions.values()) session.close();
    this.#sessions.clear();
    const operator = await this.#operator?.catch(() => undefined);
    this.#operator = undefined;
    if (operator) await stopOperator(this.#sea.engine, operator);
  }
}
