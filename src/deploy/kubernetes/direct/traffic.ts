import { asSeatrialError, SeatrialError } from '../../../lib/errors.ts';
import { askHttp, askTcp } from '../../asking.ts';
import { noCounters } from '../../on-target.ts';
import type { History, ReleaseRecord } from '../../release/history.ts';
import type { Spec } from '../../release/spec.ts';
import type { Counters, Proof, Traffic } from '../../target.ts';
import type { Edge } from '../edge/edge.ts';
import type { EdgeModel, KubernetesHistory, SlotName } from '../model.ts';
import { label } from '../names.ts';
import { FRONT_PORT, NOBODY, slotOf } from '../objects/edge.ts';
import { Slotted } from '../slotted.ts';
import type { Space } from '../space.ts';
import { own } from '../spec.ts';
import { applyWay } from '../ways/apply.ts';
import { carrierOf } from '../ways/claim.ts';
import { leadsOf } from '../ways/leads.ts';
import { dismantleDirect, ensureDirect, frontOfModel } from './ensure.ts';
import { routesUntaken, untilLearnt } from './learn.ts';
import { untilLed } from './led.ts';
import { sharesBy } from './read.ts';
import { sameCarrier } from './same.ts';

/** What is in front has a watch of its own on the endpoints behind a Service: it is given this long to read what we know. */
const READS_MS = 1000;

/** How users come in, in a word. */
const THEIRS = { service: 'its Service', ingresses: 'its Ingress', httproutes: 'its HTTPRoutes' };
/** What is known of those who read them. */
const HEARD = {
  service: '',
  ingresses: '; what its controller has made of that can not be asked',
  httproutes: ', which its Gateway has taken',
};

/** What the cluster has carries the traffic: the Service `<app>`, an Ingress with one for the candidate, or HTTPRoutes. */
export class DirectTraffic extends Slotted implements Traffic {
  readonly edge = null;
  /** The pod that asks. */
  readonly #asking: Edge;

  constructor(space: Space, asking: Edge) {
    super(space);
    this.#asking = asking;
  }

  get by(): string | undefined {
    const { edge } = this.space.history;
    if (!edge?.by) return undefined;
    const through = edge.way ? ` (${edge.way.through})` : '';
    return `${THEIRS[edge.by]}${through}, without an edge`;
  }

  get up(): boolean {
    return this.space.history.edge !== undefined;
  }

  async open(): Promise<void> {}

  /** Only a deploy (`reshape`) brings another port, other names and other testers. */
  async prepare(spec: Spec, reshape = false): Promise<void> {
    const { space } = this;
    const wanted = own(spec);
    if (!wanted.publish) return;
    const { edge } = space.history;
    if (reshape) sameCarrier(space, wanted);
    const fresh = { sticky: false, room: 1, slots: { a: null, b: null }, by: carrierOf(wanted) };
    const shape = { publish: wanted.publish, options: wanted.edgeOptions };
    const model: EdgeModel = {
      ...(edge ?? fresh),
      image: space.edgeImage(),
      ...(reshape || !edge ? shape : {}),
    } as EdgeModel;
    const said = await ensureDirect(space, model, !reshape);
    if (said) space.say(said);
    if (!reshape && edge) return;
    try {
      await this.way.claim(wanted);
    } catch (error) {
      await (edge ? this.way.settle(false) : this.tearDown());
      throw error;
    }
  }

  async maintain(): Promise<void> {
    throw new SeatrialError(
      'NOT_SUPPORTED',
      `${this.space.label}: ${this.space.app} has no edge (edge: none) that could answer in its stead; let what is in front answer 503.`,
    );
  }

  async revive(spec: Spec): Promise<void> {
    const { edge } = this.space.history;
    if (!edge) return;
    try {
      await this.prepare(spec);
    } catch (error) {
      // Users are not served by what asks: a command that brings them back goes on without it.
      const { code, message } = asSeatrialError(error);
      this.space.context.actions.warning(`${code}: ${message}`);
    }
    await this.way.revive();
  }

  async tearDown(): Promise<void> {
    const { space } = this;
    if (!space.history.edge) return;
    await space.guard();
    await dismantleDirect(space);
    await space.save((draft) => {
      draft.edge = undefined;
    });
    await space.refresh();
  }

  async shares(): Promise<Map<string, number>> {
    const { edge } = this.space.history;
    return edge ? sharesBy(this.space, edge) : new Map();
  }

