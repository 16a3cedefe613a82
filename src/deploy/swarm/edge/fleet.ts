import type { Clock } from '../../../lib/clock.ts';
import type { Engine } from '../../../lib/docker/engine.ts';
import { addressIn, type Node, type Task } from '../../../lib/docker/swarm.ts';
import { asSeatrialError, SeatrialError } from '../../../lib/errors.ts';
import type { RegistryLogin } from '../../docker/image.ts';
import type { ReleaseService } from '../listing.ts';
import { adminNetworkName, edgeName, tasksName } from '../names.ts';
import { removeOurs, startOperator } from '../operator.ts';
import { EdgeSession } from './session.ts';
import { sharesOf } from './shares.ts';

/** What the fleet has to know of its Swarm. */
export interface Sea {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly label: string;
  readonly app: string;
  readonly environment: string;
  /** The service whose tasks are asked, as messages name it; the app's edge where it says none. */
  readonly asked?: string;
  /** The node whose engine we speak to. */
  readonly node: string;
  /** Tasks of the edge that take users' requests. */
  readonly edges: readonly Task[];
  readonly listing: { readonly releases: readonly ReleaseService[] };
  /** Shown to the registry it is for, and to no other. */
  readonly login: RegistryLogin;
  readonly api: { nodes(): Promise<Node[]> };
  say(line: string): void;
  edgeImage(): string;
  refresh(): Promise<void>;
}

/** A Swarm calls a node down some 15 s after its last word (swarmkit, heartbeat of 5 s, three of which may be missed). */
const LOST_MS = 40_000;
const AGAIN_MS = 500;

const mayPass = (reason: unknown) => {
  const { code } = asSeatrialError(reason);
  return code === 'EDGE_UNREACHABLE' || code === 'EDGE_SESSION' || code === 'ENGINE_TIMEOUT';
};

/** All tasks of the edge, on whatever nodes: each has users of its own, and all are to say the same. */
export class Fleet {
  readonly #sea: Sea;
  readonly #sessions = new Map<string, EdgeSession>();
  /** Tasks on nodes that went down in this run. */
  readonly #lost = new Set<string>();
  /** Tasks that did not come up while they were waited for. */
  readonly slow = new Set<string>();
  #operator: Promise<string> | undefined;

  constructor(sea: Sea) {
    this.#sea = sea;
  }

  get #asked(): string {
    return this.#sea.asked ?? edgeName(this.#sea.app);
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
      if (operator) await removeOurs(sea.engine, operator);
    }
    const near = sea.edges.find(({ NodeID }) => NodeID === sea.node)?.Status.ContainerStatus?.ContainerID;
    if (near) return near;
    if (!this.#operator) {
      const image = sea.edgeImage();
      this.#operator = startOperator(sea.engine, sea, image, sea.login);
      this.#operator.catch(() => {
        this.#operator = undefined;
      });
    }
    return this.#operator;
  }

  /** A session with each task of the edge. */
  sessions(): EdgeSession[] {
    const { app, engine, clock } = this.#sea;
    const edges = this.#sea.edges.filter(({ ID }) => !this.#lost.has(ID));
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
        node: task.NodeID ?? '',
        name: `${this.#asked} on node ${task.NodeID ?? ''}`,
        ip: addressIn(task, adminNetworkName(app)),
      };
      const session = new EdgeSession(engine, clock, at, (anew) => this.inside(anew));
      this.#sessions.set(task.ID, session);
      return session;
    });
  }

  /**
   * Does something with every task of the edge at once. What one answers that comes and goes meanwhile does not count. A
   * node that was lost a moment ago is still called ready: one that does not answer is asked until the Swarm knows more,
   * and is left out then, as what it serves nobody here can change. EDGE_UNREACHABLE where one that is there is silent.
   */
  async each<T>(work: (session: EdgeSession) => Promise<T>): Promise<T[]> {
    const sea = this.#sea;
    const done = new Map<string, T>();
    const end = sea.clock.mono() + LOST_MS;
    for (;;) {
      const sessions = this.sessions().filter(({ at }) => !done.has(at.task));
      const results = await Promise.allSettled(sessions.map(work));
      const failed: { session: EdgeSession; reason: unknown }[] = [];
      for (const [i, result] of results.entries()) {
        const session = sessions[i]!;
        if (result.status === 'fulfilled') done.set(session.at.task, result.value);
        else failed.push({ session, reason: result.reason });
      }
      if (!failed.length && done.size) return [...done.values()];
      const grave = failed.find(({ reason }) => !mayPass(reason));
      if (grave) throw grave.reason;
      if (sea.clock.mono() > end) {
        throw (
          failed[0]?.reason ??
          new SeatrialError(
            'EDGE_UNREACHABLE',
            `${sea.label}: no task of ${this.#asked} runs; look at docker service ps ${this.#asked}.`,
          )
        );
      }
      await sea.clock.sleep(AGAIN_MS);
      await sea.refresh();
      const ready = new Set(
        (await sea.api.nodes()).filter(({ Status }) => Status.State === 'ready').map(({ ID }) => ID),
      );
      for (const { session } of failed) {
        if (ready.has(session.at.node)) continue;
        this.#lost.add(session.at.task);
        sea.say(
          `${session.at.name} can't be asked, as that node is down; what it may still serve can't be changed from here`,
        );
      }
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
    if (operator) await removeOurs(this.#sea.engine, operator);
  }
}
