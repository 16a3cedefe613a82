import { execIn } from '../../lib/docker/exec.ts';
import { bornAt } from '../../lib/edge-records.ts';
import { ADMIN_PORT, adminRows, RING } from '../../lib/haproxy.ts';
import { type JudgeEvent, USERS, type Version } from '../judge/types.ts';
import type { OpenHost } from './containers.ts';

interface Server {
  /** Each published port of the app has one. */
  backend: string;
  name: string;
  host: string;
  port: number;
  weight: number;
  requests: number;
  errors: number;
}

/** A backend of the app: `app`, and `app_9000` behind a further published port. */
const BACKEND = /^app(_\d+)?$/;

/** Servers of the app's backends with what HAProxy counted of each since it started. */
export function parseEdge(stat: string, state: string): Server[] {
  const addresses = new Map(adminRows(state, ' ').map((row) => [`${row.get('be_name')}/${row.get('srv_name')}`, row]));
  return adminRows(stat, ',')
    .filter((row) => BACKEND.test(row.get('pxname') ?? '') && !['FRONTEND', 'BACKEND'].includes(row.get('svname')!))
    .map((row) => {
      const number = (name: string) => Number(row.get(name) || 0);
      const [backend, name] = [row.get('pxname')!, row.get('svname')!];
      const at = addresses.get(`${backend}/${name}`);
      const fqdn = at?.get('srv_fqdn');
      return {
        backend,
        name,
        host: fqdn && fqdn !== '-' ? fqdn : (at?.get('srv_addr') ?? ''),
        port: Number(at?.get('srv_port') ?? 0),
        weight: number('weight'),
        requests: number('stot'),
        errors: number('hrsp_5xx') + number('econ') + number('eresp'),
      };
    });
}

/** What parts the answers of one reading. */
const CUT = '@@';

/** Asks the admin socket that a container reaches at an address; answers in the order of the commands. */
async function askAdmin(
  host: OpenHost,
  container: string,
  { address = '127.0.0.1', port = ADMIN_PORT }: { address?: string; port?: number },
  commands: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const ask = commands.map((command) => `printf '${command}\\n' | nc ${address} ${port}; echo ${CUT}`).join('; ');
  const { stdout } = await execIn(host.engine, container, ['sh', '-c', ask], { timeoutMs: 5000, signal });
  return stdout.split(CUT);
}

/** What each edge of a place answered; a Docker host has one, a Swarm one on each of its nodes. */
export type AskEdges = (signal: AbortSignal) => Promise<{ edge: string; servers: Server[] }[]>;

/** Servers and their counters, of the edge whose admin socket a container reaches at an address. */
export async function askServers(
  host: OpenHost,
  container: string,
  address: string,
  port: number,
  signal: AbortSignal,
): Promise<Server[]> {
  const [stat = '', state = ''] = await askAdmin(
    host,
    container,
    { address, port },
    ['show stat', 'show servers state'],
    signal,
  );
  return parseEdge(stat, state);
}

/** Reads the edge of one host; differences between two readings are users' requests of each version. */
export class Edge {
  readonly host: OpenHost;
  readonly container: string;
  readonly #versionOf: (server: string) => Version | undefined;
  readonly #releaseOf: (server: string) => string;
  readonly #ask: AskEdges | undefined;
  #last = new Map<string, Server>();
  #told: Awaited<ReturnType<AskEdges>> = [];
  /** Our own probes that came through this edge, in all; they are judged as probes and are not users. */
  readonly probes = { requests: 0, failed: 0 };
  #left = { requests: 0, failed: 0 };
  #probesBefore = { requests: 0, failed: 0 };
  servers: Server[] = [];
  /** It keeps records of requests, which are read instead of its counters. */
  recorded = false;

  constructor(
    host: OpenHost,
    container: string,
    versionOf: (server: string) => Version | undefined,
    { releaseOf = () => '', ask }: { releaseOf?: (server: string) => string; ask?: AskEdges } = {},
  ) {
    this.#releaseOf = releaseOf;
    this.host = host;
    this.container = container;
    this.#versionOf = versionOf;
    this.#ask = ask;
  }

  /** It stands for several edges, on a Swarm or in a cluster. */
  get several(): boolean {
    return this.#ask !== undefined;
  }

  /** Whom a server leads to. A place is one release's behind every port, and behind some of them it may be free. */
  #hostAt(server: string): string | undefined {
    const hosts = this.servers.flatMap(({ name, host }) => (name === server ? [host] : []));
    return hosts.find((host) => this.#versionOf(host) !== undefined) ?? hosts[0];
  }

  versionAt(server: string): Version | undefined {
    const host = this.#hostAt(server);
    return host === undefined ? undefined : this.#versionOf(host);
  }

  /** When the release of a server began to be made; the place may have been another's before. */
  bornAt(server: string): number {
    return bornAt(this.#releaseOf(this.#hostAt(server) ?? ''));
  }

  /**
   * Its servers and its worker as they are; answers whether it has a ring that can be read: of several edges that are
   * asked as one, the counters are.
   */
  async look(signal: AbortSignal): Promise<boolean> {
    if (this.#ask) {
      this.#told = await this.#ask(signal);
      this.servers = this.#told.flatMap(({ servers }) => servers);
      return false;
    }
    const asked = ['show stat', 'show servers state', 'show events'];
    const [stat = '', state = '', events = ''] = await askAdmin(this.host, this.container, {}, asked, signal);
    this.servers = parseEdge(stat, state);
    this.#told = [{ edge: this.container, servers: this.servers }];
    return new RegExp(`^\\s*${RING}\\s*:`, 'm').test(events);
  }

  async read(emit: (event: JudgeEvent) => void, signal: AbortSignal): Promise<void> {
    await this.look(signal);
    if (this.recorded) return;
    const t = Date.now() / 1000;
    // Ours not yet taken out of a count: one still under way at this reading is taken out of the next.
    this.#left.requests += this.probes.requests - this.#probesBefore.requests;
    this.#left.failed += this.probes.failed - this.#probesBefore.failed;
    this.#probesBefore = { ...this.probes };
    const each = this.#told.flatMap(({ edge, servers }) =>
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
