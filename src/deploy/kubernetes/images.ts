import type { Spec } from '../release/spec.ts';
import type { Images } from '../target.ts';

/** Nodes pull by themselves what they are to run; what they can't have shows when a release starts. */
export class KubernetesImages implements Images {
  words(spec: Spec): string {
    return `${spec.image} (by the nodes)`;
  }

  async resolve(spec: Spec): Promise<Spec> {
    return { ...spec, asked: spec.image };
  }

  async fetch(): Promise<void> {}

  async discard(): Promise<void> {}
}
