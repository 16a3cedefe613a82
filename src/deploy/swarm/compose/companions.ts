import { SeatrialError } from '../../../lib/errors.ts';
import type { Spec } from '../../release/spec.ts';
import type { Companions } from '../../target.ts';
import type { Cluster } from '../cluster.ts';
import { own } from '../spec.ts';
import { applyPlaces, restorePlaces } from './apply.ts';

/** The services of a compose file beside the one with the traffic: services `<stack>_<service>`, updated in place. */
export class SwarmCompanions implements Companions {
  readonly #cluster: Cluster;
  /** Services that had ended well before this run touched them: what they do is done once. */
  readonly #ended = new Set<string>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  has(spec: Spec): boolean {
    return own(spec).compose !== undefined;
  }

  apply(spec: Spec): Promise<void> {
    return applyPlaces(this.#cluster, own(spec), this.#cluster.history.open?.release ?? '', this.#ended);
  }

  restore(from: Spec | undefined, to: Spec, release: string): Promise<void> {
    return restorePlaces(this.#cluster, from && own(from), own(to), release, this.#ended);
  }
}

/** How many tasks there are of a release of a compose file only the file says. NOT_SUPPORTED. */
export function scalable(cluster: Cluster, spec: Spec, release: string): void {
  if (!own(spec).compose) return;
  throw new SeatrialError(
    'NOT_SUPPORTED',
    `${cluster.label}: ${release} is of a compose file, which says how many there are; change deploy.replicas there and deploy.`,
  );
}
