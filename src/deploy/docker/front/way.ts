import { isDeepStrictEqual } from 'node:util';
import { asSeatrialError, SeatrialError } from '../../../lib/errors.ts';
import { type Claim, union, urlOf } from '../../front/claim.ts';
import { clashes, parsePublish } from '../../publish.ts';
import { reshapeEdge } from '../edge/ensure.ts';
import type { Host } from '../host.ts';
import type { EdgeModel, Standing } from '../model.ts';
import type { DockerSpec } from '../spec.ts';
import { awaitCertificates } from './certificates.ts';
import { claimNames, joinEdge, leaveFront, releaseNames, stands } from './front.ts';
import { servesGiven } from './own.ts';

/** What a spec asks of the front; undefined where it has no domains. */
export const claimOf = ({ domains, front }: DockerSpec): Claim | undefined =>
  domains?.length && front ? { domains, ...front } : undefined;

/** As it is written down: what is undefined is not there. */
const plain = (value: unknown): unknown => value && JSON.parse(JSON.stringify(value));

const bare = ({ app: _app, image: _image, http: _http, https: _https, ...claim }: Standing): Claim => claim;

/** How an app is led to by the front door, over one run. It belongs to the edge: a release that comes back changes nothing. */
export class FrontWay {
  readonly #host: Host;
  /** The claim before this run, and what it asks for. */
  #was: Claim | undefined;
  #wanted: Claim | undefined;
  #changed = false;

  constructor(host: Host) {
    this.#host = host;
  }

  get #edge(): EdgeModel | undefined {
    return this.#host.history.edge;
  }

  /** Where users find the app. */
  get url(): string | undefined {
    const front = this.#edge?.front;
    return front && urlOf(front, front);
  }

  /**
   * The port the edge shall publish. An app that goes over to domains keeps its port beside them, until a later deploy
   * closes it behind the front; one whose port the front itself needs gives it up at once.
   */
  publishOf({ publish, domains }: DockerSpec): string {
    const before = this.#edge;
    if (publish) return publish;
    if (!domains?.length) return before?.publish ?? '';
    if (!before?.publish || before.front) return '';
    const { inputs } = this.#host.context;
    const needed = [inputs['front-http'] ?? '80', inputs['front-https'] ?? '443'].map(parsePublish);
    if (needed.some((port) => clashes(port, parsePublish(before.publish)))) return '';
    this.#host.say(`${before.publish} stays open beside the domains; the next deploy closes it`);
    return before.publish;
  }

  /** Before the edge: the names are the app's from here on, and lead to its edge as soon as that is there. */
  async claim(spec: DockerSpec, reshape: boolean): Promise<Standing | undefined> {
    const before = this.#edge?.front;
    if (!reshape) return before && this.#stand(bare(before));
    this.#was = before && bare(before);
    this.#wanted = claimOf(spec);
    this.#changed = true;
    if (!this.#wanted) return before; // it leaves the front when the release is good, in `settle`
    return this.#stand(union(this.#was, this.#wanted));
  }

  /** Where the front has just this claim already, it is not touched. */
  async #stand(claim: Claim): Promise<Standing> {
    const host = this.#host;
    const standing = this.#edge?.front;
    const same =
      standing &&
      isDeepStrictEqual(plain(bare(standing)), plain(claim)) &&
      (await servesGiven(host)) &&
      (await stands(host, claim));
    return same ? standing : claimNames(host, claim);
  }

  /** The edge is there: the front is told where. */
  async join(standing: Standing): Promise<void> {
    await this.#host.guard();
    await joinEdge(this.#host);
    await this.#note(standing);
  }

  async #note(standing: Standing | undefined): Promise<void> {
    if (isDeepStrictEqual(plain(this.#edge?.front), plain(standing))) return;
    await this.#host.save((draft) => {
      draft.edge!.front = standing;
    });
  }

  /**
   * The release is up (`kept`), or was given up: the names are now those it asks for, or again those from before. The first
   * time that an app has domains it is CERTIFICATE_MISSING where one has no certificate.
   */
  async settle(kept: boolean, first: boolean): Promise<void> {
    if (!this.#changed) return;
    const host = this.#host;
    const claim = kept ? this.#wanted : this.#was;
    if (!this.#edge) return;
    if (kept && claim) await this.#certified(claim, first || !this.#was);
    this.#changed = false;
    if (claim) return this.#note(await this.#stand(claim));
    await releaseNames(host);
    if (!this.#edge.front) return;
    await reshapeEdge(host, { ...this.#edge, front: undefined });
    await leaveFront(host);
  }

  async #certified(claim: Claim, first: boolean): Promise<void> {
    const host = this.#host;
    const missing = await awaitCertificates(host, claim);
    if (!missing.length) return;
    const said = missing.map(({ domain, why }) => `${domain}: ${why}`).join('; ');
    if (first) {
      throw new SeatrialError(
        'CERTIFICATE_MISSING',
        `${host.label}: no certificate serves for ${said}; mend that (does its DNS lead here, is port 80 open?) and deploy again.`,
      );
    }
    host.context.actions.warning(`${host.label}: no certificate serves yet for ${said}; status tells when one does.`);
  }

  /** The front is there and has the app's names; what a host or a volume has lost is made again. */
  async revive(): Promise<void> {
    const front = this.#edge?.front;
    if (!front || !this.#host.edgeRuns) return;
    try {
      await this.#note(await this.#stand(bare(front)));
      await joinEdge(this.#host);
    } catch (error) {
      const { code, message } = asSeatrialError(error);
      // A command that has other things to put in order goes on; the deploy itself meets it again.
      this.#host.context.actions.warning(`${code}: ${message}`);
    }
  }
}
