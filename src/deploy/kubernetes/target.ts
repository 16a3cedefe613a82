import type { Api } from '../../lib/kubernetes/api.ts';
import type { ReleaseRecord } from '../release/history.ts';
import type { Description } from '../release/plan.ts';
import type { Spec } from '../release/spec.ts';
import type { Abilities, Context, Finding, Instance, Target, Terms, Traffic } from '../target.ts';
import { DirectTraffic } from './direct/traffic.ts';
import { dissolve } from './dissolve.ts';
import { Edge } from './edge/edge.ts';
import { examine } from './examine.ts';
import { describe } from './facts.ts';
import { KubernetesImages } from './images.ts';
import { KubernetesLedger } from './ledger.ts';
import { ManifestObjects } from './manifests/companions.ts';
import { withManifests } from './manifests/with.ts';
import { label } from './names.ts';
import { instanceOf } from './pods.ts';
import { preflight } from './preflight.ts';
import { scaleRelease } from './scale.ts';
import { Space } from './space.ts';
import { own, specFrom, specWarnings } from './spec.ts';
import { KubernetesTraffic } from './traffic.ts';
import { KubernetesWorkload } from './workload.ts';

/** A namespace of Kubernetes: a Deployment for each release behind an edge, the history in a ConfigMap, a Lease as the lock. */
export class KubernetesTarget implements Target {
  readonly terms: Terms = { kind: 'kubernetes', engine: 'Kubernetes', instance: 'pod' };
  readonly region: string;
  readonly ledger: KubernetesLedger;
  readonly images = new KubernetesImages();
  readonly workload: KubernetesWorkload;
  readonly companions: ManifestObjects;
  readonly #space: Space;
  readonly #edge: Edge;
  readonly #edged: KubernetesTraffic;
  readonly #direct: DirectTraffic;

  constructor(api: Api, context: Context, region = '') {
    const space = new Space(api, context);
    this.#space = space;
    this.#edge = new Edge(space);
    this.region = region;
    this.ledger = new KubernetesLedger(space, this.#edge);
    this.companions = new ManifestObjects(space);
    this.workload = new KubernetesWorkload(space, this.#edge, this.companions);
    this.#edged = new KubernetesTraffic(space, this.#edge);
    this.#direct = new DirectTraffic(space, this.#edge);
  }

  get traffic(): Traffic {
    return this.#space.direct ? this.#direct : this.#edged;
  }

  get label(): string {
    return this.#space.label;
  }

  get can(): Abilities {
    const { direct, history } = this.#space;
    const shares = history.edge !== undefined;
    return { beside: shares, share: shares, pause: false, uncounted: direct, holds: history.edge?.by === 'service' };
  }

  get instances(): readonly Instance[] {
    return this.#space.listing.pods.map(instanceOf);
  }

  get releases(): readonly string[] {
    return this.#space.listing.deployments.map(({ metadata }) => metadata.labels?.[label('release')] ?? '');
  }

  get empty(): boolean {
    const { deployments, edge, probe } = this.#space.listing;
    return deployments.length === 0 && !edge && !probe;
  }

  refresh(signal?: AbortSignal): Promise<void> {
    return this.#space.refresh(signal);
  }

  /** Pods come and go under our eyes, with or without another run: one that went while we looked is looked past. */
  async steadily<T>(look: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        await this.#space.refresh(signal);
        return await look();
      } catch (error) {
        const { code } = error as { code?: string };
        if (this.#space.lock || tries === 8 || !['EDGE_UNREACHABLE', 'EDGE_SESSION'].includes(code ?? '')) throw error;
        if (!(await this.ledger.holder())) throw error;
        await this.#space.clock.sleep(250, signal);
      }
    }
  }

  async specify(root: string): Promise<Spec> {
    const { inputs, actions, secrets } = this.#space.context;
    const { namespace } = this.#space.api;
    const { spec, warnings } = await withManifests(specFrom(inputs, root), inputs, { root, namespace });
    for (const line of [...specWarnings(spec, secrets), ...warnings]) actions.warning(line);
    return spec;
  }

  describe(spec: Spec): Description {
    return describe(own(spec));
  }

  preflight(spec: Spec): Promise<void> {
    return preflight(this.#space, own(spec), this.companions);
  }

  examine(): Promise<Finding[]> {
    return examine(this.#space);
  }

  scale(record: ReleaseRecord, ready: () => Promise<unknown>): Promise<void> {
    return scaleRelease(this.#space, this.workload, record, ready);
  }

  async clearAway(): Promise<void> {
    const { api, listing } = this.#space;
    for (const { metadata } of listing.hooks) await api.delete('jobs', metadata.name);
  }

  async dissolve(): Promise<void> {
    await dissolve(this.#space, this.workload, this.companions);
    await this.close();
  }

  async close(): Promise<void> {
    this.#edge.close();
    await this.#space.lock?.release();
    this.#space.lock = undefined;
  }
}
