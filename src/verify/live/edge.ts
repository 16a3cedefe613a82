import { execIn, openSession } from '../../lib/docker/exec.ts';
import { bornAt } from '../../lib/edge-records.ts';
import { SeatrialError } from '../../lib/errors.ts';
import { type JudgeEvent, USERS, type Version } from '../judge/types.ts';
import type { OpenHost } from './containers.ts';
import { type Admin, LOOPBACK, lookOf, lookWords, type Server } from './edge-admin.ts';
import type { RingPlace } from './ring.ts';

/** One instance of an edge: a container, a task of a Swarm, a pod. */
export interface Told {
  /** Another one, or the same begun anew, has another. */
  edge: string;
  /** What people call it. */
  name: string;
  servers: Server[];
  /** Where it keeps records of requests. */
  ring?: RingPlace;
  /** It should answer and didn't. */
  fault?: unknown;
}

/** What each instance of an edge answered: a host has one, a Swarm one on each node, a cluster some pods. Fails where none did. */
export type AskEdges = (signal: AbortSignal) => Promise<Told[]>;

/** Asks every instance at once; one that is silent is told while another answers. Fails where none does. */
export async function askEach(
  what: string,
  instances: readonly (Pick<Told, 'edge' | 'name'> & { ask(): Promise<Pick<Told, 'servers' | 'ring'>> })[],
): Promise<Told[]> {
  const heard = await Promise.allSettled(instances.map(({ ask }) => ask()));
  const [failed] = heard.filter((answer) => answer.status === 'rejected');
  if (!heard.some(({ status }) => status === 'fulfilled'))
    throw failed?.reason ?? new SeatrialError('EDGE_UNREACHABLE', `${what}: none of it runs; look at its log.`);
  return heard.map((answer, i) => {
    const { edge, name } = instances[i]!;
    if (answer.status === 'fulfilled') return { edge, name, ...answer.value };
    return { edge, name, servers: [], fault: answer.reason ?? new Error('no answer') };
  });
}

/** Asks the edge whose admin socket a container reaches. */
export async function askFrom(
  host: OpenHost,
  container: () => string,
  admin: Admin,
  name: string,
  signal: AbortSignal,
  reloads = false,
): Promise<Pick<Told, 'servers' | 'ring'>> {
  const { stdout } = await execIn(host.engine, container(), lookWords(admin), { timeoutMs: 5000, signal });
  const { servers, keeps } = lookOf(stdout, name);
  const open: RingPlace['open'] = (words, prompt) => openSession(host.engine, container(), words, prompt, { signal });
  return { servers, ring: keeps ? { admin, open, reloads } : undefined };
}

export interface EdgeOptions {
  releaseOf?: (server: string) => string;
  ask?: AskEdges;
  patienceMs?: number;
}

/** So long the instances of a cluster's edge may all be away: one that is made anew ends first, then the next begins. */
export const REPLACED_MS = 30_000;

/** Reads the edge of one place; differences between two readings are users' requests of each version. */
export class Edge {
  readonly host: OpenHost;
  readonly container: string;
  /** Silent for so long it is lost. */
  readonly patienceMs: number;
  readonly #versionOf: (server: string) => Version | undefined;
  readonly #releaseOf: (server: string) => string;
  readonly #ask: AskEdges;
  #last = new Map<string, Server>();
  /** Its instances, as they were last asked. */
  told: readonly Told[] = [];
  /** Servers by instance: of one that goes too, for its last records. */
  readonly #servers = new Map<string, readonly Server[]>();
  /** Our own probes that came through this edge, in all; they are judged as probes and are not users. */
  readonly probes = { requests: 0, failed: 0 };
  #left = { requests: 0, failed: 0 };
  #probesBefore = { requests: 0, failed: 0 };
  /** It keeps records of requests, which are read instead of its counters. */
  recorded = false;

  constructor(
    host: OpenHost,
    container: string,
    versionOf: (server: string) => Version | undefined,
    { releaseOf = () => '', ask, patienceMs = 5000 }: EdgeOptions = {},
  ) {
    this.#releaseOf = releaseOf;
    this.patienceMs = patienceMs;
    this.host = host;
    this.container = container;
    this.#versionOf = versionOf;
    const itself = { edge: container, name: container };
    this.#ask =
      ask ??
      ((signal) => {
        const look = () => askFrom(host, () => container, LOOPBACK, container, signal, true);
        return askEach(container, [{ ...itself, ask: look }]);
      });
  }

  get servers(): Server[] {
    return this.told.flatMap(({ servers }) => servers);
  }

  /** Whom a server of an instance leads to. A place is one release's behind every port, and behind some it may be free. */
  #hostAt(server: string, edge: string): string | undefined {
    const hosts = (this.#servers.get(edge) ?? []).flatMap(({ name, host }) => (name === server ? [host] : []));
    return hosts.find((host) => this.#versionOf(host) !== undefined) ?? hosts[0];
  }

  versionAt(server: string, edge: string): Version | undefined {
    const host = this.#hostAt(server, edge);
    return host === undefined ? undefined : this.#versionOf(host);
  }

  /** When the release of a server began to be made; the place may have been another's before. */
  bornAt(server: string, edge: string): number {
    return bornAt(this.#releaseOf(this.#hostAt(server, edge) ?? ''));
  }

  /** Its instances and their servers as they are; answers whether every one that answers keeps records. */
  async look(signal: AbortSignal): Promise<boolean> {
    this.told = await this.#ask(signal);
    for (const { edge, servers, fault } of this.told) if (!fault) this.#servers.set(edge, servers);
    return this.told.every(({ ring, fault }) => ring ?? fault);
  }

  async read(emit: (event: JudgeEvent) => void, signal: AbortSignal): Promise<void> {
    await this.look(signal);
    if (this.recorded) return;
    const t = Date.now() / 1000;
    // Ours not yet taken out of a count: one still under way at this reading is taken out of the next.
    this.#left.requests += this.probes.requests - this.#probesBefore.requests;
    this.#left.failed += this.probes.failed - this.#probesBefore.failed;
    this.#probesBefore = { ...this.probes };
    const each = this.told.flatMap(({ edge, servers }) =>
      servers.map((s) => [`${edge}/${s.backend}/${s.name}`, s] as const),
    );
    for (const [key, server] of each) {
      const version = this.#versionOf(server.host);
      const before = this.#last.get(key);
      this.#last.set(key, server);
      // A reload or another container in the place starts the count anew.
      if (!version || !before || before.host !== server.host || server.requests < before.requests) continue;
      const requests = this.#users('requests', server.requests - before.requests);
      const errors = Math.min(requests, this.#users('failed', Math.max(0, server.errors - before.errors)));
      for (let i = 0; i < requests; i++)
        emit({ kind: 'request', t, version, endpoint: USERS, ok: i >= errors, ms: Number.NaN });
    }
  }
  /** What remains of a count once our own probes are taken out. */
  #users(what: 'requests' | 'failed', counted: number): number {
    const ours = Math.min(counted, this.#left[what]);
    this.#left[what] -= ours;
    return counted - ours;
  }
}
