import { isDeepStrictEqual } from 'node:util';
import { asSeatrialError, SeatrialError } from '../../lib/errors.ts';
import { clashes, parsePublish } from '../publish.ts';
import type { Missing } from './certificates.ts';
import { bare, type Claim, claimOf, type FrontOptions, type Standing, union, urlOf } from './claim.ts';

/** What the way of an app asks of its place: the front there, and the app's edge, each as it stands in the history. */
export interface Keeper {
  readonly label: string;
  readonly edge: { publish: string; front?: Standing } | undefined;
  readonly edgeRuns: boolean;
  /** Ports of the front, as `publish` writes them. */
  readonly ports: readonly string[];
  say(line: string): void;
  warn(line: string): void;
  guard(): Promise<void>;
  /** Writes down what the edge has at the front. */
  note(standing: Standing | undefined): Promise<void>;
  /** Gives the app its names at the front, which is made where there is none. DOMAIN_TAKEN, PORT_TAKEN, FRONT_CONFIG. */
  claim(claim: Claim): Promise<Standing>;
  /** Takes the app's names away; nothing happens where it has none. */
  release(): Promise<void>;
  /** The front leads to the edge, from now on. */
  join(): Promise<void>;
  /** The edge listens to the front no more. */
  leave(): Promise<void>;
  /** Whether the front runs and has what the app claims. */
  stands(claim: Claim): Promise<boolean>;
  /** Whether the certificate this run was handed is the one that is served. */
  servesGiven(): Promise<boolean>;
  /** Waits for the certificates of a claim; answers those that are missing then. */
  missing(claim: Claim): Promise<Missing[]>;
}

interface Asked {
  publish?: string;
  domains?: string[];
  front?: FrontOptions;
}

/** As it is written down: what is undefined is not there. */
const plain = (value: unknown): unknown => value && JSON.parse(JSON.stringify(value));

/** How an app is led to by the front door, over one run. It belongs to the edge: a release that comes back changes nothing. */
export class FrontWay {
  readonly #keeper: Keeper;
  /** The claim before this run, and what it asks for. */
  #was: Claim | undefined;
  #wanted: Claim | undefined;
  #changed = false;

  constructor(keeper: Keeper) {
    this.#keeper = keeper;
  }

  /** Where users find the app. */
  get url(): string | undefined {
    const front = this.#keeper.edge?.front;
    return front && urlOf(front, front);
  }

  /**
   * The port the edge shall publish. An app that goes over to domains keeps its port beside them, until a later deploy
   * closes it behind the front; one whose port the front itself needs gives it up at once.
   */
  publishOf({ publish, domains }: Asked): string {
    const before = this.#keeper.edge;
    if (publish) return publish;
    if (!domains?.length) return before?.publish ?? '';
    if (!before?.publish || before.front) return '';
    const needed = this.#keeper.ports.map(parsePublish);
    if (needed.some((port) => clashes(port, parsePublish(before.publish)))) return '';
    this.#keeper.say(`${before.publish} stays open beside the domains; the next deploy closes it`);
    return before.publish;
  }

  /** Before the edge: the names are the app's from here on, and lead to its edge as soon as that is there. */
  async claim(spec: Asked, reshape: boolean): Promise<Standing | undefined> {
    const before = this.#keeper.edge?.front;
    if (!reshape) return before && this.#stand(bare(before));
    this.#was = before && bare(before);
    this.#wanted = claimOf(spec);
    this.#changed = true;
    if (!this.#wanted) return before; // it leaves the front when the release is good, in `settle`
    return this.#stand(union(this.#was, this.#wanted));
  }

  /** Where the front has just this claim already, it is not touched. */
  async #stand(claim: Claim): Promise<Standing> {
    const keeper = this.#keeper;
    const standing = keeper.edge?.front;
    const same =
      standing &&
      isDeepStrictEqual(plain(bare(standing)), plain(claim)) &&
      (await keeper.servesGiven()) &&
      (await keeper.stands(claim));
    return same ? standing : keeper.claim(claim);
  }

  /** The edge is there: the front is told where. */
  async join(standing: Standing): Promise<void> {
    await this.#keeper.guard();
    await this.#keeper.join();
    await this.#note(standing);
  }

  async #note(standing: Standing | undefined): Promise<void> {
    if (isDeepStrictEqual(plain(this.#keeper.edge?.front), plain(standing))) return;
    await this.#keeper.note(standing);
  }

  /**
   * The release is up (`kept`), or was given up: the names are now those it asks for, or again those from before. The first
   * time that an app has domains it is CERTIFICATE_MISSING where one has no certificate.
   */
  async settle(kept: boolean, first: boolean): Promise<void> {
    if (!this.#changed) return;
    const keeper = this.#keeper;
    const claim = kept ? this.#wanted : this.#was;
    if (!keeper.edge) return;
    if (kept && claim) await this.#certified(claim, first || !this.#was);
    this.#changed = false;
    if (claim) return this.#note(await this.#stand(claim));
    await keeper.release();
    if (keeper.edge.front) await keeper.leave();
  }

  async #certified(claim: Claim, first: boolean): Promise<void> {
    const keeper = this.#keeper;
    const missing = await keeper.missing(claim);
    if (!missing.length) return;
    const said = missing.map(({ domain, why }) => `${domain}: ${why}`).join('; ');
    if (first) {
      throw new SeatrialError(
        'CERTIFICATE_MISSING',
        `${keeper.label}: no certificate serves for ${said}; mend that (does its DNS lead here, is port 80 open?) and deploy again.`,
      );
    }
    keeper.warn(`${keeper.label}: no certificate serves yet for ${said}; status tells when one does.`);
  }

  /** The front is there and has the app's names; what was lost is made again. */
  async revive(): Promise<void> {
    const keeper = this.#keeper;
    const front = keeper.edge?.front;
    if (!front || !keeper.edgeRuns) return;
    try {
      await this.#note(await this.#stand(bare(front)));
      await keeper.join();
    } catch (error) {
      const { code, message } = asSeatrialError(error);
      // A command that has other things to put in order goes on; the deploy itself meets it again.
      keeper.warn(`${code}: ${message}`);
    }
  }
}
