import { SeatrialError } from '../../lib/errors.ts';
import { noCounters } from '../on-target.ts';
import type { History, ReleaseRecord } from '../release/history.ts';
import type { Spec } from '../release/spec.ts';
import type { Counters, Proof, Traffic } from '../target.ts';
import type { Edge } from './edge/edge.ts';
import { dismantle, ensureEdge } from './edge/ensure.ts';
import type { Gate } from './edge/gate.ts';
import { leadSlot } from './edge/lead-slot.ts';
import { leadTo, maintain, point, vacate, weigh } from './edge/orders.ts';
import { proveAt } from './edge/prove.ts';
import type { EdgeModel, KubernetesHistory, SlotName } from './model.ts';
import { label } from './names.ts';
import { configMapOf, FRONT_PORT, NOBODY, slotOf } from './objects/edge.ts';
import { Slotted } from './slotted.ts';
import { SLOTS, type Space } from './space.ts';
import { CLUSTER_IP, own } from './spec.ts';
import type { NamedWay } from './ways/way.ts';

/** The edge `<app>-edge`: two slots that are Services, weights by its administrator's sessions. */
export class KubernetesTraffic extends Slotted implements Traffic {
  readonly #space: Space;
  readonly #edge: Edge;
  readonly #way: NamedWay;

  constructor(space: Space, edge: Edge) {
    super(space);
    this.#space = space;
    this.#edge = edge;
    this.#way = this.way;
  }

  get up(): boolean {
    return this.#space.history.edge !== undefined && this.#space.gates.length > 0;
  }

  get edge() {
    const { listing, history, names } = this.#space;
    if (!listing.edge) return null;
    const publish = history.edge?.publish ?? CLUSTER_IP;
    return { container: names.edge, published: publish === CLUSTER_IP ? `${names.front}:${FRONT_PORT}` : publish };
  }

  async open(): Promise<void> {
    if (this.#space.gates.length) await this.#edge.open();
  }

  /** How the edge meets its clients is its own: only a deploy (`reshape`) brings other options. */
  async prepare(spec: Spec, reshape = false): Promise<void> {
    const space = this.#space;
    const { publish, sticky, edgeOptions: asked } = own(spec);
    if (!publish) return;
    const { edge } = space.history;
    const options = reshape || !edge ? asked : edge.options;
    const wanted = { image: space.edgeImage(), publish, sticky, room: 1, options };
    const said = await ensureEdge(space, this.#edge, reshape || !edge ? wanted : { ...edge, image: wanted.image });
    if (said) space.say(said);
    if (!reshape && edge) return;
    try {
      await this.#way.claim(own(spec));
    } catch (error) {
      await (edge ? this.#way.settle(false) : this.tearDown());
      throw error;
    }
  }

  /** By the map that the edge reads for each request: open connections hear of it with their next one. */
  async maintain(on: boolean): Promise<void> {
    const space = this.#space;
    const { edge } = space.history;
    if (!edge) {
      throw new SeatrialError(
        'NOT_SUPPORTED',
        `${space.label}: ${space.app} has no edge that could answer in its stead; maintenance needs a port.`,
      );
    }
    await space.guard();
    const turn = (gate: Gate) => maintain(gate, on);
    const known = this.#edge.present;
    await this.#edge.order(turn);
    const model = { ...edge, maintenance: on || undefined };
    await this.#writeDown(model, (draft) => {
      draft.edge = model;
    });
    await this.#edge.tellRest(known, turn);
  }

  async revive(spec: Spec): Promise<void> {
    const { history, gates, listing } = this.#space;
    const whole = gates.length > 0 && listing.slots.length === SLOTS.length;
    if (history.edge && !whole) await this.prepare(spec);
    await this.#way.revive();
  }

  async tearDown(): Promise<void> {
    const space = this.#space;
    if (!space.history.edge && !space.listing.edge) return;
    this.#edge.close();
    await dismantle(space);
    await space.save((draft) => {
      draft.edge = undefined;
    });
    await space.refresh();
  }

  async shares(): Promise<Map<string, number>> {
    const { history, listing } = this.#space;
    // Pods behind an edge that is not there reach nobody, however well they run.
    if (history.edge) return this.#edge.shares();
    const running = new Set(
      listing.pods
        .map(({ metadata }) => metadata.labels?.[label('release')] ?? '')
        .filter((release) => this.#space.runs(release)),
    );
    const [serves] = running.has(history.current) ? [history.current] : running;
    return serves ? new Map([[serves, 1]]) : new Map();
  }

  /** What restarts begins with: files first, as users meet them; the history after. */
  async #writeDown(model: EdgeModel, edit: (draft: KubernetesHistory) => void): Promise<void> {
    const { api, app, environment, listing } = this.#space;
    await this.#space.guard();
    const { metadata } = await api.apply('configmaps', configMapOf(app, environment, model));
    await this.#space.save(edit);
    // A node takes a minute to renew a mounted file, unless it has its pod to look after: then it does at once.
    const patch = { metadata: { annotations: { [label('config')]: metadata.resourceVersion ?? '' } } };
    await Promise.allSettled(listing.edgePods.map((pod) => api.merge('pods', pod.metadata.name, patch)));
  }

  /** A free slot, else the one of a release without traffic, whose pods are gone by now. */
  async seat(release: string, port: number, edit: (draft: History) => void): Promise<void> {
    const space = this.#space;
    await space.guard();
    const slot = space.freeSlot(release);
    const before = space.history.edge!;
    const known = this.#edge.present;
    await this.#edge.order((gate) => vacate(gate, slot, before));
    const ip = await leadSlot(space, this.#edge, slot, release, port);
    await this.#edge.order((gate) => point(gate, slot, ip, port, 0));
    const model = structuredClone(before);
    model.slots[slot] = { release, port, servers: [ip], share: 0 };
    if (model.lead === slot) model.lead = undefined;
    await this.#writeDown(model, (draft) => {
      draft.edge = model;
      edit(draft as History);
    });
    await this.#edge.tellRest(known, (gate) => point(gate, slot, ip, port, 0));
  }

