import type { History } from '../../../src/deploy/release/history.ts';
import type { Lease } from '../../../src/deploy/release/lease.ts';
import type { Counted, Instance, Place, Proof } from '../../../src/deploy/target.ts';
import { SeatrialError } from '../../../src/lib/errors.ts';
import { MemoryClock } from './clock.ts';

export type SlotName = 'a' | 'b';
export const SLOTS = ['a', 'b'] as const;

/** What the memory target keeps of the traffic in the history; opaque to the flows. */
export type Slots = Record<SlotName, Place | null>;

/**
 * How a release behaves, by a word in the name of its image: `sick` answers no probe, `crash` exits as it starts,
 * `faulty` answers users with 5xx, `dies` exits as soon as it has traffic; any other is well.
 */
const is = (instance: Instance, word: 'sick' | 'crash' | 'faulty' | 'dies') => instance.image.includes(word);

/** One machine in memory. It outlives the runs that work on it. */
export class World {
  readonly label: string;
  readonly region: string;
  readonly clock: MemoryClock;
  /** As written: text, so that nothing is shared with a run by accident. */
  history: string | undefined;
  lock: Lease | undefined;
  instances: Instance[] = [];
  /** Who each slot leads to, and its weight; undefined where there is no edge. */
  edge: { up: boolean; slots: Record<SlotName, { release: string; weight: number }>; testers?: string } | undefined;
  /** Releases that passed a gate: the only ones that users may meet. */
  readonly gated = new Set<string>();
  served: Record<'ok' | 'errors', Map<string, number>> = {
    ok: new Map<string, number>(),
    errors: new Map<string, number>(),
  };
  /** Names users come by, as the last deploy left them; one that begins with `bare` has no certificate. */
  names: string[] = [];
  /** A port of the edge's own, where there is one to be told of. */
  published = '';
  /** Milliseconds of CPU that each process has used by a moment. */
  busy = (_ms: number): number => 0;
  /** Whether one that is well otherwise gives no answer to this question; told the image. */
  silent = (_image: string): boolean => false;
  /** What users met of an image lately, where that is written down; told for how long. */
  lately: ((image: string, ms: number) => Counted | undefined) | undefined;
  /** What the edge says to the question who serves, where it is not the truth; told how often it was asked before. */
  doubt = (_asked: number): Partial<Proof> | Error => ({});
  asked = 0;
  #ids = 0;
  /** What users lost, one line for each call after which nobody answered them. */
  readonly outages: string[] = [];
  /** Set once a release was called good: from then on somebody has to answer. */
  promised = false;

  constructor(label: string, region = '', clock = new MemoryClock()) {
    this.label = label;
    this.region = region;
    this.clock = clock;
  }

  /** Another world that was like this one until now. */
  copy(clock: MemoryClock): World {
    const { label, region, history, promised } = this;
    const { lock, instances, edge, served } = structuredClone({
      lock: this.lock,
      instances: this.instances,
      edge: this.edge,
      served: this.served,
    });
    const other = Object.assign(new World(label, region, clock), { history, lock, instances, edge, served, promised });
    for (const release of this.gated) other.gated.add(release);
    other.#ids = this.#ids;
    return other;
  }

  id(): string {
    return `${this.label}#${++this.#ids}`;
  }

  read(): History | undefined {
    return this.history === undefined ? undefined : (JSON.parse(this.history) as History);
  }

  /** Nothing of the app is left but its lock, which whoever holds it gives back. */
  clear(): void {
    this.instances = [];
    this.edge = undefined;
    this.history = undefined;
    this.promised = false;
  }

  runs(release: string): boolean {
    const mine = this.instances.filter((instance) => instance.release === release && !instance.aside);
    return mine.length > 0 && mine.every(({ state }) => state === 'running');
  }

  /** Share by release, as users meet it. */
  shares(): Map<string, number> {
    const shares = new Map<string, number>();
    if (!this.edge?.up) return shares;
    const total = SLOTS.reduce((sum, slot) => sum + this.edge!.slots[slot].weight, 0);
    for (const slot of SLOTS) {
      const { release, weight } = this.edge.slots[slot];
      if (release && total) shares.set(release, (shares.get(release) ?? 0) + weight / total);
    }
    return shares;
  }

  start(instance: Instance): void {
    instance.state = is(instance, 'crash') ? 'exited' : 'running';
  }

  answers(instance: Instance): boolean {
    return instance.state === 'running' && !is(instance, 'sick') && !this.silent(instance.image);
  }

  /** Users come by: each release is asked a hundred times, as it is met. */
  visit(): void {
    for (const [release, share] of this.shares()) {
      const count = Math.round(share * 100);
      const mine = this.instances.filter((instance) => instance.release === release);
      const bad = mine.some((instance) => is(instance, 'faulty'));
      const bucket = bad ? this.served.errors : this.served.ok;
      bucket.set(release, (bucket.get(release) ?? 0) + count);
      if (count) for (const instance of mine) if (is(instance, 'dies')) instance.state = 'exited';
    }
  }

  /** After each change: whoever is met must run, and somebody must be met once there was somebody. */
  check(after: string): void {
    const met = [...this.shares()].filter(([, share]) => share > 0);
    const well = met.filter(([release]) => this.runs(release));
    if (!this.promised || !this.edge) return;
    const lost = met.filter(([release]) => !this.runs(release) || !this.gated.has(release));
    if (!well.length) this.outages.push(`${this.label}: nobody answers after ${after}`);
    const { testers } = this.edge;
    if (testers && (!this.runs(testers) || !this.gated.has(testers)))
      this.outages.push(`${this.label}: testers are led to ${testers} after ${after}`);
    for (const [release] of lost) this.outages.push(`${this.label}: ${release} is met after ${after}`);
  }
}

/** One run's life: it can fail at a call, be cancelled at one, or die before or after one. */
export class Life {
  calls = 0;
  /** Of the calls so far, in order. */
  readonly names: string[] = [];
  readonly #plan: Fate;
  #dead = false;
  #died: () => void = () => undefined;
  /** Resolves when the run was killed. */
  readonly death: Promise<'killed'>;

  constructor(plan: Fate = {}) {
    this.#plan = plan;
    this.death = new Promise((resolve) => {
      this.#died = () => resolve('killed');
    });
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** What a killed process still waits for never comes. */
  static never(): Promise<never> {
    return new Promise(() => undefined);
  }

  #kill(): Promise<never> {
    this.#dead = true;
    this.#died();
    return Life.never();
  }

  /** One call to the engine: the only way a run reaches the world. */
  async call<T>(world: World, name: string, effect: () => T): Promise<T> {
    if (this.#dead) return Life.never();
    const n = ++this.calls;
    this.names.push(name);
    const { at, how, act } = this.#plan;
    const now = at === n;
    if (now && how === 'die before') return this.#kill();
    if (now && how === 'fail before') throw refused(world, name);
    if (now && how === 'do') act?.(world);
    const answer = effect();
    world.check(name);
    if (now && how === 'die after') return this.#kill();
    if (now && how === 'fail after') throw refused(world, name);
    return answer;
  }
}

/** What befalls a run, and at which call (from 1). */
export interface Fate {
  at?: number;
  how?: 'die before' | 'die after' | 'fail before' | 'fail after' | 'do';
  /** With `do`: what happens at that call, e.g. a cancel or the loss of the lock. */
  act?: (world: World) => void;
}

const refused = (world: World, name: string) => new SeatrialError('ENGINE_REFUSED', `${world.label}: ${name}: refused`);
