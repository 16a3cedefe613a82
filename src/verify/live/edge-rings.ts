import type { Clock } from '../../lib/clock.ts';
import type { EdgeRecord } from '../../lib/edge-records.ts';
import { asSeatrialError } from '../../lib/errors.ts';
import type { Edge, Told } from './edge.ts';
import { Ring } from './ring.ts';

const EVERY_MS = 1000;
/** What fails is asked again; what has failed for so long at the end is told. */
const TOLD_MS = 5000;
/** Instances that are named one by one where something of them is not known. */
const NAMED = 5;

interface Followed {
  name: string;
  ring: Ring | undefined;
  /** When it was last read; at first when it was met. By the monotonic clock. */
  readAt: number;
  /** Why it can't be read now. */
  fault?: unknown;
  /** It went, as far as is known with nothing left to read. */
  ended: boolean;
}

export interface RingContext {
  /** Records that ended before are not taken; seconds by the edges' clock. */
  since: number;
  take: (record: EdgeRecord, edge: string) => void;
  clock: Clock;
  signal: AbortSignal;
  /** Nothing can be read any more. */
  lost: (error: unknown) => void;
}

/**
 * The rings of an edge: of every instance there is, and of those that come. One that goes is read until it is silent; what
 * could not be read is told, and never taken for quiet.
 */
export class EdgeRings {
  readonly edge: Edge;
  readonly #context: RingContext;
  readonly #all = new Map<string, Followed>();

  constructor(edge: Edge, context: RingContext) {
    this.edge = edge;
    this.#context = context;
    this.#meet();
  }

  get #rings(): Ring[] {
    return [...this.#all.values()].flatMap(({ ring }) => ring ?? []);
  }

  /** Records that were overwritten before they were read. */
  get lost(): number {
    return this.#rings.reduce((sum, { lost }) => sum + lost, 0);
  }

  /** How often some were lost of which nobody can tell how many. */
  get gaps(): number {
    return this.#rings.reduce((sum, { gaps }) => sum + gaps, 0);
  }

  /** Those of which records could be read. */
  get heard(): number {
    return this.#rings.length;
  }

  /** Takes up what the edge was last told to consist of; answers what is new. */
  #meet(): string[] {
    return this.edge.told.filter((one) => this.#isNew(one)).map(({ edge }) => edge);
  }

  #isNew({ edge, name, ring: place, fault }: Told): boolean {
    const known = this.#all.get(edge);
    if (known?.ring) return false;
    const { since, take, clock, signal } = this.#context;
    const ring = place && new Ring(place, since, (record) => take(record, edge), signal);
    const why = fault ?? (ring ? undefined : new Error('it keeps no records'));
    this.#all.set(edge, { name, ring, readAt: known?.readAt ?? clock.mono(), fault: why, ended: false });
    return ring !== undefined;
  }

  /** What each holds of the time before. */
  async past(): Promise<{ edge: string; records: EdgeRecord[] }[]> {
    return Promise.all(
      [...this.#all].map(async ([edge, { ring }]) => ({ edge, records: (await ring?.past().catch(() => [])) ?? [] })),
    );
  }

  /** Reads them until the signal aborts; whoever looks at the edge meanwhile tells of those that come and go. */
  async run(): Promise<void> {
    const { signal } = this.#context;
    for (const edge of this.#all.keys()) void this.#follow(edge);
    while (!signal.aborted) {
      await this.#sleep();
      for (const edge of this.#meet()) void this.#follow(edge);
    }
  }

  #sleep(): Promise<void> {
    const { clock, signal } = this.#context;
    return clock.sleep(EVERY_MS, signal).catch(() => undefined); // aborted: the loop ends itself
  }

  async #follow(edge: string): Promise<void> {
    const one = this.#all.get(edge)!;
    const { clock, signal } = this.#context;
    while (one.ring && !signal.aborted) {
      try {
        await one.ring.read();
        one.readAt = clock.mono();
        one.fault = undefined;
      } catch (error) {
        if (signal.aborted) return;
        const again = one.fault !== undefined;
        one.fault = error;
        // Once is not enough to say that it went: it still answers while it ends.
        if (again && !this.edge.told.some((told) => told.edge === edge)) {
          one.ended = true;
          one.ring.close();
          return;
        }
        this.#allLost(error);
      }
      await this.#sleep();
    }
  }

  #allLost(error: unknown): void {
    const { clock, lost } = this.#context;
    const left = [...this.#all.values()].filter(({ ended }) => !ended);
    const silent = left.filter(({ fault, readAt }) => fault && clock.mono() - readAt >= this.edge.patienceMs);
    if (silent.length === left.length) lost(error);
  }

  /** A sentence on each instance whose requests are not known to their last. */
  missing(): string[] {
    const { clock } = this.#context;
    const told = [...this.#all.values()].flatMap(({ name, ring, readAt, fault, ended }) => {
      if (ended) return `${name} went in mid-verdict; what it served since it was last read is not known`;
      const silentMs = clock.mono() - readAt;
      if (!fault || (ring && silentMs < TOLD_MS)) return [];
      const { message } = fault instanceof Error ? fault : asSeatrialError(fault);
      return ring
        ? `${name} could not be read for the last ${Math.round(silentMs / 1000)} s (${message})`
        : `${name}: ${message}`;
    });
    const more = told.length - NAMED;
    const named = told.slice(0, NAMED).map((text) => `users' requests at an edge: ${text}`);
    return more > 0 ? [...named, `users' requests at ${more} more edges`] : named;
  }

  close(): void {
    for (const ring of this.#rings) ring.close();
  }
}
