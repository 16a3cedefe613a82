import type { Clock } from '../../lib/clock.ts';
import type { Engine } from '../../lib/docker/engine.ts';
import { SeatrialError } from '../../lib/errors.ts';
import { DEFAULT_EDGE_IMAGE } from '../inputs.ts';
import { change, type EdgeModel, emptyHistory, find, type History, type SlotName } from '../release/history.ts';
import { type Counters, noCounters } from '../rollout/counters.ts';
import { type AppContainer, type Listing, listApp } from './containers.ts';
import { renderConfig, SLOTS } from './edge/config.ts';
import { Runtime, type ServerStat } from './edge/runtime.ts';
import { sharesOf } from './edge/shares.ts';
import { slotWeights } from './edge/weights.ts';
import { removeContainer } from './removal.ts';
import { readByHolder } from './state/holder.ts';
import { acquire, type Lock, type LockRequest } from './state/lock.ts';
import { rebuild } from './state/rebuild.ts';
import { keepAside, type Read, readHistory, writeHistory } from './state/store.ts';

/** One Docker host as a run sees it: what is there, what history says, the lock, and the edge's session. */
export class Host {
  readonly engine: Engine;
  readonly app: string;
  readonly environment: string;
  readonly clock: Clock;
  /** The whole environment of a docker command that means this host. */
  readonly cli: Record<string, string>;
  /** As named in the input; empty where none is. */
  readonly region: string;
  listing: Listing = { apps: [], edge: undefined, hooks: [], readers: [], going: [], strangers: [] };
  history: History;
  lock: Lock | undefined;
  runtime: Runtime | undefined;
  /** Ids of the containers this run made whole. */
  readonly made = new Set<string>();
  /** Releases that had the traffic and did not run, until this run started them again. */
  readonly woken = new Set<string>();
  /** Releases this run has given a slot and no traffic yet; the journal, which a kill leaves, has to say otherwise. */
  readonly waitsAtZero = new Set<string>();
  /** A file that could not be read; kept aside before ours is written. */
  #strange: { text: Buffer; why: string } | undefined;

  constructor(
    engine: Engine,
    app: string,
    environment: string,
    clock: Clock,
    cli: Record<string, string>,
    region = '',
  ) {
    this.engine = engine;
    this.app = app;
    this.environment = environment;
    this.clock = clock;
    this.cli = cli;
    this.region = region;
    this.history = emptyHistory(app, environment);
  }

  get label(): string {
    return this.engine.label;
  }

  async refresh(signal?: AbortSignal): Promise<void> {
    this.listing = await listApp(this.engine, this.app, this.environment, signal);
    const { edge } = this.listing;
    // While we waited for the lock, another run may have put another edge in its place.
    if (!this.edgeRuns || this.runtime?.container === edge!.Id) return;
    this.runtime?.close();
    this.runtime = new Runtime(this.engine, edge!.Id);
  }

  get edgeRuns(): boolean {
    return this.listing.edge?.State === 'running';
  }

  of(release: string): AppContainer[] {
    return this.listing.apps.filter((c) => c.labels.release === release);
  }

  releases(): string[] {
    return [...new Set(this.listing.apps.map((c) => c.labels.release))];
  }

  async takeLock(request: LockRequest): Promise<void> {
    this.lock = await acquire(this.engine, request);
  }

