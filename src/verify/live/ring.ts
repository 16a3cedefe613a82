import { randomBytes } from 'node:crypto';
import { systemClock } from '../../lib/clock.ts';
import type { ExecSession } from '../../lib/docker/exec.ts';
import type { EdgeRecord } from '../../lib/edge-records.ts';
import { SeatrialError } from '../../lib/errors.ts';
import { RING } from '../../lib/haproxy.ts';
import type { Admin } from './edge-admin.ts';
import { type Reading, RingTail, readingOf } from './ring-tail.ts';

/** A worker that a reload has replaced still ends what it was asked: its records are read then, and once more at its end. */
const OLD_WORKER_MS = [1000, 10_000] as const;
/** So much is asked for where little is new: some hundred records. */
const LEAST_BYTES = 16_384;
/** More than a ring holds. */
const ALL_BYTES = 2 ** 22;

/** A program that answers each line. */
type Session = Pick<ExecSession, 'ask' | 'close'>;

/** From where a ring can be asked. */
export interface RingPlace {
  /** Its admin socket, as it is reached from there. */
  admin: Admin;
  /** Runs `sh` or `nc` there and keeps it. */
  open(words: string[], prompt: string): Promise<Session>;
  /** A reload may replace its worker, whose last records are then asked for. */
  reloads?: boolean;
}

/** One worker of HAProxy, and what was read of its ring. */
interface Worker {
  pid: string;
  tail: RingTail;
  /** A session with that worker, so that a reload doesn't take its last records away. */
  session: Session | undefined;
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
  #loop: Session | undefined;
  #worker: Worker | undefined;
  #bytes = LEAST_BYTES;
  readonly #tails: RingTail[] = [];
  readonly #held = new Set<Session>();

  /** Records that ended before `since` (seconds by the edge's clock) are not taken. */
  constructor(place: RingPlace, since: number, take: (record: EdgeRecord) => void, signal: AbortSignal) {
    this.place = place;
    this.#begin = since;
    this.#take = take;
    this.#signal = signal;
  }

  get #admin(): string {
    return `nc ${this.place.admin.join(' ')}`;
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
    return new RingTail(0).take(await this.#ask(ALL_BYTES)) ?? [];
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
    try {
      if (!this.#loop) {
        // A record must not look like the end of an answer: its path is anybody's.
        const end = `@@${randomBytes(8).toString('hex')}`;
        const answer = `printf 'show events ${RING};show info\\n' | ${this.#admin} | tail -c "$n"; echo ${end}`;
        const loop = ['sh', '-c', `while read -r n; do ${answer}; done`];
        this.#loop = await this.place.open(loop, `${end}\n`);
      }
      const reading = readingOf(await this.#loop.ask(String(bytes)), bytes);
      // Nobody took the question: that is no ring without records.
      if (!reading.pid) throw new SeatrialError('EDGE_UNREACHABLE', 'the edge does not answer; look at its log.');
      return reading;
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

  async #hold(pid: string): Promise<Session | undefined> {
    // A session that is held keeps what ends from its end: only where it ends by a reload, with another in its stead.
    if (!this.place.reloads) return undefined;
    const session = await this.place.open(this.#admin.split(' '), '\n> ');
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
