import { asSeatrialError } from '../../../lib/errors.ts';
import type { Way } from '../../seen.ts';
import type { Space } from '../space.ts';
import type { KubernetesSpec } from '../spec.ts';
import { applyWay, objectsOf, withdrawAll } from './apply.ts';
import { claimOf, union, urlOf, type WayClaim } from './claim.ts';
import { leadsOf } from './leads.ts';
import { waysOf } from './look.ts';
import { checkFree } from './taken.ts';

/** How long what is in front may take to say that it leads users in. */
const OPENS_MS = 5000;

/**
 * How users come to the app by name, over one run: an Ingress or HTTPRoutes to its Service. It belongs to the edge: a
 * release that comes back changes nothing. What is written down is never less than what stands.
 */
export class NamedWay {
  readonly #space: Space;
  /** The claim before this run, and what it asks for. */
  #was: WayClaim | undefined;
  #wanted: WayClaim | undefined;
  #changed = false;

  constructor(space: Space) {
    this.#space = space;
  }

  get #standing(): WayClaim | undefined {
    return this.#space.history.edge?.way;
  }

  get url(): string | undefined {
    return this.#standing && urlOf(this.#standing);
  }

  async #note(claim: WayClaim | undefined): Promise<void> {
    if (JSON.stringify(this.#standing) === JSON.stringify(claim)) return;
    await this.#space.save((draft) => {
      if (draft.edge) draft.edge.way = claim;
    });
  }

  /** The edge is there: the names it had and those it is to have lead to it. DOMAIN_TAKEN, NOT_SUPPORTED. */
  async claim(spec: KubernetesSpec): Promise<void> {
    this.#was = this.#standing;
    this.#wanted = claimOf(spec);
    this.#changed = true;
    if (!this.#wanted) return; // they go when the release is good, in `settle`
    const claim = union(this.#was, this.#wanted);
    await this.#space.guard();
    await this.#note(claim);
    await applyWay(this.#space, claim);
    // Another app may have come by the same name since we looked.
    await checkFree(this.#space, claim);
  }

  /** The release is up (`kept`), or was given up: the names are now those it asks for, or again those from before. */
  async settle(kept: boolean): Promise<void> {
    if (!this.#changed || !this.#space.history.edge) return;
    if (!kept) this.#changed = false;
    const claim = kept ? this.#wanted : this.#was;
    await this.#space.guard();
    if (claim) await applyWay(this.#space, claim);
    if (claim || this.#standing) await withdrawAll(this.#space, claim);
    await this.#note(claim);
    if (kept && claim) await this.#tell(claim);
  }

  /** What is in front is the cluster's: that it does not lead users in yet is no fault of the release, and is said. */
  async #tell(claim: WayClaim): Promise<void> {
    const { clock, context, label, signal } = this.#space;
    const end = clock.mono() + OPENS_MS;
    for (;;) {
      const ways = await waysOf(this.#space, claim, signal);
      const ill = ways.filter(({ fault }) => fault);
      if (!ill.length) return;
      if (clock.mono() > end) {
        for (const { domain, fault } of ill) context.actions.warning(`${label}: ${domain}: ${fault}.`);
        return;
      }
      await clock.sleep(500, signal);
    }
  }

  /** What somebody took away is made again. */
  async revive(): Promise<void> {
    const { api, app, environment, context } = this.#space;
    const claim = this.#standing;
    if (!claim) return;
    try {
      const wanted = objectsOf(app, environment, claim, leadsOf(app, this.#space.history.edge));
      const there = await Promise.all(wanted.map(({ metadata }) => api.get(claim.kind, metadata.name)));
      if (there.some((object) => object === undefined)) await applyWay(this.#space, claim);
    } catch (error) {
      const { code, message } = asSeatrialError(error);
      // A command that has other things to put in order goes on; the deploy itself meets it again.
      context.actions.warning(`${code}: ${message}`);
    }
  }

  async ways(): Promise<Way[]> {
    const claim = this.#standing;
    return claim ? waysOf(this.#space, claim) : [];
  }
}
