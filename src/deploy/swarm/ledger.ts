import type { History } from '../release/history.ts';
import type { Lease } from '../release/lease.ts';
import type { LeaseRequest, Ledger } from '../target.ts';
import type { Cluster } from './cluster.ts';
import type { SwarmHistory } from './model.ts';
import { acquire, freeLock, readLock } from './state/lock.ts';

/** The history in configs `<app>-seatrial-<n>`, and the lock in the labels of the config `<app>-lock`. */
export class SwarmLedger implements Ledger {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  get history(): History {
    return this.#cluster.history;
  }

  get lease(): string | undefined {
    return this.#cluster.lock?.id;
  }

  load(signal?: AbortSignal): Promise<string | undefined> {
    return this.#cluster.load(signal);
  }

  save(edit: (draft: History) => void): Promise<void> {
    return this.#cluster.save((draft: SwarmHistory) => edit(draft as History));
  }

  async take({ onLost, holder, run, waitMs, onWait }: LeaseRequest): Promise<void> {
    const cluster = this.#cluster;
    const { api, app, environment, clock, context } = cluster;
    const { signal } = context;
    cluster.lock = await acquire(api, { holder, run, waitMs, onWait, app, environment, clock, signal });
    cluster.lock.heartbeat(onLost);
  }

  guard(): Promise<void> {
    return this.#cluster.guard();
  }

  holder(): Promise<Lease | undefined> {
    return readLock(this.#cluster.api, this.#cluster.app);
  }

  async free(id: string): Promise<{ ours: boolean }> {
    const { api, app, environment } = this.#cluster;
    return { ours: await freeLock(api, app, environment, id) };
  }

  now(): number {
    return this.#cluster.now();
  }

  async time(): Promise<number> {
    return (await this.#cluster.engine.ping()).dateMs;
  }
}
