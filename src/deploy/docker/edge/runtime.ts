import { systemClock } from '../../../lib/clock.ts';
import type { Engine } from '../../../lib/docker/engine.ts';
import { type ExecSession, execIn, openSession } from '../../../lib/docker/exec.ts';
import { asSeatrialError, SeatrialError } from '../../../lib/errors.ts';
import { ADMIN_PORT, adminRows, RING } from '../../../lib/haproxy.ts';
import { KeptSession } from '../../kept-session.ts';

/** What HAProxy counts of one server since it started; a weight change keeps it. */
export interface ServerStat {
  backend: string;
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
      backend: row.get('pxname') ?? '',
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
/** What a command answers that was done. */
const NOTHING = /^$/;
/** With the answer that says it was done. */
type Command = readonly [command: string, expected: RegExp];

/** HAProxy's admin socket, by one exec session in prompt mode kept open: a command then takes about 1 ms, not 100. */
export class Runtime {
  readonly #engine: Engine;
  readonly container: string;
  readonly #session = new KeptSession(() => this.#open());

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
    await this.#session.get();
  }

  close(): void {
    this.#session.close();
  }

  /**
   * Asks one command; a session that died, or is with a worker that stops, is opened anew (every command of ours may be
   * repeated). An edge that has just been started, by an engine that came back, takes a while until it listens.
   */
  async ask(command: string, stale?: (answer: string) => boolean): Promise<string> {
    return (await this.#askAll([command], stale))[0]!;
  }

  /** Several commands in one write: HAProxy works them off in a row, within a fraction of a millisecond. */
  async #askAll(
    commands: readonly string[],
    stale: (answer: string) => boolean = (answer) => answer === STOPPING,
  ): Promise<string[]> {
    const end = systemClock.mono() + STARTS_MS;
    for (let tries = 1; ; tries++) {
      try {
        const answers = (await (await this.#session.get()).askAll(commands)).map((answer) => answer.trim());
        if (!answers.some(stale)) return answers;
        throw new SeatrialError('EDGE_SESSION', `${this.#engine.label}: this worker of the edge is stopping.`);
      } catch (cause) {
        this.close();
        const { code } = asSeatrialError(cause);
        if (code === 'TOOL_MISSING' || code === 'SSH_LOST') throw cause;
        if (tries > 1 && code === 'ENGINE_UNREACHABLE') throw cause; // not the edge's fault
        // A session is a process that the engine starts: on a starved host that alone may outlast one question's time.
        const late = code === 'EDGE_SESSION' || code === 'ENGINE_TIMEOUT';
        if (tries > 1 && late && systemClock.mono() < end) {
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

  /** Commands in one write, each with the answer that says it was done. EDGE_REFUSED names the first that was not. */
  async #setAll(commands: readonly Command[]): Promise<void> {
    if (!commands.length) return;
    const answers = await this.#askAll(commands.map(([command]) => command));
    const refused = commands.findIndex(([, expected], i) => !expected.test(answers[i]!));
    if (refused < 0) return;
    throw new SeatrialError(
      'EDGE_REFUSED',
      `${this.#engine.label}: the edge refused "${commands[refused]![0]}": ${answers[refused]}`,
    );
  }

  /** Weight of each server (`app/a1`), all in one write and in order: the ones to gain traffic come first. */
  setWeights(weights: readonly (readonly [server: string, weight: number])[], sticky: boolean): Promise<void> {
    return this.#setAll(
      weights.flatMap(([server, weight]): Command[] => [
        [`set server ${server} weight ${weight}`, NOTHING],
        // A cookie still finds a server of weight 0; in maintenance it doesn't, and what is under way ends in peace.
        ...(sticky
          ? ([[`set server ${server} state ${weight > 0 ? 'ready' : 'maint'}`, NOTHING]] satisfies Command[])
          : []),
      ]),
    );
  }

  /**
   * Points servers at containers, by name for Docker's DNS and by address so that it holds at once; one that is given
   * nobody is taken out of use. None of them has traffic afterwards.
   */
  point(
    servers: readonly (readonly [server: string, at?: { host: string; ip: string; port: number }])[],
  ): Promise<void> {
    return this.#setAll(
      servers.flatMap(([server, at]): Command[] => [
        [`set server ${server} weight 0`, NOTHING],
        ...(at
          ? ([
              [`set server ${server} fqdn ${at.host}`, /changed|no need|^$/i],
              [`set server ${server} addr ${at.ip} port ${at.port}`, /changed|no need/i],
              [`set server ${server} state ready`, NOTHING],
            ] satisfies Command[])
          : ([[`set server ${server} state maint`, NOTHING]] satisfies Command[])),
      ]),
    );
  }

  /** Changes one line of a map that the configuration reads for each request. */
  async setMap(file: string, key: string, value: string): Promise<void> {
    await this.#setAll([[`set map ${file} ${key} ${value}`, NOTHING]]);
  }

  /** Of one backend, or of several together. */
  async stats(backends: readonly string[] = ['app']): Promise<Stats> {
    const all = (await this.#askAll(backends.map((name) => `show stat ${name} 6 -1`))).map(parseStat);
    return {
      servers: all.flatMap(({ servers }) => servers),
      errors5xx: all.reduce((sum, { errors5xx }) => sum + errors5xx, 0),
    };
  }

  async stat(): Promise<ServerStat[]> {
    return (await this.stats()).servers;
  }

  /** Comes back once the worker we talk to takes users' requests: one that stops still tells its weights. */
  async takesRequests(): Promise<void> {
    await this.ask('show stat public 1 -1', (answer) => !/^public,FRONTEND,.*,OPEN,/m.test(answer));
  }

  /** The records it holds; a worker that a reload has begun holds none of the time before. */
  records(): Promise<string> {
    return this.ask(`show events ${RING}`);
  }

  /** The names the servers are pointed at now, by server. */
  async hosts(backend = 'app'): Promise<Map<string, string>> {
    const rows = adminRows(await this.ask(`show servers state ${backend}`), ' ');
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
