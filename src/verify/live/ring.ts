import { randomBytes } from 'node:crypto';
import { systemClock } from '../../lib/clock.ts';
import { type ExecSession, execIn, openSession } from '../../lib/docker/exec.ts';
import type { EdgeRecord } from '../../lib/edge-records.ts';
import { ADMIN_PORT, RING } from '../../lib/haproxy.ts';
import type { OpenHost } from './containers.ts';
import { type Reading, RingTail, readingOf } from './ring-tail.ts';

/** A worker that a reload has replaced still ends what it was asked: its records are read then, and once more at its end. */
const OLD_WORKER_MS = [1000, 10_000] as const;
/** So much is asked for where little is new: some hundred records. */
const LEAST_BYTES = 16_384;
const ALL_BYTES = 2 ** 30;

/** From where a ring can be asked. */
export interface RingPlace {
  host: OpenHost;
  /** In which `sh`, `nc` and `tail` are run. */
  container: string;
  /** Of the admin socket; the container's own without. */
  address?: string;
  port?: number;
}

/** One worker of HAProxy, and what was read of its ring. */
interface Worker {
  pid: string;
  tail: RingTail;
  /** A session with that worker, so that a reload doesn't take its last records away. */
  session: ExecSession | undefined;
}

/**
 * The records of one edge: those it still holds, and those that come. The ring is asked once a second and not followed:
 * to wake a session for each record costs HAProxy several times the request itself, and a whole megabyte half a millisecond.
 * Only its end comes over the line.
 */
export class Ring {
  readonly place: RingPlace;
  readonly #take: (record: EdgeRecord) => void;
  readonly #signal: AbortSignal;
  readonly #begin: number;
  #loop: ExecSession | undefined;
  #worker: Worker | undefined;
  #bytes = LEAST_BYTES;
  readonly #tails: RingTail[] = [];
  readonly #held = new Set<ExecSession>();

  /** Records that ended before `since` (seconds by the edge's clock) are not taken. */
  constructor(place: RingPlace, since: number, take: (record: EdgeRecord) => void, signal: AbortSignal) {
    this.place = place;
    this.#begin = since;
    this.#take = take;
    this.#signal = signal;
  }

  get #admin(): string {
    const { address = '127.0.0.1', port = ADMIN_PORT } = this.place;
    return `nc ${address} ${port}`;
  }

  /** Records that were overwritten before they were read. */
  get lost(): number {
    return this.#tails.reduce((sum, tail) => sum + tail.lost, 0);
  }

  /** How often some were lost of which nobody can tell how many. */
  get gaps(): number {
    return this.#tails.reduce((sum, tail) => sum + tail.gaps, 0);
  }

  /** What it holds of the time before. */
  async past(): Promise<EdgeRecord[]> {
    const ask = `printf 'show events ${RING}\\n' | ${this.#admin}`;
    const { stdout } = await execIn(this.place.host.engine, this.place.container, ['sh', '-c', ask], {
      timeoutMs: 15_000,
      signal: this.#signal,
    });
    return new RingTail(0).take(readingOf(stdout, ALL_BYTES)) ?? [];
  }

  /** Takes what came since it was last called. */
  async read(): Promise<void> {
    for (let bytes = this.#bytes; ; bytes *= 8) {
      const reading = await this.#ask(bytes);
      const worker = await this.#at(reading.pid);
      const records = worker.tail.take(reading);
      if (!records) continue;
      // As much again will come in the next second, and half as much more.
      const held = reading.lines.reduce((sum, line) => sum + line.length + 1, 0);
      const share = records.length / Math.max(1, reading.lines.length);
      this.#bytes = Math.max(LEAST_BYTES, Math.ceil(1.5 * share * held));
      for (const record of records) this.#take(record);
      return;
    }
  }

  async #ask(bytes: number): Promise<Reading> {
    const { host, container } = this.place;
    try {
      if (!this.#loop) {
        // A record must not look like the end of an answer: its path is anybody's.
        const end = `@@${randomBytes(8).toString('hex')}`;
        const answer = `printf 'show events ${RING};show info\\n' | ${this.#admin} | tail -c "$n"; echo ${end}`;
        const loop = ['sh', '-c', `while read -r n; do ${answer}; done`];
        this.#loop = await openSession(host.engine, container, loop, `${end}\n`, { signal: this.#signal });
      }
      return readingOf(await this.#loop.ask(String(bytes)), bytes);
    } catch (cause) {
      // What is late would be the answer to the next question.
      this.#loop?.close();
      this.#loop = undefined;
      throw cause;
    }
  }

  /** The worker that answered; another than before is one that a reload has begun. */
  async #at(pid: string): Promise<Worker> {
    const old = this.#worker;
    if (old?.pid === pid) return old;
    if (old) void this.#retire(old);
    const tail = new RingTail(this.#begin);
    this.#tails.push(tail);
    this.#worker = { pid, tail, session: await this.#hold(pid).catch(() => undefined) };
    return this.#worker;
  }

  async #hold(pid: string): Promise<ExecSession | undefined> {
    const { host, container } = this.place;
    const session = await openSession(host.engine, container, this.#admin.split(' '), '\n> ', { signal: this.#signal });
    this.#held.add(session);
    await session.ask('prompt');
    return new RegExp(`^Pid: ${pid}\\s*$`, 'm').test(await session.ask('show info')) ? session : undefined;
  }

  /** Takes the last records of a worker that a reload has replaced. */
  async #retire({ tail, session }: Worker): Promise<void> {
    let slept = 0;
    try {
      for (const ms of OLD_WORKER_MS) {
        await systemClock.sleep(ms - slept, this.#signal);
        slept = ms;
        if (!session) break;
        const reading = readingOf(await session.ask(`show events ${RING}`, 15_000), ALL_BYTES);
        for (const record of tail.take(reading) ?? []) this.#take(record);
      }
    } catch {
      // It has ended, with all that it was asked.
    }
    if (!session) tail.gaps++;
    session?.close();
  }

  close(): void {
    this.#loop?.close();
    for (const session of this.#held) session.close();
  }
}
