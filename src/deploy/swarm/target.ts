import { promises as dns } from 'node:dns';
import type { Engine } from '../../lib/docker/engine.ts';
import { namesAsked } from '../front/claim.ts';
import { unresolved } from '../front/resolve.ts';
import type { ReleaseRecord } from '../release/history.ts';
import type { Description } from '../release/plan.ts';
import type { Spec } from '../release/spec.ts';
import type { Abilities, Context, Finding, Instance, Target, Terms } from '../target.ts';
import { Cluster } from './cluster.ts';
import { SwarmCompanions, scalable } from './compose/companions.ts';
import { stackSpec } from './compose/spec.ts';
import { dissolve } from './dissolve.ts';
import { examine } from './examine.ts';
import { describe } from './facts.ts';
import { upgradeFront } from './front/upgrade.ts';
import { SwarmImages } from './images.ts';
import { SwarmLedger } from './ledger.ts';
import { sweepOperators } from './operator.ts';
import { preflight } from './preflight.ts';
import { scaleRelease } from './scale.ts';
import { own, specFrom, specWarnings } from './spec.ts';
import { steadily } from './steady.ts';
import { SwarmTraffic } from './traffic.ts';
import { SwarmWorkload } from './workload.ts';

/** A Docker Swarm: a service a release behind an edge on its nodes, the history in configs, the lock in one's labels. */
export class SwarmTarget implements Target {
  readonly terms: Terms = { kind: 'swarm', engine: 'Swarm', instance: 'task' };
  readonly region: string;
  readonly companions: SwarmCompanions;
  readonly ledger: SwarmLedger;
  readonly images: SwarmImages;
  readonly workload: SwarmWorkload;
  readonly traffic: SwarmTraffic;
  readonly #cluster: Cluster;

  constructor(engine: Engine, context: Context, region = '') {
    const cluster = new Cluster(engine, context);
    this.#cluster = cluster;
    this.region = region;
    this.ledger = new SwarmLedger(cluster);
    this.images = new SwarmImages(cluster);
    this.companions = new SwarmCompanions(cluster);
    this.workload = new SwarmWorkload(cluster);
    this.traffic = new SwarmTraffic(cluster);
  }

  get label(): string {
    return this.#cluster.label;
  }

  get can(): Abilities {
    const edged = this.#cluster.history.edge !== undefined;
    return { beside: edged, share: edged, pause: false };
  }

  get instances(): readonly Instance[] {
    return this.#cluster.instances;
  }

  get releases(): readonly string[] {
    return this.#cluster.listing.releases.map(({ release }) => release);
  }

  get empty(): boolean {
    const { releases, edge } = this.#cluster.listing;
    return releases.length === 0 && !edge;
  }

  refresh(signal?: AbortSignal): Promise<void> {
    return this.#cluster.refresh(signal);
  }

  steadily<T>(look: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return steadily(this.#cluster, look, signal);
  }

  async specify(root: string): Promise<Spec> {
    const { context } = this.#cluster;
    const { inputs, actions, secrets } = context;
    const spec = inputs['compose-file'].length ? await stackSpec(context, root) : specFrom(inputs, root);
    for (const line of specWarnings(spec, secrets)) actions.warning(line);
    for (const name of await unresolved(namesAsked(spec), (host) => dns.lookup(host))) {
      actions.warning(
        `${name} can't be looked up from here: users need a DNS record that leads to the nodes of the front door.`,
      );
    }
    return spec;
  }

  describe(spec: Spec): Description {
    return describe(own(spec));
  }

  preflight(spec: Spec): Promise<void> {
    return preflight(this.#cluster, own(spec));
  }

  examine(): Promise<Finding[]> {
    return examine(this.#cluster);
  }

  async scale(record: ReleaseRecord, ready: () => Promise<unknown>): Promise<void> {
    scalable(this.#cluster, record.spec, record.release);
    return scaleRelease(this, this.#cluster, record, ready);
  }

  upgrade(): Promise<string> {
    return upgradeFront(this.#cluster);
  }

  async clearAway(): Promise<void> {
    const { api, engine, app, listing } = this.#cluster;
    for (const id of listing.hooks) await api.removeService(id);
    await sweepOperators(engine, app, this.#cluster.now());
  }

  dissolve(): Promise<void> {
    return dissolve(this.#cluster);
  }

  close(): Promise<void> {
    return this.#cluster.close();
  }
}
