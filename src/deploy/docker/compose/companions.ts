import type { ReleaseRecord } from '../../release/history.ts';
import type { Spec } from '../../release/spec.ts';
import type { Companions } from '../../target.ts';
import type { Host } from '../host.ts';
import { own } from '../spec.ts';
import { applyRest, followRest, restoreRest } from './apply-rest.ts';
import { lookAgain } from './gate-rest.ts';

/** The services of a compose file beside the one with the traffic. */
export class DockerCompanions implements Companions {
  readonly #host: Host;
  /** Services that had ended well before this run touched them: what they do is done once. */
  readonly #ended = new Set<string>();
  /** Containers this run has gated, with how often each had been restarted before. */
  readonly #gated = new Map<string, number>();

  constructor(host: Host) {
    this.#host = host;
  }

  has(spec: Spec): boolean {
    return own(spec).compose !== undefined;
  }

  apply(spec: Spec): Promise<void> {
    return applyRest(this.#host, own(spec), this.#ended, this.#gated);
  }

  stillWell(spec: Spec): Promise<void> {
    return lookAgain(this.#host, own(spec), this.#gated);
  }

  follow({ release, spec }: ReleaseRecord): Promise<void> {
    return followRest(this.#host, own(spec), release, this.#ended);
  }

  restore(from: Spec | undefined, to: Spec, release: string): Promise<void> {
    return restoreRest(this.#host, from && own(from), own(to), release, this.#ended);
  }
}
