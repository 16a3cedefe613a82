import type { History } from '../release/history.ts';
import type { Lease } from '../release/lease.ts';
import type { LeaseRequest, Ledger } from '../target.ts';
import type { Host } from './host.ts';
import { type Removal, removeContainer } from './removal.ts';
import { acquire, markUnlocked } from './state/lock.ts';
import { readLock } from './state/lock-seen.ts';

/** The history in the volume `<app>-seatrial`, and the lock `<app>-lock`. */
export class DockerLedger implements Ledger {
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  get history(): History {
    return this.#host.history;
  }

  get lease(): string | undefined {
    return this.#host.lock?.id;
  }

  load(signal?: AbortSignal): Promise<string | undefined> {
    return this.#host.load(signal);
  }

  save(edit: (draft: History) => void): Promise<void> {
    return this.#host.save(edit);
  }

  async take({ onLost, ...request }: LeaseRequest): Promise<void> {
    const host = this.#host;
    const { app, environment, clock, context } = host;
    host.lock = await acquire(host.engine, {
      ...request,
      app,
      environment,
      clock,
      signal: context.signal,
      unchanged: (container) => host.isUnchanged(container),
    });
    host.lock.heartbeat(onLost);
  }

  guard(): Promise<void> {
    return this.#host.guard();
  }

  holder(): Promise<Lease | undefined> {
    return readLock(this.#host.engine, this.#host.app);
  }

  async free(id: string): Promise<Removal> {
    await markUnlocked(this.#host.engine, id);
    return removeContainer(this.#host.engine, id);
  }

  now(): number {
    return this.#host.now();
  }

  async time(): Promise<number> {
    return (await this.#host.engine.ping()).dateMs;
  }
}
