import { asSeatrialError, SeatrialError } from '../../../lib/errors.ts';
import { ADMIN_PORT, adminRows } from '../../../lib/haproxy.ts';
import type { Api } from '../../../lib/kubernetes/api.ts';
import { openSession, type Session } from '../../../lib/kubernetes/exec.ts';
import { parseStat, type Stats } from '../../docker/edge/runtime.ts';
import { KeptSession } from '../../kept-session.ts';
import type { SlotName } from '../model.ts';
import { EDGE_CONTAINER } from '../objects/edge.ts';

/** A session is open within a tenth of a second; a node that is gone is told of by nobody. */
const OPEN_MS = 10_000;

/** The one server of a slot, as HAProxy calls it. */
export const serverOf = (slot: SlotName) => `${slot}1`;

/** HAProxy in one pod of the edge, by one session with its administrator's socket kept open. */
export class Gate {
  readonly #api: Api;
  readonly pod: string;
  readonly uid: string;
  readonly #session: KeptSession<Session>;

  constructor(api: Api, pod: string, uid: string) {
    this.#api = api;
    this.pod = pod;
    this.uid = uid;
    this.#session = new KeptSession(() => this.#open());
  }

  async #open(): Promise<Session> {
    const words = ['nc', '127.0.0.1', String(ADMIN_PORT)];
    const session = await openSession(this.#api, this.pod, EDGE_CONTAINER, words, '\n> ', { timeoutMs: OPEN_MS });
    await session.ask('prompt');
    return session;
  }

  async open(): Promise<void> {
    await this.#session.get();
  }

  close(): void {
    this.#session.close();
  }

  /** Asks one command; a session that died is opened anew once: every command of ours may be repeated. */
  async ask(command: string): Promise<string> {
    for (let tries = 1; ; tries++) {
      try {
        return (await (await this.#session.get()).ask(command)).trim();
      } catch (error) {
        this.close();
        const { code } = asSeatrialError(error);
        if (tries === 2 || code === 'TOOL_MISSING') throw error;
      }
    }
  }

  async set(command: string, expected = /^$/): Promise<void> {
    const answer = await this.ask(command);
    if (expected.test(answer)) return;
    throw new SeatrialError('EDGE_REFUSED', `${this.#api.label}: ${this.pod} refused "${command}": ${answer}`);
  }

  async stats(): Promise<Stats> {
    return parseStat(await this.ask('show stat app 6 -1'));
  }

  /** Where the servers lead, by server: `10.96.0.1:3000`. */
  async addresses(): Promise<Map<string, string>> {
    const rows = adminRows(await this.ask('show servers state app'), ' ');
    return new Map(rows.map((row) => [row.get('srv_name') ?? '', `${row.get('srv_addr')}:${row.get('srv_port')}`]));
  }
}
