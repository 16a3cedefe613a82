import { promises as dns } from 'node:dns';
import type { Engine } from '../../lib/docker/engine.ts';
import { nameOf } from '../../lib/docker/inspect.ts';
import { namesAsked } from '../front/claim.ts';
import { unresolved } from '../front/resolve.ts';
import type { ReleaseRecord } from '../release/history.ts';
import type { Description } from '../release/plan.ts';
import type { Spec } from '../release/spec.ts';
import type { Abilities, Context, Finding, Instance, Target, Terms } from '../target.ts';
import { DockerCompanions } from './compose/companions.ts';
import { composeSpec } from './compose/spec.ts';
import { edgeName, leavingName } from './containers.ts';
import { dissolve } from './dissolve.ts';
import { examine } from './examine.ts';
import { describe } from './facts.ts';
import { upgradeFront } from './front/upgrade.ts';
import { Host } from './host.ts';
import { DockerImages } from './images.ts';
import { DockerLedger } from './ledger.ts';
import { preflight } from './preflight.ts';
import { removeContainer, renameContainer } from './removal.ts';
import { scaleRelease } from './scale.ts';
import { own, specFrom, specWarnings } from './spec.ts';
import { steadily } from './steady.ts';
import { DockerTraffic } from './traffic.ts';
import { DockerWorkload } from './workload.ts';

/** A reader lives for a moment; one this old was left behind by a kill. */
const READER_MS = 60_000;

/** One Docker host: containers behind an edge, the history in a volume, a container nobody starts as the lock. */
export class DockerTarget implements Target {
  readonly terms: Terms = { kind: 'docker', engine: 'Docker', instance: 'container' };
  readonly region: string;
  readonly ledger: DockerLedger;
  readonly images: DockerImages;
  readonly workload: DockerWorkload;
  readonly companions: DockerCompanions;
  readonly traffic: DockerTraffic;
  readonly #host: Host;

  constructor(engine: Engine, context: Context, cli: Record<string, string>, region = '') {
    const host = new Host(engine, context, cli);
    this.#host = host;
    this.region = region;
    this.ledger = new DockerLedger(host);
    this.images = new DockerImages(host);
    this.companions = new DockerCompanions(host);
    this.workload = new DockerWorkload(host);
    this.traffic = new DockerTraffic(host);
  }

  get label(): string {
    return this.#host.label;
  }

  get can(): Abilities {
    const edged = this.#host.history.edge !== undefined;
    return { beside: edged, share: edged, pause: true, parts: true, pages: true, metrics: true };
  }

  get instances(): readonly Instance[] {
    return this.#host.listing.apps;
  }

  get releases(): readonly string[] {
    return [...new Set(this.#host.listing.apps.map(({ release }) => release))];
  }

  get empty(): boolean {
    const { apps, edge } = this.#host.listing;
    return apps.length === 0 && !edge;
  }

  refresh(signal?: AbortSignal): Promise<void> {
    return this.#host.refresh(signal);
  }

  steadily<T>(look: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return steadily(this.#host, look, signal);
  }

  async specify(root: string, all: readonly Target[]): Promise<Spec> {
    const { context } = this.#host;
    const { inputs, actions, secrets } = context;
    const remote = all.some(({ label }) => !label.startsWith('unix://'));
    const spec = inputs['compose-file'].length ? await composeSpec(context, root, remote) : specFrom(inputs, root);
    for (const line of specWarnings(spec, secrets)) actions.warning(line);
    for (const name of await unresolved(namesAsked(spec), (host) => dns.lookup(host))) {
      actions.warning(
        `${name} can't be looked up from here: users need a DNS record that leads to the host, and so does tls: auto.`,
      );
    }
    return spec;
  }

  describe(spec: Spec): Description {
    return describe(own(spec));
  }

  preflight(spec: Spec): Promise<void> {
    return preflight(this.#host, own(spec));
  }

  examine(): Promise<Finding[]> {
    return examine(this.#host);
  }

  scale(record: ReleaseRecord, ready: () => Promise<unknown>): Promise<void> {
    return scaleRelease(this, this.#host, record, ready);
  }

  upgrade(): Promise<string> {
    return upgradeFront(this.#host);
  }

  async clearAway(): Promise<void> {
    const { engine, listing, context, label } = this.#host;
    const { hooks, readers, going, left } = listing;
    const old = readers.filter(({ createdAt }) => this.#host.now() - createdAt > READER_MS);
    for (const id of [...hooks, ...left, ...old.map((reader) => reader.id)]) await removeContainer(engine, id);
    // Its successor never came: the run that was replacing it was killed.
    const { edge } = listing;
    if (edge && nameOf(edge) === leavingName(this.#host.app)) {
      await renameContainer(engine, edge.Id, edgeName(this.#host.app));
    }
    for (const { id, name } of going) {
      const { stuck } = await removeContainer(engine, id);
      if (stuck) {
        context.actions.warning(
          `${label}: the engine fails to remove ${name}, which is dead and does no harm (${stuck}); restart the engine when it suits you.`,
        );
      }
    }
  }

  dissolve(): Promise<void> {
    return dissolve(this.#host);
  }

  close(): Promise<void> {
    return this.#host.close();
  }
}
