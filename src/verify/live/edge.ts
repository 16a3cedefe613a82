import { execIn } from '../../lib/docker/exec.ts';
import { ADMIN_PORT, adminRows } from '../../lib/haproxy.ts';
import { type JudgeEvent, USERS, type Version } from '../judge/types.ts';
import type { OpenHost } from './containers.ts';

interface Server {
  name: string;
  host: string;
  port: number;
  weight: number;
  requests: number;
  errors: number;
}

/** Servers of backend `app` with what HAProxy counted of each since it started. */
export function parseEdge(stat: string, state: string): Server[] {
  const addresses = new Map(adminRows(state, ' ').map((row) => [row.get('srv_name'), row]));
  return adminRows(stat, ',')
    .filter((row) => row.get('pxname') === 'app' && row.get('svname') !== 'BACKEND')
    .map((row) => {
      const number = (name: string) => Number(row.get(name) || 0);
      const name = row.get('svname')!;
      const at = addresses.get(name);
      const fqdn = at?.get('srv_fqdn');
      return {
        name,
        host: fqdn && fqdn !== '-' ? fqdn : (at?.get('srv_addr') ?? ''),
        port: Number(at?.get('srv_port') ?? 0),
        weight: number('weight'),
        requests: number('stot'),
        errors: number('hrsp_5xx') + number('econ') + number('eresp'),
      };
    });
}

/** What each edge of a place answered; a Docker host has one, a Swarm one on each of its nodes. */
export type AskEdges = (signal: AbortSignal) => Promise<{ edge: string; servers: Server[] }[]>;

/** Asks the admin socket that a container reaches at an address. */
export async function askAdmin(
  host: OpenHost,
  container: string,
  address: string,
  port: number,
  signal: AbortSignal,
): Promise<Server[]> {
  const at = `nc ${address} ${port}`;
  const ask = `printf 'show stat\\n' | ${at}; echo; printf 'show servers state app\\n' | ${at}`;
  const { stdout } = await execIn(host.engine, container, ['sh', '-c', ask], { timeoutMs: 5000, signal });
  const cut = stdout.indexOf('# be_id');
  return parseEdge(cut < 0 ? stdout : stdout.slice(0, cut), cut < 0 ? '' : stdout.slice(cut));
}

const alone =
  (host: OpenHost, container: string): AskEdges =>
  async (signal) => [{ edge: container, servers: await askAdmin(host, container, '127.0.0.1', ADMIN_PORT, signal) }];

/** Reads the edge of one host; differences between two readings are users' requests of each version. */
export class Edge {
  readonly host: OpenHost;
  readonly container: string;
  readonly #versionOf: (server: string) => Version | undefined;
  readonly #ask: AskEdges;
  #last = new Map<string, Server>();
  /** Our own probes that came through this edge, in all; they are judged as probes and are not users. */
  readonly probes = { requests: 0, failed: 0 };
  #left = { requests: 0, failed: 0 };
  #probesBefore = { requests: 0, failed: 0 };
  servers: Server[] = [];

  constructor(
    host: OpenHost,
    container: string,
    versionOf: (server: string) => Version | undefined,
    ask: AskEdges = alone(host, container),
  ) {
    this.host = host;
    this.container = container;
    this.#versionOf = versionOf;
    this.#ask = ask;
  }

  async read(emit: (event: JudgeEvent) => void, signal: AbortSignal): Promise<void> {
    const told = await this.#ask(signal);
    this.servers = told.flatMap(({ servers }) => servers);
    const t = Date.now() / 1000;
    // Ours not yet taken out of a count: one still under way at this reading is taken out of the next.
    this.#left.requests += this.probes.requests - this.#probesBefore.requests;
    this.#left.failed += this.probes.failed - this.#probesBefore.failed;
    this.#probesBefore = { ...this.probes };
    for (const [key, server] of told.flatMap(({ edge, servers }) =>
      servers.map((s) => [`${edge}/${s.name}`, s] as const),
    )) {
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
