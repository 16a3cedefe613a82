import { SeatrialError } from '../../lib/errors.ts';
import { parseMetrics } from '../publish.ts';
import type { History, ReleaseRecord } from '../release/history.ts';
import type { Spec } from '../release/spec.ts';
import type { Counters, Door, Place, Proof, Traffic } from '../target.ts';
import { type AppContainer, edgeName } from './containers.ts';
import { frontPort, MAP_FILE, SLOTS } from './edge/config.ts';
import { publishedBy } from './edge/container.ts';
import { busyOn, countersOf, sum } from './edge/counters.ts';
import { dismantle } from './edge/dismantle.ts';
import { ensureEdge } from './edge/ensure.ts';
import { endLead, leadNobody, leadTo } from './edge/lead.ts';
import { edgeOptions } from './edge/options.ts';
import { prepareEdge } from './edge/prepare.ts';
import { tellPlaces } from './edge/tell-places.ts';
import { slotWeights } from './edge/weights.ts';
import { doorsOf } from './front/certificates.ts';
import { FrontWay } from './front/way.ts';
import type { Host } from './host.ts';
import type { DockerHistory, EdgeModel, SlotName } from './model.ts';
import { askFront } from './probe.ts';
import { type DockerSpec, own } from './spec.ts';
import { MOUNT } from './state/mount.ts';

/** The edge `<app>-edge`: two slots, weights by its admin session. A host without one has no places. */
export class DockerTraffic implements Traffic {
  readonly #host: Host;
  readonly #way: FrontWay;

  constructor(host: Host) {
    this.#host = host;
    this.#way = new FrontWay(host);
  }

  get url(): string | undefined {
    return this.#way.url;
  }

  get places(): readonly Place[] {
    const { edge } = this.#host.history;
    return SLOTS.flatMap((slot) => edge?.slots[slot] ?? []);
  }

  get up(): boolean {
    return this.#host.history.edge !== undefined && this.#host.edgeRuns;
  }

  get edge() {
    const { app, listing } = this.#host;
    return listing.edge ? { container: edgeName(app), published: publishedBy(listing.edge) } : null;
  }

