import type { Engine } from '../../lib/docker/engine.ts';
import { hasEnded, isWanted, type Node, type Task } from '../../lib/docker/swarm.ts';
import { SeatrialError } from '../../lib/errors.ts';
import { loginIsFor, loginOf, type RegistryLogin, registryOf } from '../docker/image.ts';
import { DEFAULT_EDGE_IMAGE } from '../input/fields.ts';
import { change, emptyHistory, find } from '../release/history.ts';
import { Scope } from '../scope.ts';
import type { Context } from '../target.ts';
import { type Login, SwarmApi } from './api.ts';
import { edgeLabels, MODEL_LABEL } from './edge/body.ts';
import { Fleet } from './edge/fleet.ts';
import { SLOTS } from './edge/shares.ts';
import { type Listing, listApp, type ReleaseService } from './listing.ts';
import { type SwarmEdge, type SwarmHistory, swarmEdgeSchema } from './model.ts';
import { edged } from './spec.ts';
import type { Lock } from './state/lock.ts';
import { rebuild } from './state/rebuild.ts';
import { readHistory, writeHistory } from './state/store.ts';
import { instancesOf, type SwarmInstance } from './tasks.ts';

const NOTHING: Listing = { releases: [], edge: undefined, hooks: [], strangers: [] };

/** One Swarm as a run sees it through one of its managers: what is there, what history says, the lock, the edge's sessions. */
export class Cluster extends Scope {
  readonly engine: Engine;
  readonly api: SwarmApi;
  listing: Listing = NOTHING;
  history: SwarmHistory;
  lock: Lock | undefined;
  /** The node whose engine we speak to. */
  node = '';
  readonly fleet: Fleet;
  /** A history that could not be read; kept beside ours. */
  #kept: number | undefined;

  constructor(engine: Engine, context: Context) {
    super(context);
    this.engine = engine;
    this.api = new SwarmApi(engine);
    this.history = emptyHistory(this.app, this.environment) as SwarmHistory;
    this.fleet = new Fleet(this);
  }

  override get label(): string {
    return this.engine.label;
  }

  /** The login as the inputs give it; without `registry` it is for the one of the release's own image, and no other. */
  get login(): RegistryLogin {
    const { inputs } = this.context;
    const spec = find(this.history, this.history.current)?.spec;
    return loginOf(inputs, inputs.image ?? spec?.asked ?? spec?.image ?? '');
  }

  /** The login a node needs for an image; none where the inputs bring none for its registry. */
  auth(image: string): Login | undefined {
    const { login } = this;
    if (!loginIsFor(login, image)) return undefined;
    return {
      username: login.username!,
      password: login.password ?? '',
      serveraddress: login.registry ?? registryOf(image),
    };
  }

  async refresh(signal?: AbortSignal): Promise<void> {
    this.node ||= await this.api.lead(signal);
    this.listing = await listApp(this.api, this.app, this.environment, signal);
  }

  service(release: string): ReleaseService | undefined {
    return this.listing.releases.find((one) => one.release === release);
  }

  get instances(): SwarmInstance[] {
    return this.listing.releases.flatMap((service) => instancesOf(service, service.tasks));
  }

  of(release: string): SwarmInstance[] {
    return this.instances.filter((instance) => instance.release === release);
  }

  runs(release: string): boolean {
    const mine = this.of(release);
    return mine.length > 0 && mine.every(({ state }) => state === 'running');
  }

  /** Tasks of the edge that take users' requests. */
  get edges(): Task[] {
    return (this.listing.edge?.tasks ?? []).filter((task) => isWanted(task) && task.Status.State === 'running');
  }

  get edgeRuns(): boolean {
    return this.edges.length > 0;
  }

  async guard(): Promise<void> {
    await this.lock?.guard();
  }

  /** Reads the history; rebuilt from labels when lost. */
  async load(signal?: AbortSignal): Promise<string | undefined> {
    const read = await readHistory(this.api, this.app, this.environment, signal);
    if (read.kind === 'found') {
      this.history = read.history;
      return undefined;
    }
    this.#kept = read.kind === 'strange' ? read.rev : undefined;
    await this.refresh(signal);
    const { releases } = this.listing;
    const edge = this.modelOfLabels();
    this.history = rebuild(this.app, this.environment, {
      releases,
      edge,
      // The shares can be asked once the names of the slots are known.
      shares: edge && this.edgeRuns ? await this.fleet.shares() : new Map(),
    });
    // What can't be read stays, and ours is the newer one.
    if (read.kind === 'strange') this.history.rev = read.rev;
    if (read.kind === 'strange')
      return `the history can't be used (${read.why}): it is kept aside and rebuilt from labels`;
    return this.history.releases.length ? 'the history was lost: rebuilt from the labels of the services' : undefined;
  }

