import { systemClock } from '../../../lib/clock.ts';
import type { Engine } from '../../../lib/docker/engine.ts';
import { type ExecSession, execIn, openSession } from '../../../lib/docker/exec.ts';
import { asSeatrialError, SeatrialError } from '../../../lib/errors.ts';
import { ADMIN_PORT, adminRows } from '../../../lib/haproxy.ts';

/** What HAProxy counts of one server since it started; a weight change keeps it. */
export interface ServerStat {
  name: string;
  weight: number;
  status: string;
  /** Requests now on it. */
  busy: number;
  requests: number;
  ok: number;
  errors5xx: number;
  /** Connections refused or timed out. */
  connectErrors: number;
  responseErrors: number;
}

export interface Stats {
  servers: ServerStat[];
  /** 5xx answers in all: those of the servers, and those the edge had to give in their stead. */
  errors5xx: number;
}

/** What `show stat` answers of one proxy. */
export function parseStat(csv: string): Stats {
  const rows = adminRows(csv, ',');
  const number = (row: Map<string, string>, name: string) => Number(row.get(name) || 0);
  const total = rows.find((row) => row.get('svname') === 'BACKEND');
  const servers = rows
    .filter((row) => row !== total)
    .map((row) => ({
      name: row.get('svname') ?? '',
      weight: number(row, 'weight'),
      status: row.get('status') ?? '',
      busy: number(row, 'scur'),
      requests: number(row, 'stot'),
      ok: number(row, 'hrsp_2xx') + number(row, 'hrsp_3xx') + number(row, 'hrsp_4xx'),
      errors5xx: number(row, 'hrsp_5xx'),
      connectErrors: number(row, 'econ'),
      responseErrors: number(row, 'eresp'),
    }));
  return { servers, errors5xx: total ? number(total, 'hrsp_5xx') : 0 };
}

/** Names that don't resolve hold HAProxy's start up for as long as its resolver tries: without a DNS, 20 s for each. */
const STARTS_MS = 45_000;
const AGAIN_MS = 250;
/** What a worker says that has given its sockets away or is told to end. */
const STOPPING = 'Proxy is disabled.';

/** HAProxy's admin socket, by one exec session in prompt mode kept open: a command then takes about 1 ms, not 100. */
export class Runtime {
  readonly #engine: Engine;
  readonly container: string;
  #session: Promise<ExecSession> | undefined;

  constructor(engine: Engine, container: string) {
    this.#engine = engine;
    this.container = container;
  }

  async #open(): Promise<ExecSession> {
    const session = await openSession(this.#engine, this.container, ['nc', '127.0.0.1', String(ADMIN_PORT)], '\n> ');
    await session.ask('prompt');
    return session;
  }

  /** Opens the session ahead of need. */
  async open(): Promise<void> {
    this.#session ??= this.#open();
    await this.#session;
  }

  close(): void {
    this.#session?.then(
      (session) => session.close(),
      () => undefined, // one that never opened has nothing to close
    );
    this.#session = undefined;
  }

  /**
   * Asks one command; a session that died, or is with a worker that stops, is opened anew (every command of ours may be
   * repeated). An edge that has just been started, by an engine that came back, takes a while until it listens.
   */
  async ask(command: string, stale: (answer: string) => boolean = (answer) => answer === STOPPING): Promise<string> {
    const end = systemClock.mono() + STARTS_MS;
    for (let tries = 1; ; tries++) {
      try {
        this.#session ??= this.#open();
        const answer = (await (await this.#session).ask(command)).trim();
        if (!stale(answer)) return answer;
        throw new SeatrialError('EDGE_SESSION', `${this.#engine.label}: this worker of the edge is stopping.`);
      } catch (cause) {
        this.close();
        const { code } = asSeatrialError(cause);
        if (code === 'TOOL_MISSING' || code === 'SSH_LOST') throw cause;
        if (tries > 1 && code === 'ENGINE_UNREACHABLE') throw cause; // not the edge's fault
        if (tries > 1 && code === 'EDGE_SESSION' && systemClock.mono() < end) {
          await systemClock.sleep(AGAIN_MS);
        } else if (tries > 1) {
          throw new SeatrialError(
            'EDGE_UNREACHABLE',
            `${this.#engine.label}: the edge ${this.container} does not answer; look at its log.`,
            { cause },
          );
        }
      }
    }
  }

  async #set(command: string, expected: RegExp): Promise<void> {
    const answer = await this.ask(command);
    if (!expected.test(answer)) {
      throw new SeatrialError('EDGE_REFUSED', `${this.#engine.label}: the edge refused "${command}": ${answer}`);
    }
  }

  /** Weight of each named server, in order: the ones to gain traffic come first. */
  async setWeights(weights: readonly (readonly [server: string, weight: number])[], sticky: boolean): Promise<void> {
    for (const [name, weight] of weights) {
      await this.#set(`set server app/${name} weight ${weight}`, /^$/);
      // A cookie still finds a server of weight 0; in maintenance it doesn't, and what is under way ends in peace.
      if (sticky) await this.#set(`set server app/${name} state ${weight > 0 ? 'ready' : 'maint'}`, /^$/);
    }
  }

  /** Points a server at a container: by name for Docker's DNS, and by address so that it holds at once. */
  async point(server: string, host: string, ip: string, port: number): Promise<void> {
    await this.#set(`set server app/${server} weight 0`, /^$/);
    await this.#set(`set server app/${server} fqdn ${host}`, /changed|no need|^$/i);
    await this.#set(`set server app/${server} addr ${ip} port ${port}`, /changed|no need/i);
    await this.#set(`set server app/${server} state ready`, /^$/);
  }

  /** Takes a server out of use. */
  async vacate(server: string): Promise<void> {
    await this.#set(`set server app/${server} weight 0`, /^$/);
    await this.#set(`set server app/${server} state maint`, /^$/);
  }

  /** Changes one line of a map that the configuration reads for each request. */
  async setMap(file: string, key: string, value: string): Promise<void> {
    await this.#set(`set map ${file} ${key} ${value}`, /^$/);
  }

  async stats(): Promise<Stats> {
    return parseStat(await this.ask('show stat app 6 -1'));
  }

  async stat(): Promise<ServerStat[]> {
    return (await this.stats()).servers;
  }

  /** Comes back once the worker we talk to takes users' requests: one that stops still tells its weights. */
  async takesRequests(): Promise<void> {
    await this.ask('show stat public 1 -1', (answer) => !/^public,FRONTEND,.*,OPEN,/m.test(answer));
  }

  /** The names the servers are pointed at now, by server. */
  async hosts(): Promise<Map<string, string>> {
    const rows = adminRows(await this.ask('show servers state app'), ' ');
    return new Map(rows.map((row) => [row.get('srv_name') ?? '', row.get('srv_fqdn') ?? '-']));
  }

  /** Checks a configuration file inside the edge; EDGE_CONFIG with HAProxy's own words when it is refused. */
  async check(file: string): Promise<void> {
    const { exitCode, stdout, stderr } = await execIn(this.#engine, this.container, ['haproxy', '-c', '-f', file]);
    if (exitCode === 0) return;
    const words = `${stdout}${stderr}`
      .split('\n')
      .filter((line) => /ALERT|error/i.test(line))
      .join(' ');
    throw new SeatrialError(
      'EDGE_CONFIG',
      `${this.#engine.label}: HAProxy refuses the configuration: ${words.slice(0, 500)}`,
    );
  }
}
