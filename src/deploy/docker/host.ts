import type { Engine } from '../../lib/docker/engine.ts';
import { SeatrialError } from '../../lib/errors.ts';
import { DEFAULT_EDGE_IMAGE } from '../input/fields.ts';
import { change, emptyHistory, find, type History } from '../release/history.ts';
import { Scope } from '../scope.ts';
import type { Context } from '../target.ts';
import { type AppContainer, type Listing, listApp } from './containers.ts';
import { edgeFiles, MAP_FILE, SLOTS } from './edge/config.ts';
import { Runtime } from './edge/runtime.ts';
import { sharesOf } from './edge/shares.ts';
import { loginOf, type RegistryLogin } from './image.ts';
import type { DockerHistory, SlotName } from './model.ts';
import { readByHolder } from './state/holder.ts';
import type { Lock } from './state/lock.ts';
import { MOUNT } from './state/mount.ts';
import { rebuild } from './state/rebuild.ts';
import { keepAside, type Read, readHistory, writeHistory } from './state/store.ts';
import { removeTraces } from './traces.ts';

const NOTHING: Listing = { apps: [], edge: undefined, left: [], hooks: [], readers: [], going: [], strangers: [] };

/** One Docker host as a run sees it: what is there, what history says, the lock, and the edge's session. */
export class Host extends Scope {
  readonly engine: Engine;
  /** The whole environment of a docker command that means this host. */
  readonly cli: Record<string, string>;
  listing: Listing = NOTHING;
  history: DockerHistory;
  lock: Lock | undefined;
  runtime: Runtime | undefined;
  #leaves = false;
  /** A file that could not be read; kept aside before ours is written. */
  #strange: { text: Buffer; why: string } | undefined;

  constructor(engine: Engine, context: Context, cli: Record<string, string>) {
    super(context);
    this.engine = engine;
    this.cli = cli;
    this.history = emptyHistory(this.app, this.environment) as DockerHistory;
  }

  override get label(): string {
    return this.engine.label;
  }

  /** How images are asked for; a login is for the registry of the release's own image unless another is named. */
  login(image: string): RegistryLogin {
    return loginOf(this.context.inputs, image);
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
    return this.listing.apps.filter((c) => c.release === release);
  }

  runs(release: string): boolean {
    const mine = this.of(release).filter((c) => !c.aside);
    return mine.length > 0 && mine.every((c) => c.state === 'running');
  }

  async guard(): Promise<void> {
    await this.lock?.guard();
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
    const runtime = this.edgeRuns ? this.runtime : undefined;
    const [hosts, shares] = runtime ? [await runtime.hosts(), await this.shares()] : [new Map(), new Map()];
    const map = await runtime?.ask(`show map ${MOUNT}/${MAP_FILE}`);
    this.history = rebuild(this.app, this.environment, this.listing, hosts, shares, map);
    if (read.kind === 'strange')
      return `the history can't be used (${read.why}): it is kept aside and rebuilt from labels`;
    return this.history.releases.length ? 'the history was lost: rebuilt from the labels of the containers' : undefined;
  }

  /** Whether the history on the host is the one this run knows: read through a container that has its volume. */
  async isUnchanged(container: string): Promise<boolean> {
    const read = await readHistory(this.engine, container, this.environment);
    return (read.kind === 'found' ? read.history.rev : 0) === this.history.rev;
  }

  /** The engine's clock; ours until the lock has told it. */
  now(): number {
    return this.lock?.now() ?? this.clock.now();
  }

  /** Writes the changed history down (with the edge's file); only then does memory follow. */
  async save(edit: (draft: DockerHistory) => void): Promise<void> {
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
    await lock.over((id) => writeHistory(engine, id, next as History, next.edge ? edgeFiles(next.edge) : []));
    this.history = next;
  }

  /** The image the edge shall have: one the user names, else the one it was made from. A newer default costs no edge its life. */
  edgeImage(): string {
    const asked = this.context.inputs['edge-image'];
    if (asked !== DEFAULT_EDGE_IMAGE) return asked;
    const known = this.history.edge?.image ?? find(this.history, this.history.current)?.spec.edgeImage;
    return known ?? asked;
  }

  /** The admin session of the edge. EDGE_UNREACHABLE when it does not run. */
  edge(): Runtime {
    if (this.runtime) return this.runtime;
    throw new SeatrialError(
      'EDGE_UNREACHABLE',
      `${this.label}: the edge does not run; look at the log of ${this.app}-edge.`,
    );
  }

  slotOf(release: string): SlotName | undefined {
    return SLOTS.find((slot) => this.history.edge?.slots[slot]?.release === release);
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

  /** Share of traffic by release, asked of the edge itself. Without an edge, what runs is what serves. */
  async shares(): Promise<Map<string, number>> {
    if (!this.runtime || !this.edgeRuns) {
      // Containers behind an edge that is not there reach nobody, however well they run.
      if (this.history.edge) return new Map();
      const alone = this.listing.apps.filter((c) => c.labels.spec.edge === 'none' && c.state === 'running');
      const running = new Set(alone.map((c) => c.release));
      // One stands in for the other: while a release waits for its promote, the current one is stopped.
      const [serves] = running.has(this.history.current) ? [this.history.current] : running;
      return serves ? new Map([[serves, 1]]) : new Map();
    }
    const { runtime } = this;
    const [, stat, hosts] = await Promise.all([runtime.takesRequests(), runtime.stat(), runtime.hosts()]);
    // Another run may have made and switched to a release since we listed: without it, nobody would seem to serve.
    const runs = (server: string) =>
      this.listing.apps.some((c) => c.state === 'running' && c.name === hosts.get(server));
    if (stat.some(({ name, weight }) => weight > 0 && !runs(name))) await this.refresh();
    return sharesOf(stat, hosts, this.listing.apps);
  }

  /** The app was refused: once the lock is given back, nothing of it shall be here. */
  leaveNothing(): void {
    this.#leaves = true;
  }

  async close(): Promise<void> {
    this.runtime?.close();
    await this.lock?.release();
    this.lock = undefined;
    if (this.#leaves) await removeTraces(this.engine, this.app);
  }
}