  /** The edge as its own labels describe it. */
  modelOfLabels(): SwarmEdge | undefined {
    const text = this.listing.edge?.labels[MODEL_LABEL];
    if (!text) return undefined;
    try {
      return swarmEdgeSchema.parse(JSON.parse(text));
    } catch {
      return undefined; // somebody has changed it by hand; the next deploy writes it anew
    }
  }

  /** The manager's clock; ours until the lock has told it. */
  now(): number {
    return this.lock?.now() ?? this.clock.now();
  }

  /**
   * Writes the changed history down, after the edge's labels: a task of the edge that begins from now on begins with
   * what its peers do. Only then does memory follow. LOCK_LOST where somebody else has written.
   */
  async save(edit: (draft: SwarmHistory) => void): Promise<void> {
    if (!this.lock) throw new SeatrialError('INTERNAL', 'history is only written under the lock.');
    await this.lock.guard();
    const next = change(this.history, (draft) => {
      edit(draft);
      draft.rev++;
    });
    await this.writeEdge(next.edge);
    if (!(await writeHistory(this.api, this.app, this.environment, next, this.#kept))) {
      throw new SeatrialError(
        'LOCK_LOST',
        `${this.label}: another run has written the history of ${this.app} meanwhile; nothing more was changed. Run again.`,
      );
    }
    this.history = next;
  }

  /** Lets the labels of the edge say what it is to be, where they do not. */
  async writeEdge(model: SwarmEdge | undefined): Promise<void> {
    const { edge } = this.listing;
    if (!model || !edge) return;
    const labels = edgeLabels(this.app, this.environment, model);
    if (Object.entries(labels).every(([name, value]) => edge.labels[name] === value)) return;
    await this.api.update(edge.id, (spec) => {
      spec.Labels = { ...spec.Labels, ...labels };
    });
    edge.labels = { ...edge.labels, ...labels };
  }

  /** The image the edge shall have: one the user names, else the one it was made from. A newer default costs no edge its life. */
  edgeImage(): string {
    const asked = this.context.inputs['edge-image'];
    if (asked !== DEFAULT_EDGE_IMAGE) return asked;
    return this.history.edge?.image ?? find(this.history, this.history.current)?.spec.edgeImage ?? asked;
  }

  slotOf(release: string) {
    return SLOTS.find((slot) => this.history.edge?.slots[slot]?.release === release);
  }

  /** The slot a release has, or would be given. */
  freeSlot(release: string) {
    const edge = this.history.edge;
    const slot =
      this.slotOf(release) ?? SLOTS.find((s) => !edge?.slots[s]) ?? SLOTS.find((s) => edge!.slots[s]!.share === 0);
    if (slot) return slot;
    throw new SeatrialError(
      'SLOT_BUSY',
      `${this.label}: both slots have traffic; promote or roll back the release that waits.`,
    );
  }

  /** Share of traffic by release, asked of the edges themselves. Without an edge, what runs is what serves. */
  async shares(): Promise<Map<string, number>> {
    if (this.history.edge) return this.edgeRuns ? this.fleet.shares() : new Map();
    const running = this.listing.releases.filter(({ release }) => this.of(release).some((i) => i.state === 'running'));
    const alone = running.filter(({ labels }) => !edged(labels.spec)).map(({ release }) => release);
    const [serves] = alone.includes(this.history.current) ? [this.history.current] : alone;
    return serves ? new Map([[serves, 1]]) : new Map();
  }

  /** Nodes by id, for messages. */
  async nodes(): Promise<Map<string, Node>> {
    return new Map((await this.api.nodes()).map((node) => [node.ID, node]));
  }

  /** Waits until tasks of a service that are on their way out have ended, but not for those of lost nodes. */
  async ended(service: string, withinMs: number): Promise<void> {
    const end = this.clock.mono() + withinMs;
    for (;;) {
      const tasks = (await this.api.tasks([service])).filter((task) => !hasEnded(task) && task.NodeID);
      if (!tasks.length) return;
      const nodes = await this.nodes();
      if (tasks.every(({ NodeID }) => nodes.get(NodeID!)?.Status.State !== 'ready')) return;
      if (this.clock.mono() > end) return;
      await this.clock.sleep(100);
    }
  }

  async close(): Promise<void> {
    await this.fleet.close();
    await this.lock?.release();
    this.lock = undefined;
  }
}
