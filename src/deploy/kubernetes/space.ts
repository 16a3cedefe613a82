import { SeatrialError } from '../../lib/errors.ts';
import { type Api, labelsOf } from '../../lib/kubernetes/api.ts';
import { isGoing, isReady } from '../../lib/kubernetes/pods.ts';
import type { Autoscaler, Deployment, Job, Pod, Service } from '../../lib/kubernetes/types.ts';
import { DEFAULT_EDGE_IMAGE } from '../input/fields.ts';
import { emptyHistory, find } from '../release/history.ts';
import { Scope } from '../scope.ts';
import type { Context } from '../target.ts';
import type { EdgeModel, KubernetesHistory, SlotName } from './model.ts';
import { label, namesOf } from './names.ts';
import type { Where } from './objects/release.ts';
import { instanceOf } from './pods.ts';

export const SLOTS: readonly SlotName[] = ['a', 'b'];

/** The lock while a run has it. */
export interface HeldLock {
  readonly id: string;
  guard(): Promise<void>;
  release(): Promise<void>;
}

type Edit = (draft: KubernetesHistory) => void;

/** What is there of an app. */
export interface Listing {
  /** One for each release. */
  deployments: Deployment[];
  /** Of releases; those on their way out are left out. */
  pods: Pod[];
  edge: Deployment | undefined;
  edgePods: Pod[];
  /** Where no edge is: the Service users come in by, and the pod that our own requests come from. */
  front: Service | undefined;
  probe: Deployment | undefined;
  probePods: Pod[];
  slots: Service[];
  hooks: Job[];
  /** Environments that are not ours and have the app's name here. */
  strangers: string[];
}

const NOTHING: Listing = {
  deployments: [],
  pods: [],
  edge: undefined,
  edgePods: [],
  front: undefined,
  probe: undefined,
  probePods: [],
  slots: [],
  hooks: [],
  strangers: [],
};

type Listed = Deployment | Pod | Service | Job;

const roleOf = (object: Listed) => labelsOf(object)[label('role')];

/** One app in one namespace as a run sees it: what is there, what the history says, the lock. */
export class Space extends Scope {
  readonly api: Api;
  readonly names: ReturnType<typeof namesOf>;
  listing: Listing = NOTHING;
  history: KubernetesHistory;
  lock: HeldLock | undefined;
  /** Writes a changed history where it is kept. */
  write: ((before: KubernetesHistory, edit: Edit) => Promise<KubernetesHistory>) | undefined;
  #sleeps: boolean | undefined;

  constructor(api: Api, context: Context) {
    super(context);
    this.api = api;
    this.names = namesOf(this.app);
    this.history = emptyHistory(this.app, this.environment) as KubernetesHistory;
  }

  override get label(): string {
    return this.api.label;
  }

  async refresh(signal?: AbortSignal): Promise<void> {
    const mine = { [label('app')]: this.app };
    const [all, ...others] = await Promise.all([
      this.api.list('deployments', mine, { signal }),
      this.api.list('pods', mine, { signal }),
      this.api.list('services', mine, { signal }),
      this.api.list('jobs', mine, { signal }),
    ]);
    const byName = <T extends { metadata: { name: string } }>(objects: T[]) =>
      objects.sort((x, y) => x.metadata.name.localeCompare(y.metadata.name));
    const foreign = (object: Listed) => labelsOf(object)[label('environment')] !== this.environment;
    const own = <T extends Listed>(objects: T[]) => objects.filter((one) => !foreign(one));
    const deployments = own(all);
    const [pods, services, jobs] = [own(others[0]), own(others[1]), own(others[2])];
    this.listing = {
      deployments: byName(deployments.filter((one) => roleOf(one) === 'app')),
      pods: byName(pods.filter((pod) => roleOf(pod) === 'app' && !isGoing(pod))),
      edge: deployments.find((one) => roleOf(one) === 'edge'),
      edgePods: byName(pods.filter((pod) => roleOf(pod) === 'edge' && !isGoing(pod))),
      front: services.find((one) => roleOf(one) === 'front'),
      probe: deployments.find((one) => roleOf(one) === 'probe'),
      probePods: byName(pods.filter((pod) => roleOf(pod) === 'probe' && !isGoing(pod))),
      slots: services.filter((one) => roleOf(one) === 'slot'),
      hooks: jobs.filter((one) => roleOf(one) === 'hook'),
      strangers: [...new Set(all.filter(foreign).map((one) => labelsOf(one)[label('environment')] ?? ''))],
    };
  }