  /** Brings what leads users in to what a model says: one write moves everybody, a second one removes what is over. */
  async #put(model: EdgeModel): Promise<void> {
    const { space } = this;
    const { api, app, names } = space;
    if (model.by === 'service') {
      space.listing.front = await api.apply('services', frontOfModel(space, model));
      return;
    }
    if (!model.way) return;
    const leads = leadsOf(app, model);
    await applyWay(space, model.way, { leads });
    if (model.by !== 'ingresses' || leads.beside) return;
    // An app may be called as the candidate's Ingress is: it is taken away by whose it is and not by its name.
    const canary = await api.get('ingresses', names.canary);
    if (canary?.metadata.labels?.[label('app')] === app) await api.delete('ingresses', names.canary);
  }

  #slotOf(release: string): SlotName {
    const slot = this.space.slotOf(release);
    if (slot) return slot;
    throw new SeatrialError('INTERNAL', `${this.space.label}: ${release} has no slot.`);
  }

  #noted(model: EdgeModel, edit: (draft: History) => void = () => undefined): Promise<void> {
    return this.space.save((draft: KubernetesHistory) => {
      draft.edge = model;
      edit(draft as History);
    });
  }

  async seat(release: string, port: number, edit: (draft: History) => void): Promise<void> {
    const { space } = this;
    await space.guard();
    const slot = space.freeSlot(release);
    const model = structuredClone(space.history.edge!);
    if (model.lead === slot) {
      model.lead = undefined;
      await this.#put(model);
    }
    const { app, environment } = space;
    const service = await space.api.apply('services', slotOf(app, environment, slot, release, port, FRONT_PORT));
    const ip = service.spec.clusterIP ?? '';
    await untilLed(space, this.#asking, { service: space.names.slot(slot), ip, port: FRONT_PORT, release });
    if (model.by !== 'service') await space.clock.sleep(READS_MS, space.signal);
    model.slots[slot] = { release, port, servers: [ip], share: 0 };
    await this.#noted(model, edit);
    await space.refresh();
  }

  async unseat(release: string): Promise<void> {
    const { space } = this;
    const slot = space.slotOf(release);
    if (!slot) return;
    const { api, app, environment } = space;
    const model = structuredClone(space.history.edge!);
    const had = model.slots[slot]!.share > 0;
    model.slots[slot] = null;
    if (model.lead === slot) model.lead = undefined;
    if (had) model.left = { release, at: space.now() };
    await space.guard();
    await this.#put(model);
    await api.apply('services', slotOf(app, environment, slot, NOBODY));
    await this.#noted(model);
    await space.refresh();
  }

  async shift(release: string, share: number, edit: (draft: History) => void): Promise<number> {
    const { space } = this;
    const { edge } = space.history;
    if (!edge) {
      await space.save(edit as (draft: KubernetesHistory) => void);
      return 0;
    }
    const slot = this.#slotOf(release);
    if (edge.by === 'service' && share < 1) {
      throw new SeatrialError(
        'NOT_SUPPORTED',
        `${space.label}: a Service leads to one release; use strategy: blue-green.`,
      );
    }
    const other: SlotName = slot === 'a' ? 'b' : 'a';
    const model = structuredClone(edge);
    model.slots[slot]!.share = share;
    const beside = model.slots[other];
    if (beside) {
      if (share === 1 && beside.share > 0) model.left = { release: beside.release, at: space.now() };
      beside.share = 1 - share;
    }
    if (share === 1) Object.assign(model, { lead: undefined, main: slot });
    await space.guard();
    const begun = space.clock.mono();
    await this.#put(model);
    const ms = space.clock.mono() - begun;
    const { open } = space.history;
    await this.#noted(model, edit);
    await untilLearnt(space, this.#asking, model, open?.release === release && open.command !== 'rollback');
    return model.by === 'httproutes' ? space.clock.mono() - begun : ms;
  }

  async lead(release: string): Promise<void> {
    const { space } = this;
    const { edge } = space.history;
    if (!edge?.options?.canaryMatch) return;
    const model = { ...edge, lead: this.#slotOf(release) };
    await space.guard();
    await this.#put(model);
    await this.#noted(model);
    await untilLearnt(space, this.#asking, model, true);
  }

  /** Nobody counts them: see `idleMs`. */
  async busy(): Promise<number> {
    return 0;
  }

  /** A Service keeps clients where they are: on a release that is no good, they are better off without their connection. */
  idleMs(release: string): number {
    const { history } = this.space;
    const record = history.releases.find((one) => one.release === release);
    if (history.edge?.by === 'service' && record?.status !== 'good') return Number.POSITIVE_INFINITY;
    const { left } = history.edge ?? {};
    return left?.release === release ? Math.max(0, this.space.now() - left.at) : Number.POSITIVE_INFINITY;
  }

  async counters(): Promise<Counters> {
    return noCounters;
  }

  /** Asks by the Service that users are led to. Who answered an app does not say; where they are led, the objects do. */
  async prove(record: ReleaseRecord, signal?: AbortSignal): Promise<Proof | undefined> {
    const { space } = this;
    await space.refresh(signal);
    const { edge } = space.history;
    const { release, spec } = record;
    const from = this.#asking.anywhere;
    if (!edge?.by || !from) return undefined;
    const share = (await this.shares()).get(release) ?? 0;
    const slot = space.slotOf(release) ?? 'a';
    const service = edge.by === 'service' ? space.names.front : space.names.slot(slot);
    const ip = (edge.by === 'service' ? space.listing.front?.spec.clusterIP : edge.slots[slot]?.servers[0]) ?? '';
    const { health } = spec;
    const { ok, said } = health.path
      ? await askHttp(from, { ...health, path: health.path, ip, port: FRONT_PORT }, signal)
      : await askTcp(from, { ip, port: FRONT_PORT }, signal);
    const untaken = edge.by === 'httproutes' ? await routesUntaken(space) : '';
    const what = edge.by === 'service' ? '' : `${THEIRS[edge.by]} to `;
    return {
      share: untaken ? 0 : share,
      server: service,
      status: 0,
      mine: ok,
      words: untaken || `${release} has all traffic by ${what}the Service ${service}, where ${said}${HEARD[edge.by]}`,
    };
  }
}
