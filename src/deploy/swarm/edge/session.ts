import type { Clock } from '../../../lib/clock.ts';
import { type Engine, statusOf } from '../../../lib/docker/engine.ts';
import { type ExecSession, openSession } from '../../../lib/docker/exec.ts';
import { asSeatrialError, SeatrialError } from '../../../lib/errors.ts';
import { ADMIN_NET_PORT, adminRows } from '../../../lib/haproxy.ts';
import { parseStat, type Stats } from '../../docker/edge/runtime.ts';
import { KeptSession } from '../../kept-session.ts';

/** One task of the edge, as it is reached. */
export interface EdgeAt {
  task: string;
  node: string;
  /** What messages call it. */
  name: string;
  /** In the admin network. */
  ip: string;
}

/** An edge task that has just been started takes a while until it listens. */
const STARTS_MS = 10_000;
const AGAIN_MS = 250;
const NOBODY = '255.255.255.255';
const NO_ADDRESS = /address family is only supported through configuration/;
const RESOLVES_MS = 5_000;

/** The admin socket of one edge task, from a container that is in its admin network; kept open for the whole command. */
export class EdgeSession {
  readonly at: EdgeAt;
  readonly #engine: Engine;
  readonly #clock: Clock;
  /** The container to ask from, found anew where a session has died. */
  readonly #from: (anew: boolean) => Promise<string>;
  readonly #session = new KeptSession(() => this.#open());

  constructor(engine: Engine, clock: Clock, at: EdgeAt, from: (anew: boolean) => Promise<string>) {
    this.#engine = engine;
    this.#clock = clock;
    this.at = at;
    this.#from = from;
  }

  async #open(anew = false): Promise<ExecSession> {
    const from = await this.#from(anew);
    try {
      const session = await openSession(this.#engine, from, ['nc', this.at.ip, String(ADMIN_NET_PORT)], '\n> ');
      // One that says nothing would go on waiting in there for as long as we are asked.
      await session.ask('prompt').catch((error) => {
        session.close();
        throw error;
      });
      return session;
    } catch (error) {
      // What we ask from may be a task of the edge that is being replaced.
      if (anew || ![404, 409].includes(statusOf(error))) throw error;
      return this.#open(true);
    }
  }

  async open(): Promise<void> {
    await this.#session.get();
  }

  close(): void {
    this.#session.close();
  }

  /** Asks one command; every command of ours may be repeated. EDGE_UNREACHABLE. */
  async ask(command: string): Promise<string> {
    const end = this.#clock.mono() + STARTS_MS;
    for (;;) {
      try {
        return (await (await this.#session.get()).ask(command)).trim();
      } catch (cause) {
        this.close();
        const { code } = asSeatrialError(cause);
        if (code !== 'EDGE_SESSION') throw cause;
        if (this.#clock.mono() > end) {
          throw new SeatrialError(
            'EDGE_UNREACHABLE',
            `${this.#engine.label}: the edge ${this.at.name} does not answer; look at its log.`,
            { cause },
          );
        }
        await this.#clock.sleep(AGAIN_MS);
      }
    }
  }

  async #set(command: string, expected: RegExp): Promise<void> {
    const answer = await this.ask(command);
    if (expected.test(answer)) return;
    const { name } = this.at;
    throw new SeatrialError('EDGE_REFUSED', `${this.#engine.label}: the edge ${name} refused "${command}": ${answer}`);
  }

  /** Weight of each named server, in order: the ones to gain traffic come first. */
  async setWeights(weights: readonly (readonly [server: string, weight: number])[], sticky: boolean): Promise<void> {
    for (const [name, weight] of weights) {
      await this.#set(`set server app/${name} weight ${weight}`, /^$/);
      if (sticky) await this.#set(`set server app/${name} state ${weight > 0 ? 'ready' : 'maint'}`, /^$/);
    }
  }

  /**
   * Points a server without traffic at a task: by the name its DNS follows, and by address so that it holds at once. One
   * whose last task has gone has no address that HAProxy would let us change: then its name brings one, within a second.
   */
  async point(server: string, { host, ip, port }: { host: string; ip: string; port: number }): Promise<void> {
    await this.#set(`set server app/${server} weight 0`, /^$/);
    await this.#set(`set server app/${server} fqdn ${host}`, /changed|no need|^$/i);
    await this.#set(`set server app/${server} state ready`, /^$/);
    // A task that was begun anew a moment ago has no address yet, and gets one that nobody has until its name tells more.
    const command = `set server app/${server} addr ${ip || NOBODY} port ${port}`;
    const end = this.#clock.mono() + RESOLVES_MS;
    while (NO_ADDRESS.test(await this.ask(command))) {
      if (this.#clock.mono() > end) return;
      await this.#clock.sleep(AGAIN_MS);
    }
    await this.#set(command, /changed|no need/i);
  }

  async vacate(server: string): Promise<void> {
    await this.#set(`set server app/${server} weight 0`, /^$/);
    await this.#set(`set server app/${server} state maint`, /^$/);
  }

  async setMap(file: string, key: string, value: string): Promise<void> {
    await this.#set(`set map ${file} ${key} ${value}`, /^$/);
  }

  async stats(): Promise<Stats> {
    return parseStat(await this.ask('show stat app 6 -1'));
  }

  /** The names the servers are pointed at now, by server; one that nobody is to use has none. */
  async hosts(): Promise<Map<string, string>> {
    const rows = adminRows(await this.ask('show servers state app'), ' ');
    // Bit 1 of the state is a maintenance somebody asked for; the one for want of an address passes by itself.
    const off = (state: string) => (Number(state) & 1) === 1;
    return new Map(
      rows.map((row) => [
        row.get('srv_name') ?? '',
        off(row.get('srv_admin_state') ?? '0') ? '-' : (row.get('srv_fqdn') ?? '-'),
      ]),
    );
  }
}
