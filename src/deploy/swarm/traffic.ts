import { SeatrialError } from '../../lib/errors.ts';
import { frontPort, MAP_FILE, SLOTS } from '../docker/edge/config.ts';
import { weightsAt } from '../docker/edge/entrances.ts';
import { edgeOptions } from '../docker/edge/options.ts';
import type { SlotName } from '../docker/model.ts';
import { askFront } from '../docker/probe.ts';
import { MOUNT } from '../docker/state/mount.ts';
import type { History, ReleaseRecord } from '../release/history.ts';
import { keptReplicas } from '../release/scale-schedule.ts';
import type { Spec } from '../release/spec.ts';
import type { Counters, Place, Proof, Traffic, Way } from '../target.ts';
import type { Cluster } from './cluster.ts';
import { busyOn, countersOf } from './edge/counted.ts';
import { dismantle } from './edge/ensure.ts';
import { everywhere, pointSlot } from './edge/everywhere.ts';
import { leadTo, leadWithout } from './edge/lead.ts';
import { prepareEdge } from './edge/prepare.ts';
import { frontWay, releaseNames } from './front/keeper.ts';
import { waysOf } from './front/ways.ts';
import { label } from './labels.ts';
import type { SwarmEdge, SwarmHistory } from './model.ts';
import { edgeName, tasksName } from './names.ts';
import { own, type SwarmSpec } from './spec.ts';

/** A task that ended is begun anew within a second; its node may take longer to come back. */
const REVIVE_MS = 20_000;