  async unseat(release: string): Promise<void> {
    const space = this.#space;
    const slot = space.slotOf(release);
    if (!slot) return;
    const { api, app, environment } = space;
    const before = space.history.edge!;
    const known = this.#edge.present;
    if (space.gates.length) await this.#edge.order((gate) => vacate(gate, slot, before));
    await api.apply('services', slotOf(app, environment, slot, NOBODY));
    const model = structuredClone(before);
    model.slots[slot] = null;
    if (model.lead === slot) model.lead = undefined;
    await this.#writeDown(model, (draft) => {
      draft.edge = model;
    });
    await this.#edge.tellRest(known, (gate) => vacate(gate, slot, before));
  }

  /** By the administrator's sessions: who shall have some first. The files follow. */
  async shift(release: string, share: number, edit: (draft: History) => void): Promise<number> {
    const space = this.#space;
    const { edge } = space.history;
    if (!edge) {
      await space.save(edit as (draft: KubernetesHistory) => void);
      return 0;
    }
    await space.guard();
    const slot = space.slotOf(release);
    if (!slot) throw new SeatrialError('INTERNAL', `${space.label}: ${release} has no slot.`);
    const other: SlotName = slot === 'a' ? 'b' : 'a';
    const model = structuredClone(edge);
    model.slots[slot]!.share = share;
    if (share === 1) model.lead = undefined;
    if (model.slots[other]) model.slots[other].share = 1 - share;
    await this.#edge.open();
    const known = this.#edge.present;
    const begun = performance.now();
    await this.#edge.order((gate) => weigh(gate, model));
    const ms = performance.now() - begun;
    await this.#writeDown(model, (draft) => {
      draft.edge = model;
      edit(draft as History);
    });
    await this.#edge.tellRest(known, (gate) => weigh(gate, model));
    return ms;
  }

  /** By the same map as maintenance: requests of testers go there from now on. */
  async lead(release: string): Promise<void> {
    const space = this.#space;
    const { edge } = space.history;
    if (!edge?.options?.canaryMatch) return;
    const slot = space.slotOf(release);
    if (!slot) throw new SeatrialError('INTERNAL', `${space.label}: ${release} has no slot.`);
    await space.guard();
    const known = this.#edge.present;
    const model = { ...edge, lead: slot };
    await this.#edge.order((gate) => leadTo(gate, model));
    await this.#writeDown(model, (draft) => {
      draft.edge = model;
    });
    await this.#edge.tellRest(known, (gate) => leadTo(gate, model));
  }

  async busy(release: string): Promise<number> {
    const slot = this.#space.slotOf(release);
    if (!slot || !this.#space.gates.length) return 0;
    return this.#edge.busy(slot);
  }

  /** Since the pods of the edge have started. */
  async counters(release: string): Promise<Counters> {
    const slot = this.#space.slotOf(release);
    if (!slot || !this.#space.gates.length) return noCounters;
    return this.#edge.counters(slot);
  }

  prove(record: ReleaseRecord, signal?: AbortSignal): Promise<Proof | undefined> {
    return proveAt(this.#space, this.#edge, record, signal);
  }
}
