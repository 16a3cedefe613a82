import type { History } from '../release/history.ts';
import type { Lease } from '../release/lease.ts';
import type { LeaseRequest, Ledger } from '../target.ts';
import { modelFrom, sharesBy } from './direct/read.ts';
import type { Edge } from './edge/edge.ts';
import type { KubernetesHistory } from './model.ts';
import { namespaceIsThere } from './namespace.ts';
import type { Space } from './space.ts';
import { History as Store } from './state/history.ts';
import { readLease } from './state/lease.ts';
import { acquire, removeLease, seeLease } from './state/lock.ts';
import { rebuild } from './state/rebuild.ts';

/** The history in the ConfigMap `<app>-seatrial`, and the Lease `<app>-lock`. */
export class KubernetesLedger implements Ledger {
  readonly #space: Space;
  readonly #edge: Edge;
  readonly #store: Store;
  #placed = false;

  constructor(space: Space, edge: Edge) {
    this.#space = space;
    this.#edge = edge;
    this.#store = new Store(space);
    space.write = (before, edit) => this.#store.save(before, edit);
  }

  get history(): History {
    return this.#space.history;
  }

  get lease(): string | undefined {
    return this.#space.lock?.id;
  }

  async load(signal?: AbortSignal): Promise<string | undefined> {
    const space = this.#space;
    const read = await this.#store.read(signal);
    if (read.kind === 'found') {
      space.history = read.history;
      return undefined;
    }
    await space.refresh(signal);
    await this.#somewhere(read.kind);
    const direct = space.listing.edge ? undefined : await modelFrom(space);
    const model = direct ?? (await this.#edge.modelFromWhatIsThere(signal));
    const shares = direct
      ? await sharesBy(space, direct)
      : model
        ? await this.#edge.shares()
        : new Map<string, number>();
    for (const slot of Object.values(model?.slots ?? {})) if (slot) slot.share = shares.get(slot.release) ?? 0;
    space.history = rebuild(space.app, space.environment, space.listing.deployments, model, shares);
    if (read.kind === 'strange')
      return `the history can't be used (${read.why}): it is kept aside and rebuilt from labels`;
    return space.history.releases.length
      ? 'the history was lost: rebuilt from the labels of the Deployments'
      : undefined;
  }

  /** A namespace that is not there lists nothing, as an empty one does; asked once. NAMESPACE_MISSING. */
  async #somewhere(found: string): Promise<void> {
    const { listing } = this.#space;
    if (found !== 'none' || this.#placed || listing.deployments.length || listing.edge) return;
    this.#placed = true;
    await namespaceIsThere(this.#space);
  }

  save(edit: (draft: History) => void): Promise<void> {
    return this.#space.save(edit as (draft: KubernetesHistory) => void);
  }

  async take({ onLost, ...request }: LeaseRequest): Promise<void> {
    const space = this.#space;
    const lock = await acquire(space, { ...request, onLost });
    space.lock = lock;
    lock.heartbeat(onLost);
  }

  guard(): Promise<void> {
    return this.#space.guard();
  }

  async holder(): Promise<Lease | undefined> {
    const found = await seeLease(this.#space);
    return found && readLease(found);
  }

  async free(id: string): Promise<{ ours: boolean }> {
    return { ours: await removeLease(this.#space, id) };
  }

  now(): number {
    return this.#space.now();
  }

  async time(): Promise<number> {
    await this.#space.api.version();
    return this.#space.now();
  }
}
