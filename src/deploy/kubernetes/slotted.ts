import { edgeOptions } from '../docker/edge/options.ts';
import type { History } from '../release/history.ts';
import type { Spec } from '../release/spec.ts';
import type { Place, Way } from '../target.ts';
import type { KubernetesHistory } from './model.ts';
import { SLOTS, type Space } from './space.ts';
import { type KubernetesSpec, own } from './spec.ts';
import { NamedWay } from './ways/way.ts';

/** Two places that are Services, and names that lead to them: what traffic has in common, whoever shares it out. */
export class Slotted {
  protected readonly space: Space;
  protected readonly way: NamedWay;

  constructor(space: Space) {
    this.space = space;
    this.way = new NamedWay(space);
  }

  get url(): string | undefined {
    return this.way.url;
  }

  get places(): readonly Place[] {
    const { edge } = this.space.history;
    return SLOTS.flatMap((slot) => edge?.slots[slot] ?? []);
  }

  displaced(release: string): string | undefined {
    const { edge } = this.space.history;
    const there = edge?.slots[this.space.freeSlot(release)]?.release;
    return there === release ? undefined : there;
  }

  complete(spec: Spec): Spec {
    const { history, context } = this.space;
    const { replicas, scale } = context.inputs;
    // Where lines of scale say how many, replicas is what holds outside of them.
    const scaled = replicas === undefined || scale.length > 0 ? history.replicas : undefined;
    const completed: KubernetesSpec = {
      ...own(spec),
      ...(scaled === undefined ? {} : { replicas: scaled }),
      edgeOptions: edgeOptions(context.inputs, history.edge?.options),
    };
    return completed;
  }

  settle(kept: boolean): Promise<void> {
    return this.way.settle(kept);
  }

  ways(): Promise<Way[]> {
    return this.way.ways();
  }

  async misdirected(): Promise<{ place: Place; whole: boolean }[]> {
    const { space } = this;
    return SLOTS.flatMap((slot) => {
      const place = space.history.edge?.slots[slot];
      if (!place || space.behind(slot) === place.release) return [];
      return [{ place, whole: space.of(place.release).length > 0 }];
    });
  }

  writeShares(draft: History, shares: ReadonlyMap<string, number>): void {
    const { edge } = draft as KubernetesHistory;
    for (const slot of SLOTS) {
      const use = edge?.slots[slot];
      if (use) use.share = shares.get(use.release) ?? 0;
    }
  }

  removePlace(draft: History, release: string): void {
    const { edge } = draft as KubernetesHistory;
    for (const slot of SLOTS) if (edge?.slots[slot]?.release === release) edge.slots[slot] = null;
  }
}
