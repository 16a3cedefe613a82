import { execIn, followExec } from '../../lib/docker/exec.ts';
import { type EdgeRecord, parseRecord } from '../../lib/edge-records.ts';
import { ADMIN_PORT, RING } from '../../lib/haproxy.ts';
import type { Edge } from './edge.ts';

const NC = ['nc', '127.0.0.1', String(ADMIN_PORT)];
/** A worker that a reload has replaced still ends what it was asked: so long its records are read. */
const OLD_WORKER_MS = 10_000;

/** Takes text in pieces and gives its records; what is no record is left out. */
export function createLines(take: (record: EdgeRecord) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      const record = parseRecord(line);
      if (record) take(record);
    }
  };
}

/** The records of one edge: those it still holds, and those that come. */
export class Ring {
  readonly edge: Edge;
  readonly #take: (record: EdgeRecord) => void;
  readonly #signal: AbortSignal;
  /** Records that ended before are not for us; seconds by the edge's clock. */
  readonly #begin: number;
  #pid = '';
  /** The last record that its worker gave. */
  #last: number;
  #closed = new AbortController();
  #open: { ended: Promise<void>; close(): void } | undefined;
  /** Records that came faster than they were read, by worker. */
  readonly #lost = new Map<string, number>();
  #lostBefore = Number.NaN;

  constructor(edge: Edge, since: number, take: (record: EdgeRecord) => void, signal: AbortSignal) {
    this.edge = edge;
    this.#begin = since;
    this.#last = since;
    this.#take = take;
    this.#signal = signal;
  }

  /** What it holds of the time before. */
  async past(): Promise<EdgeRecord[]> {
    const found: EdgeRecord[] = [];
    const ask = `printf 'show events ${RING}\\n' | nc 127.0.0.1 ${ADMIN_PORT}`;
    const { stdout } = await execIn(this.edge.host.engine, this.edge.container, ['sh', '-c', ask], {
      timeoutMs: 15_000,
      signal: this.#signal,
    });
    createLines((record) => found.push(record))(stdout);
    return found;
  }

  get lost(): number {
    return [...this.#lost.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Follows the worker that takes requests, as the edge was last looked at; called again, it follows a reload. */
  async follow(): Promise<void> {
    const { pid, dropped } = this.edge;
    if (Number.isNaN(this.#lostBefore)) this.#lostBefore = dropped;
    if (pid !== this.#pid && this.#pid !== '') this.#lostBefore = 0;
    this.#lost.set(pid, Math.max(0, dropped - this.#lostBefore));
    if (this.#open && pid === this.#pid) return;
    this.#retire();
    if (pid !== this.#pid) this.#last = this.#begin;
    this.#pid = pid;
    // What is held is sent first: it tells what came while nobody was listening. What was read is sent again.
    const since = this.#last;
    const take = (record: EdgeRecord) => {
      if (record.at <= since) return;
      if (pid === this.#pid) this.#last = Math.max(this.#last, record.at);
      this.#take(record);
    };
    const { engine } = this.edge.host;
    const options = { signal: this.#signal };
    const open = await followExec(
      engine,
      this.edge.container,
      NC,
      `show events ${RING} -w\n`,
      createLines(take),
      options,
    );
    this.#open = open;
    void open.ended.then(() => {
      if (this.#open === open) this.#open = undefined;
    });
  }

  #retire(): void {
    const old = this.#open;
    if (!old) return;
    const timer = setTimeout(old.close, OLD_WORKER_MS);
    this.#closed.signal.addEventListener('abort', old.close);
    void old.ended.then(() => clearTimeout(timer));
  }

  close(): void {
    this.#closed.abort();
    this.#open?.close();
  }
}
