import { SeatrialError } from '../../lib/errors.ts';
import { noCounters } from '../on-target.ts';
import type { History, ReleaseRecord } from '../release/history.ts';
import type { Spec } from '../release/spec.ts';
import type { Counted, Counters, Place, Proof, Traffic, Way } from '../target.ts';
import { type AppContainer, edgeName } from './containers.ts';
import { align, misplaced } from './edge/astray.ts';
import { MAP_FILE, SLOTS } from './edge/config.ts';
import { publishedBy } from './edge/container.ts';
import { dismantle } from './edge/dismantle.ts';
import { drained } from './edge/drained.ts';
import { ensureEdge } from './edge/ensure.ts';
import { entrances } from './edge/entrances.ts';
import { metSince } from './edge/lately.ts';
import { endLead, leadNobody, leadTo } from './edge/lead.ts';
import { readPages } from './edge/pages.ts';
import { emptied, misfits, placeFor, weightsOf } from './edge/places.ts';
import { prepareEdge } from './edge/prepare.ts';
import { portsNow, proveAt } from './edge/prove.ts';
import type { ServerStat } from './edge/runtime.ts';
import { tellPlaces } from './edge/tell-places.ts';
import { waysOf } from './front/certificates.ts';
import { frontWay } from './front/way.ts';
import type { Host } from './host.ts';
import type { DockerHistory, EdgeModel, SlotName } from './model.ts';
import { completed, own } from './spec.ts';
import { MOUNT } from './state/mount.ts';

const sum = (of: readonly ServerStat[], count: (s: ServerStat) => number) => of.reduce((n, s) => n + count(s), 0);

/** The edge `<app>-edge`: two slots, weights by its admin session. A host without one has no places. */
export class DockerTraffic implements Traffic {
  readonly #host: Host;
  readonly #way: ReturnType<typeof frontWay>;

  constructor(host: Host) {
    this.#host = host;
    this.#way = frontWay(host);
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
    if (!listing.edge) return null;
    const ports = portsNow(this.#host.history);
    const further = ports.length > 1 ? { ports } : {};
    return { container: edgeName(app), published: publishedBy(listing.edge), ...further };
  }

  get #backends(): string[] {
    const { edge } = this.#host.history;
    return edge ? entrances(edge).map(({ backend }) => backend) : [];
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
    const { inputs } = this.#host.context;
    return completed(own(spec), inputs, this.#host.history, readPages(this.#host.context));
  }

  prepare(spec: Spec, reshape = false): Promise<void> {
    return prepareEdge(this.#host, this.#way, spec, reshape);
  }

  settle(kept: boolean, first: boolean): Promise<void> {
    return this.#way.settle(kept, first);
  }

  async ways(): Promise<Way[]> {
    const front = this.#host.history.edge?.front;
    return front ? waysOf(this.#host, front) : [];
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
    if (edge && host.edgeRuns) await align(host, edge);
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
    const { place, pointers } = placeFor(edge, slot, release, port, host.of(release));
    await endLead(host, slot);
    await host.edge().point(pointers);
    await host.save((draft) => {
      draft.edge!.slots[slot] = place;
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
    const { place: next, pointers } = placeFor(edge, slot, release, place.port, containers);
    await host.guard();
    const had = new Set(misfits(edge, slot, place, next));
    await host.edge().point(pointers.filter(([server]) => had.has(server)));
    const leaving = pointers.flatMap(([server, at]) => (at || !had.has(server) ? [] : [server]));
    await host.save((draft) => {
      draft.edge!.slots[slot] = { ...next, share: place.share };
    });
    await tellPlaces(host);
    await this.#give(release, place.share, () => undefined, edge.lead);
    await drained(host, this.#backends, leaving, drainMs);
  }

  async unseat(release: string): Promise<void> {
    const host = this.#host;
    const slot = host.slotOf(release);
    if (!slot) return;
    const edge = host.history.edge!;
    await endLead(host, slot);
    await host.edge().point(emptied(edge, slot));
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
    const next = { ...edge, slots };
    await host.edge().setWeights(weightsOf(next), edge.sticky);
    return next;
  }

  async busy(release: string): Promise<number> {
    const slot = this.#host.slotOf(release);
    if (!slot || !this.#host.runtime) return 0;
    const mine = (await this.#host.runtime.stats(this.#backends)).servers.filter((s) => s.name.startsWith(slot));
    return sum(mine, (s) => s.busy);
  }

  /** Since the edge started. */
  async counters(release: string): Promise<Counters> {
    const slot = this.#host.slotOf(release);
    if (!slot || !this.#host.runtime) return noCounters;
    const { servers, errors5xx } = await this.#host.runtime.stats(this.#backends);
    const mine = servers.filter((s) => s.name.startsWith(slot));
    return {
      ok: sum(mine, (s) => s.ok),
      errors5xx: sum(mine, (s) => s.errors5xx),
      failed: sum(mine, (s) => s.connectErrors + s.responseErrors),
      made: errors5xx - sum(servers, (s) => s.errors5xx),
    };
  }

  /** By the records that the edge keeps in memory, some ten thousand. A deploy goes on without them. */
  async lately(release: string, ms: number): Promise<Counted | undefined> {
    const host = this.#host;
    const slot = host.slotOf(release);
    if (!slot || !host.edgeRuns || !host.runtime) return undefined;
    const records = await host.runtime.records().catch((problem: unknown) => {
      const why = problem instanceof Error ? problem.message : problem;
      host.say(`what users met in the last minute can't be read (${why}); the release is compared with what follows`);
      return '';
    });
    return metSince(records, release, slot, host.now() - ms);
  }

  async prove(record: ReleaseRecord, signal?: AbortSignal): Promise<Proof | undefined> {
    return this.#host.edgeRuns ? proveAt(this.#host, record, signal) : undefined;
  }

  async misdirected(): Promise<{ place: Place; whole: boolean }[]> {
    const host = this.#host;
    const { edge } = host.history;
    if (!edge || !host.edgeRuns) return [];
    return misplaced(host, edge);
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