/** The edge `<app>-edge` on every node that takes it: two slots, weights by the admin sessions of all its tasks. */
export class SwarmTraffic implements Traffic {
  readonly #cluster: Cluster;
  readonly #way: ReturnType<typeof frontWay>;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#way = frontWay(cluster);
  }

  /** Where users find the app, where it is known by a name. */
  get url(): string | undefined {
    return this.#way.url;
  }

  get #model(): SwarmEdge | undefined {
    return this.#cluster.history.edge;
  }

  get places(): readonly Place[] {
    return SLOTS.flatMap((slot) => this.#model?.slots[slot] ?? []);
  }

  get up(): boolean {
    return this.#model !== undefined && this.#cluster.edgeRuns;
  }

  get edge() {
    const { app, listing } = this.#cluster;
    return listing.edge ? { container: edgeName(app), published: listing.edge.labels[label('publish')] ?? '' } : null;
  }

  displaced(release: string): string | undefined {
    const there = this.#model?.slots[this.#cluster.freeSlot(release)]?.release;
    return there === release ? undefined : there;
  }

  async open(): Promise<void> {
    if (this.up) await this.#cluster.fleet.each((session) => session.open());
  }

  complete(spec: Spec): Spec {
    const { history, context } = this.#cluster;
    const scaled = own(spec).compose ? undefined : keptReplicas(context.inputs, history);
    const completed: SwarmSpec = {
      ...own(spec),
      ...(scaled === undefined ? {} : { replicas: scaled }),
      edgeOptions: edgeOptions(context.inputs, history.edge?.options),
    };
    return completed;
  }

  prepare(spec: Spec, reshape = false): Promise<void> {
    return prepareEdge(this.#cluster, this.#way, own(spec), reshape);
  }

  settle(kept: boolean, first: boolean): Promise<void> {
    return this.#way.settle(kept, first);
  }

  async ways(): Promise<Way[]> {
    const front = this.#model?.front;
    return front ? waysOf(this.#cluster, front) : [];
  }

  async maintain(on: boolean): Promise<void> {
    const cluster = this.#cluster;
    if (!this.#model) {
      throw new SeatrialError(
        'NOT_SUPPORTED',
        `${cluster.label}: ${cluster.app} has no edge that could answer in its stead; maintenance needs publish or domains.`,
      );
    }
    await cluster.guard();
    await everywhere(
      cluster,
      (session) => session.setMap(`${MOUNT}/${MAP_FILE}`, 'maintenance', on ? 'on' : 'off'),
      (draft) => {
        draft.edge!.maintenance = on || undefined;
      },
    );
  }

  /** Tasks of an edge that went down are begun anew by the Swarm itself; a service that is gone is made again. */
  async revive(spec: Spec): Promise<void> {
    const cluster = this.#cluster;
    const model = this.#model;
    if (!model) return;
    if (cluster.edgeRuns) return this.#way.revive();
    if (!cluster.listing.edge) return this.prepare({ ...own(spec), publish: model.publish || undefined } as SwarmSpec);
    const end = cluster.clock.mono() + REVIVE_MS;
    while (!cluster.edgeRuns && cluster.clock.mono() < end) {
      await cluster.clock.sleep(250, cluster.signal);
      await cluster.refresh(cluster.signal);
    }
  }

  async tearDown(): Promise<void> {
    if (this.#model?.front) await releaseNames(this.#cluster);
    await dismantle(this.#cluster);
  }

  shares(): Promise<Map<string, number>> {
    return this.#cluster.shares();
  }

  async seat(release: string, port: number, edit: (draft: History) => void): Promise<void> {
    const cluster = this.#cluster;
    await cluster.guard();
    await cluster.refresh();
    const slot = cluster.freeSlot(release);
    const servers = cluster.of(release).map(() => tasksName(cluster.app, release));
    const lead = leadWithout(this.#model!, slot);
    await everywhere(
      cluster,
      async (session) => {
        await leadTo(session, { ...this.#model!, lead });
        await pointSlot(cluster, session, slot, release, port);
      },
      (draft) => {
        draft.edge!.slots[slot] = { release, port, servers, share: 0 };
        draft.edge!.lead = lead;
        edit(draft as History);
      },
    );
  }

  /** Another number of tasks for a release that has its place; new ones behind those it has, which keep their weights. */
  async resize(release: string): Promise<void> {
    const cluster = this.#cluster;
    const slot = cluster.slotOf(release);
    if (!slot) return;
    const { port, share } = this.#model!.slots[slot]!;
    const servers = cluster.of(release).map(() => tasksName(cluster.app, release));
    await everywhere(
      cluster,
      (session) => pointSlot(cluster, session, slot, release, port),
      (draft) => {
        draft.edge!.slots[slot]!.servers = servers;
      },
    );
    await this.#give(release, share, () => undefined, this.#model!.lead);
  }

  async unseat(release: string): Promise<void> {
    const slot = this.#cluster.slotOf(release);
    if (!slot) return;
    const model = this.#model!;
    const lead = leadWithout(model, slot);
    const clear = (draft: SwarmHistory) => {
      draft.edge!.slots[slot] = null;
      draft.edge!.lead = lead;
    };
    if (!this.up) return this.#cluster.save(clear);
    const { room } = model;
    await everywhere(
      this.#cluster,
      async (session) => {
        await leadTo(session, { ...model, lead });
        for (let i = 0; i < room; i++) await session.vacate(`${slot}${i + 1}`);
      },
      clear,
    );
  }

  async lead(release: string): Promise<void> {
    const cluster = this.#cluster;
    const model = this.#model;
    if (!model?.options?.canaryMatch) return;
    const slot = cluster.slotOf(release);
    if (!slot) throw new SeatrialError('INTERNAL', `${cluster.label}: ${release} has no slot.`);
    await cluster.guard();
    await everywhere(
      cluster,
      (session) => leadTo(session, { ...model, lead: slot }),
      (draft) => {
        draft.edge!.lead = slot;
      },
    );
  }

  /** By the runtime API of every task: who shall have some first. The labels and the history follow. */
  async shift(release: string, share: number, edit: (draft: History) => void): Promise<number> {
    // Whoever has all traffic has that of testers too.
    return this.#give(release, share, edit, share < 1 ? this.#model?.lead : undefined);
  }

  async #give(release: string, share: number, edit: (draft: History) => void, lead?: SlotName): Promise<number> {
    const model = this.#model;
    if (!model) {
      await this.#cluster.save((draft) => edit(draft as History));
      return 0;
    }
    const cluster = this.#cluster;
    await cluster.guard();
    const slot = cluster.slotOf(release);
    if (!slot) throw new SeatrialError('INTERNAL', `${cluster.label}: ${release} has no slot.`);
    const other: SlotName = slot === 'a' ? 'b' : 'a';
    const slots = structuredClone(model.slots);
    slots[slot]!.share = share;
    if (slots[other]) slots[other].share = 1 - share;
    const fresh = weightsAt(slots, { door: undefined });
    // Not by what changes: after a write that failed, the weights we know of are not those an edge has.
    const order = [...SLOTS].sort((x, y) => Number(fresh[y] > 0) - Number(fresh[x] > 0));
    const weights = order.flatMap((s) => (slots[s]?.servers ?? []).map((_, i) => [`${s}${i + 1}`, fresh[s]] as const));
    return everywhere(
      cluster,
      async (session) => {
        await session.setWeights(weights, model.sticky);
        if (!lead) await leadTo(session, { ...model, lead });
      },
      (draft) => {
        draft.edge!.slots = slots;
        draft.edge!.lead = lead;
        edit(draft as History);
      },
    );
  }

  busy(release: string): Promise<number> {
    return busyOn(this.#cluster, release);
  }

  counters(release: string): Promise<Counters> {
    return countersOf(this.#cluster, release);
  }

  /** Asks the edges, and through the front door of each the app. One that says another release is the one that is told of. */
  async prove({ release, spec }: ReleaseRecord, signal?: AbortSignal): Promise<Proof | undefined> {
    const cluster = this.#cluster;
    if (!this.up) return undefined;
    const slot = cluster.slotOf(release);
    const port = frontPort(this.#model!);
    const share = (await cluster.shares()).get(release) ?? 0;
    const from = await cluster.fleet.inside();
    const answers = await Promise.all(
      cluster.fleet
        .sessions()
        .map(({ at }) => askFront(cluster.engine, from, { host: at.ip, port, path: spec.health.path ?? '/' }, signal)),
    );
    const mine = ({ server }: { server: string }) => slot !== undefined && server.startsWith(slot);
    const answer = answers.find((one) => !mine(one)) ?? answers[0]!;
    return { share, ...answer, mine: mine(answer) };
  }

  async misdirected(): Promise<{ place: Place; whole: boolean }[]> {
    const cluster = this.#cluster;
    const model = this.#model;
    if (!model || !this.up) return [];
    const all = await cluster.fleet.each((session) => session.hosts());
    return SLOTS.flatMap((slot) => {
      const use = model.slots[slot];
      if (!use) return [];
      const right = all.every((at) => use.servers.every((name, i) => at.get(`${slot}${i + 1}`) === name));
      return right ? [] : [{ place: use, whole: cluster.of(use.release).length > 0 }];
    });
  }

  writeShares(draft: History, shares: ReadonlyMap<string, number>): void {
    const { edge } = draft as SwarmHistory;
    for (const slot of SLOTS) {
      const use = edge?.slots[slot];
      if (use) use.share = shares.get(use.release) ?? 0;
    }
  }

  removePlace(draft: History, release: string): void {
    const { edge } = draft as SwarmHistory;
    for (const slot of SLOTS) if (edge?.slots[slot]?.release === release) edge.slots[slot] = null;
  }
}
