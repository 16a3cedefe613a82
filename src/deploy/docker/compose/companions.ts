import type { Spec } from '../../release/spec.ts';
import type { Companions } from '../../target.ts';
import type { Host } from '../host.ts';
import { own } from '../spec.ts';
import { applyRest, restoreRest } from './apply-rest.ts';

/** The services of a compose file beside the one with the traffic. */
export class DockerCompanions implements Companions {
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  has(spec: Spec): boolean {
    return own(spec).compose !== undefined;
  }

  apply(spec: Spec): Promise<void> {
    return applyRest(this.#host, own(spec));
  }

  restore(from: Spec | undefined, to: Spec): Promise<void> {
    return restoreRest(this.#host, from && own(from), own(to));
  }
}