  /** Pods of the edge that take requests; without an edge, the one that only asks. */
  get gates(): Pod[] {
    return (this.direct ? this.listing.probePods : this.listing.edgePods).filter(isReady);
  }

  /** Traffic goes through what the cluster has, or is to: what is there says so, and else the inputs. */
  get direct(): boolean {
    const { edge } = this.history;
    if (edge) return edge.by !== undefined;
    // What has no port has no traffic to lead, with or without an edge.
    const { edge: asked, port } = this.context.inputs;
    return asked === 'none' && port !== undefined;
  }

  of(release: string): Pod[] {
    return this.listing.pods.filter((pod) => labelsOf(pod)[label('release')] === release);
  }

  deploymentOf(release: string): Deployment | undefined {
    return this.listing.deployments.find((one) => labelsOf(one)[label('release')] === release);
  }

  runs(release: string): boolean {
    const mine = this.of(release).map(instanceOf);
    return mine.length > 0 && mine.every(({ state }) => state === 'running');
  }

  async guard(): Promise<void> {
    await this.lock?.guard();
  }

  /** The API's clock; ours before it has answered. */
  now(): number {
    return this.api.wire.serverNow ?? this.clock.now();
  }

  async save(edit: Edit): Promise<void> {
    if (!this.lock || !this.write) throw new SeatrialError('INTERNAL', 'history is only written under the lock.');
    await this.lock.guard();
    this.history = await this.write(this.history, edit);
  }

  /** The cluster knows the action `sleep`: on by default from 1.30. Older ones run the image's own. */
  async sleeps(): Promise<boolean> {
    if (this.#sleeps === undefined) {
      const { major, minor } = await this.api.version({ signal: this.signal });
      this.#sleeps = Number.parseInt(major, 10) > 1 || Number.parseInt(minor, 10) >= 30;
    }
    return this.#sleeps;
  }

  async where(pullSecret = false): Promise<Where> {
    return { app: this.app, environment: this.environment, sleeps: await this.sleeps(), pullSecret };
  }

  /** The autoscaler that has the number of a release's pods in its hands. */
  async autoscalerOf(release: string): Promise<Autoscaler | undefined> {
    const all = await this.api.list('horizontalpodautoscalers', {}, { signal: this.signal });
    const name = this.names.release(release);
    return all.find(({ spec: { scaleTargetRef: to } }) => to.kind === 'Deployment' && to.name === name);
  }

  /** The image the edge shall have: one the user names, else the one it was made from. A newer default costs no edge its life. */
  edgeImage(): string {
    const asked = this.context.inputs['edge-image'];
    if (asked !== DEFAULT_EDGE_IMAGE) return asked;
    return this.history.edge?.image ?? find(this.history, this.history.current)?.spec.edgeImage ?? asked;
  }

  slotOf(release: string): SlotName | undefined {
    return SLOTS.find((slot) => this.history.edge?.slots[slot]?.release === release);
  }

  /** The slot a release has, or would be given. */
  freeSlot(release: string): SlotName {
    const edge: EdgeModel | undefined = this.history.edge;
    const slot =
      this.slotOf(release) ?? SLOTS.find((s) => !edge?.slots[s]) ?? SLOTS.find((s) => edge!.slots[s]!.share === 0);
    if (slot) return slot;
    throw new SeatrialError(
      'SLOT_BUSY',
      `${this.label}: both slots have traffic; promote or roll back the release that waits.`,
    );
  }

  /** Which release stands behind a slot, by its Service. */
  behind(slot: SlotName): string {
    const service = this.listing.slots.find(({ metadata }) => metadata.name === this.names.slot(slot));
    return service?.spec.selector?.[label('release')] ?? '';
  }
}