  displaced(release: string): string | undefined {
    const { edge } = this.#host.history;
    const there = edge?.slots[this.#host.freeSlot(release)]?.release;
    return there === release ? undefined : there;
  }

  async open(): Promise<void> {
    await this.#host.runtime?.open();
  }

  complete(spec: Spec): Spec {
    const { history, context } = this.#host;
    const { inputs } = context;
    // Where lines of scale say how many, replicas is what holds outside of them: a deploy at the peak stays at the peak's.
    const kept = inputs.replicas === undefined || inputs.scale.length > 0;
    const scaled = kept && !own(spec).compose ? history.replicas : undefined;
    const completed: DockerSpec = {
      ...own(spec),
      ...(scaled === undefined ? {} : { replicas: scaled }),
      edgeOptions: edgeOptions(inputs, history.edge?.options),
      metrics: inputs.metrics === undefined ? history.edge?.metrics?.at : parseMetrics(inputs.metrics) || undefined,
    };
    return completed;
  }

  prepare(spec: Spec, reshape = false): Promise<void> {
    return prepareEdge(this.#host, this.#way, spec, reshape);
  }

  settle(kept: boolean, first: boolean): Promise<void> {
    return this.#way.settle(kept, first);
  }

  async doors(): Promise<Door[]> {
    const front = this.#host.history.edge?.front;
    return front ? doorsOf(this.#host, front) : [];
  }

  /** By the map that the edge reads for each request: open connections hear of it with their next one. */
  async maintain(on: boolean): Promise<void> {
    const host = this.#host;
    const { edge } = host.history;
    if (!edge) {
      throw new SeatrialError(
        'NOT_SUPPORTED',
        `${host.label}: ${host.app} has no edge that could answer in its stead; maintenance needs publish and edge: haproxy.`,
      );
    }
    // An edge of an older form learns to read the map first.
    const said = await ensureEdge(host, edge);
    if (said) host.say(said);
    await host.guard();
    await host.edge().setMap(`${MOUNT}/${MAP_FILE}`, 'maintenance', on ? 'on' : 'off');
    await host.save((draft) => {
      draft.edge!.maintenance = on || undefined;
    });
  }

  /** Names of what doesn't run are left out: an edge waits long for each at its start. */
  async revive(spec: Spec): Promise<void> {
    const host = this.#host;
    const { edge } = host.history;
    if (!edge) return;
    if (host.edgeRuns) return this.#way.revive();
    const idle = SLOTS.filter((slot) => {
      const use = edge.slots[slot];
      return use && use.share === 0 && !host.runs(use.release);
    });
    if (idle.length) {
      await host.save((draft) => {
        for (const slot of idle) draft.edge!.slots[slot] = null;
      });
    }
    await this.prepare(spec);
  }

  tearDown(): Promise<void> {
    return dismantle(this.#host);
  }

  shares(): Promise<Map<string, number>> {
    return this.#host.shares();
  }

  /** A free slot, else the one of a release without traffic. */
  async seat(release: string, port: number, edit: (draft: History) => void): Promise<void> {
    const host = this.#host;
    await host.guard();
    const edge = host.history.edge!;
    const slot = host.freeSlot(release);
    const servers = host.of(release);
    await endLead(host, slot);
    for (let i = 0; i < edge.room; i++) {
      const container = servers[i];
      if (container) await host.edge().point(`${slot}${i + 1}`, container.name, container.ip, port);
      else await host.edge().vacate(`${slot}${i + 1}`);
    }
    await host.save((draft) => {
      draft.edge!.slots[slot] = { release, port, servers: servers.map((c) => c.name), share: 0 };
      if (draft.edge!.lead === slot) draft.edge!.lead = undefined;
      edit(draft);
    });
    await tellPlaces(host);
  }

  /**
   * Another number of containers for a release that has its place: new ones behind those it has, which keep their
   * weights. Leaving ones are given nothing more; what they have begun may take them `drainMs`.
   */
  async resize(release: string, containers: readonly AppContainer[], drainMs = 0): Promise<void> {
    const host = this.#host;
    const slot = host.slotOf(release);
    if (!slot) return;
    const edge = host.history.edge!;
    const place = edge.slots[slot]!;
    const names = containers.map(({ name }) => name);
    await host.guard();
    for (const [i, { name, ip }] of containers.entries()) {
      if (place.servers[i] !== name) await host.edge().point(`${slot}${i + 1}`, name, ip, place.port);
    }
    const leaving = place.servers.slice(names.length).map((_, i) => `${slot}${names.length + i + 1}`);
    for (const server of leaving) await host.edge().vacate(server);
    await host.save((draft) => {
      draft.edge!.slots[slot]!.servers = names;
    });
    await tellPlaces(host);
    await this.#give(release, place.share, () => undefined, edge.lead);
    const end = host.clock.mono() + drainMs;
    while (leaving.length && host.clock.mono() < end) {
      const stat = await host.edge().stat();
      if (
        sum(
          stat.filter(({ name }) => leaving.includes(name)),
          (s) => s.busy,
        ) === 0
      )
        return;
      await host.clock.sleep(100);
    }
  }

  async unseat(release: string): Promise<void> {
    const host = this.#host;
    const slot = host.slotOf(release);
    if (!slot) return;
    const edge = host.history.edge!;
    await endLead(host, slot);
    for (let i = 0; i < edge.room; i++) await host.edge().vacate(`${slot}${i + 1}`);
    await host.save((draft) => {
      draft.edge!.slots[slot] = null;
      if (draft.edge!.lead === slot) draft.edge!.lead = undefined;
    });
    await tellPlaces(host);
  }

  lead(release: string): Promise<void> {
    return leadTo(this.#host, release);
  }

  /** By the runtime API: who shall have some first. The file follows. */
  async shift(release: string, share: number, edit: (draft: History) => void): Promise<number> {
    const edge = this.#host.history.edge;
    return this.#give(release, share, edit, share < 1 ? edge?.lead : undefined);
  }

  async #give(release: string, share: number, edit: (draft: History) => void, lead?: SlotName): Promise<number> {
    const begun = performance.now();
    const edge = this.#host.history.edge;
    const model = edge && { ...(await this.#move(release, share, edge)), lead };
    if (!lead) await leadNobody(this.#host);
    const ms = performance.now() - begun;
    await this.#host.save((draft) => {
      if (model) draft.edge = model;
      edit(draft);
    });
    return ms;
  }

  async #move(release: string, share: number, edge: EdgeModel): Promise<EdgeModel> {
    const host = this.#host;
    await host.guard();
    const slot = host.slotOf(release);
    if (!slot) throw new SeatrialError('INTERNAL', `${host.label}: ${release} has no slot.`);
    const other: SlotName = slot === 'a' ? 'b' : 'a';
    const slots = structuredClone(edge.slots);
    slots[slot]!.share = share;
    if (slots[other]) slots[other].share = 1 - share;
    const fresh = slotWeights(slots);
    // Not by what changes: after a write that failed, the weights we know of are not those the edge has.
    const order = [...SLOTS].sort((x, y) => Number(fresh[y] > 0) - Number(fresh[x] > 0));
    const weights = order.flatMap((s) => (slots[s]?.servers ?? []).map((_, i) => [`${s}${i + 1}`, fresh[s]] as const));
    await host.edge().setWeights(weights, edge.sticky);
    return { ...edge, slots };
  }

  busy(release: string): Promise<number> {
    return busyOn(this.#host, release);
  }

  counters(release: string): Promise<Counters> {
    return countersOf(this.#host, release);
  }

  /** Asks the edge, and through its front door the app. */
  async prove({ release, spec }: ReleaseRecord, signal?: AbortSignal): Promise<Proof | undefined> {
    const host = this.#host;
    if (!host.edgeRuns) return undefined;
    const door = { port: frontPort(host.history.edge!), path: spec.health.path ?? '/' };
    const [shares, answer] = await Promise.all([
      host.shares(),
      askFront(host.engine, host.listing.edge!.Id, door, signal),
    ]);
    const slot = host.slotOf(release);
    const share = shares.get(release) ?? 0;
    return { share, ...answer, mine: slot !== undefined && answer.server.startsWith(slot) };
  }

  async misdirected(): Promise<{ place: Place; whole: boolean }[]> {
    const host = this.#host;
    const { edge } = host.history;
    if (!edge || !host.edgeRuns) return [];
    const at = await host.runtime!.hosts();
    return SLOTS.flatMap((slot) => {
      const use = edge.slots[slot];
      if (!use || use.servers.every((name, i) => at.get(`${slot}${i + 1}`) === name)) return [];
      const there = host.of(use.release).filter((c) => c.ip !== '');
      return [{ place: use, whole: there.length >= use.servers.length }];
    });
  }

  writeShares(draft: History, shares: ReadonlyMap<string, number>): void {
    const { edge } = draft as DockerHistory;
    for (const slot of SLOTS) {
      const use = edge?.slots[slot];
      if (use) use.share = shares.get(use.release) ?? 0;
    }
  }

  removePlace(draft: History, release: string): void {
    const { edge } = draft as DockerHistory;
    for (const slot of SLOTS) if (edge?.slots[slot]?.release === release) edge.slots[slot] = null;
  }
}