  async #read(signal?: AbortSignal): Promise<Read> {
    const { engine, app, environment, lock } = this;
    if (lock) return lock.over((id) => readHistory(engine, id, environment, { signal }));
    const edge = this.listing.edge?.Id;
    return edge ? readHistory(engine, edge, environment, { signal }) : readByHolder(engine, app, environment);
  }

  /** Reads the history through the lock's container, or the edge, whichever is there; rebuilt from labels when lost. */
  async load(signal?: AbortSignal): Promise<string | undefined> {
    const read = await this.#read(signal);
    if (read.kind === 'found') {
      this.history = read.history;
      return undefined;
    }
    this.#strange = read.kind === 'strange' ? read : undefined;
    await this.refresh(signal);
    const [hosts, shares] = this.edgeRuns ? [await this.runtime!.hosts(), await this.shares()] : [new Map(), new Map()];
    this.history = rebuild(this.app, this.environment, this.listing, hosts, shares);
    if (read.kind === 'strange')
      return `the history can't be used (${read.why}): it is kept aside and rebuilt from labels`;
    return this.history.releases.length ? 'the history was lost: rebuilt from the labels of the containers' : undefined;
  }

  /** The engine's clock; ours until the lock has told it. */
  now(): number {
    return this.lock?.now() ?? this.clock.now();
  }

  /** Writes the changed history down (with the edge's file); only then does memory follow. */
  async save(edit: (draft: History) => void): Promise<void> {
    if (!this.lock) throw new SeatrialError('INTERNAL', 'history is only written under the lock.');
    const { lock, engine } = this;
    await lock.guard();
    const strange = this.#strange;
    if (strange) {
      await lock.over((id) => keepAside(engine, id, this.environment, strange.text, this.now()));
      this.#strange = undefined;
    }
    const next = change(this.history, (draft) => {
      edit(draft);
      draft.rev++;
    });
    const config = next.edge && renderConfig(next.edge);
    await lock.over((id) => writeHistory(engine, id, next, config));
    this.history = next;
  }

  /** The image the edge shall have: one the user names, else the one it was made from. A newer default costs no edge its life. */
  edgeImage(asked: string): string {
    if (asked !== DEFAULT_EDGE_IMAGE) return asked;
    const known = this.history.edge?.image ?? find(this.history, this.history.current)?.spec.edgeImage;
    return known ?? asked;
  }

  /** Removes an edge that has nothing to serve, so that nothing listens. */
  async dropEdge(): Promise<void> {
    this.runtime?.close();
    this.runtime = undefined;
    if (this.listing.edge) await removeContainer(this.engine, this.listing.edge.Id);
    await this.save((draft) => {
      draft.edge = undefined;
    });
    await this.refresh();
  }

  /** Whether this host's traffic goes through an edge. */
  get edged(): boolean {
    return this.history.edge !== undefined;
  }

  /** The slot a release has, or would be given. */
  freeSlot(release: string): SlotName {
    const edge = this.history.edge;
    const slot =
      this.slotOf(release) ?? SLOTS.find((s) => !edge?.slots[s]) ?? SLOTS.find((s) => edge!.slots[s]!.share === 0);
    if (!slot)
      throw new SeatrialError(
        'SLOT_BUSY',
        `${this.label}: both slots have traffic; promote or roll back the release that waits.`,
      );
    return slot;
  }

  #edge(): Runtime {
    if (this.runtime) return this.runtime;
    throw new SeatrialError(
      'EDGE_UNREACHABLE',
      `${this.label}: the edge does not run; look at the log of ${this.app}-edge.`,
    );
  }

  /** Takes a release out of the edge; with no other that has traffic, the edge answers 503. */
  async unseat(release: string): Promise<void> {
    const slot = this.slotOf(release)!;
    const edge = this.history.edge!;
    for (let i = 0; i < edge.room; i++) await this.#edge().vacate(`${slot}${i + 1}`);
    await this.save((draft) => {
      draft.edge!.slots[slot] = null;
    });
  }

  slotOf(release: string): SlotName | undefined {
    return SLOTS.find((slot) => this.history.edge?.slots[slot]?.release === release);
  }

  /** Gives a release a slot of the edge at weight 0: a free one, else the one of a release without traffic. */
  async seat(release: string, port: number): Promise<void> {
    await this.lock?.guard();
    const edge = this.history.edge!;
    const slot = this.freeSlot(release);
    const servers = this.of(release);
    for (let i = 0; i < edge.room; i++) {
      const container = servers[i];
      if (container) await this.#edge().point(`${slot}${i + 1}`, container.name, container.ip, port);
      else await this.#edge().vacate(`${slot}${i + 1}`);
    }
    await this.save((draft) => {
      draft.edge!.slots[slot] = { release, port, servers: servers.map((c) => c.name), share: 0 };
      if (draft.open?.release !== release) return;
      if (!draft.open.traffic) this.waitsAtZero.add(release);
      draft.open.traffic = true;
    });
  }

  /** Moves traffic by the runtime API: who shall have some first, so that somebody has it at every moment. Not yet in the file. */
  async shift(release: string, share: number): Promise<EdgeModel> {
    await this.lock?.guard();
    const edge = this.history.edge!;
    const slot = this.slotOf(release);
    if (!slot) throw new SeatrialError('INTERNAL', `${this.label}: ${release} has no slot.`);
    const other: SlotName = slot === 'a' ? 'b' : 'a';
    if (share > 0) this.waitsAtZero.delete(release);
    const slots = structuredClone(edge.slots);
    slots[slot]!.share = share;
    if (slots[other]) slots[other].share = 1 - share;
    const fresh = slotWeights(slots);
    // Not by what changes: after a write that failed, the weights we know of are not those the edge has.
    const order = [...SLOTS].sort((x, y) => Number(fresh[y] > 0) - Number(fresh[x] > 0));
    const weights = order.flatMap((s) => (slots[s]?.servers ?? []).map((_, i) => [`${s}${i + 1}`, fresh[s]] as const));
    await this.#edge().setWeights(weights, edge.sticky);
    return { ...edge, slots };
  }

  /** Share of traffic by release, asked of the edge itself. Without an edge, what runs is what serves. */
  async shares(): Promise<Map<string, number>> {
    if (!this.runtime || !this.edgeRuns) {
      // Containers behind an edge that is not there reach nobody, however well they run.
      if (this.history.edge) return new Map();
      const alone = this.listing.apps.filter((c) => c.labels.spec.edge === 'none' && c.state === 'running');
      const running = new Set(alone.map((c) => c.labels.release));
      // One stands in for the other: while a release waits for its promote, the current one is stopped.
      const [serves] = running.has(this.history.current) ? [this.history.current] : running;
      return serves ? new Map([[serves, 1]]) : new Map();
    }
    const { runtime } = this;
    const [, stat, hosts] = await Promise.all([runtime.takesRequests(), runtime.stat(), runtime.hosts()]);
    return sharesOf(stat, hosts, this.listing.apps);
  }

  async slotStats(slot: SlotName): Promise<ServerStat[]> {
    return (await this.#edge().stat()).filter((s) => s.name.startsWith(slot));
  }

  /** What the edge has counted for a slot since it started. */
  async counted(slot: SlotName | undefined): Promise<Counters> {
    if (!slot || !this.runtime) return noCounters;
    const { servers, errors5xx } = await this.runtime.stats();
    const sum = (of: readonly ServerStat[], count: (s: ServerStat) => number) => of.reduce((n, s) => n + count(s), 0);
    const mine = servers.filter((s) => s.name.startsWith(slot));
    return {
      ok: sum(mine, (s) => s.ok),
      errors5xx: sum(mine, (s) => s.errors5xx),
      failed: sum(mine, (s) => s.connectErrors + s.responseErrors),
      made: errors5xx - sum(servers, (s) => s.errors5xx),
    };
  }

  async close(): Promise<void> {
    this.runtime?.close();
    await this.lock?.release();
    this.lock = undefined;
  }
}
