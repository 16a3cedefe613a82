import { noCounters } from '../../../src/deploy/on-target.ts';
import type { History, ReleaseRecord } from '../../../src/deploy/release/history.ts';
import type { Spec } from '../../../src/deploy/release/spec.ts';
import type { Counted, Counters, Place, Proof, Traffic, Way } from '../../../src/deploy/target.ts';
import { SeatrialError } from '../../../src/lib/errors.ts';
import type { MemorySpec, MemoryTarget } from './target.ts';
import { SLOTS, type SlotName, type Slots } from './world.ts';

const slotsOf = (history: History) => history.edge as Slots | undefined;

/** Traffic in memory: what is written and what users meet are two things, and a kill may come between them. */
export class MemoryTraffic implements Traffic {
  get edge() {
    const { published } = this.#target.world;
    return published ? { container: 'edge', published } : null;
  }
  readonly #target: MemoryTarget;
  #up = false;

  constructor(target: MemoryTarget) {
    this.#target = target;
  }

  get #slots(): Slots | undefined {
    return slotsOf(this.#target.history);
  }

  get places(): readonly Place[] {
    const slots = this.#slots;
    return SLOTS.flatMap((slot) => slots?.[slot] ?? []);
  }

  get up(): boolean {
    return this.#slots !== undefined && this.#up;
  }

  sees(up: boolean): void {
    this.#up = up;
  }

  #slot(release: string): SlotName | undefined {
    return SLOTS.find((slot) => this.#slots?.[slot]?.release === release);
  }

  #free(release: string): SlotName {
    const slot =
      this.#slot(release) ?? SLOTS.find((s) => !this.#slots?.[s]) ?? SLOTS.find((s) => this.#slots?.[s]?.share === 0);
    if (slot) return slot;
    throw new SeatrialError('SLOT_BUSY', `${this.#target.label}: both have traffic`);
  }

  displaced(release: string): string | undefined {
    const there = this.#slots?.[this.#free(release)]?.release;
    return there === release ? undefined : there;
  }

  async open(): Promise<void> {}

  complete(spec: Spec): Spec {
    return spec;
  }

  async prepare(spec: Spec): Promise<void> {
    const { world } = this.#target;
    if (!(spec as MemorySpec).edged || (this.up && this.#slots)) return;
    const slots: Slots = this.#slots ?? { a: null, b: null };
    await this.#target.call('start edge', () => {
      const at = (slot: SlotName) => ({ release: slots[slot]?.release ?? '', weight: slots[slot]?.share ?? 0 });
      world.edge = { up: true, slots: { a: at('a'), b: at('b') } };
    });
    await this.#target.save((draft) => {
      draft.edge = slots;
    });
    await this.#target.refresh();
  }

  /** Names are made as the release has them once it is up, and as they were when it is given up. */
  async settle(kept: boolean, first: boolean): Promise<void> {
    const { world, label, context } = this.#target;
    const { domains } = context.inputs;
    if (!domains.length) return;
    await this.#target.call(`settle ${kept}`, () => undefined);
    const bare = domains.find((name) => name.startsWith('bare'));
    if (kept && first && bare) throw new SeatrialError('CERTIFICATE_MISSING', `${label}: no certificate for ${bare}`);
    if (kept) world.names = domains;
  }

  async ways(): Promise<Way[]> {
    const closed = (domain: string) => domain.startsWith('closed');
    return this.#target.world.names.map((domain) => ({
      domain,
      tls: 'auto',
      open: !closed(domain),
      ...(closed(domain) ? { fault: 'nobody is there' } : { ends: '2027-01-01T00:00:00.000Z', daysLeft: 30 }),
    }));
  }

  get url(): string | undefined {
    const [name] = this.#target.world.names;
    return name && `https://${name}`;
  }

  async maintain(): Promise<void> {
    await this.#target.call('switch maintenance', () => undefined);
  }

  async revive(spec: Spec): Promise<void> {
    if (this.#slots && !this.#up) await this.prepare(spec);
  }

  async tearDown(): Promise<void> {
    if (!this.#slots) return;
    await this.#target.call('remove edge', () => {
      this.#target.world.edge = undefined;
    });
    await this.#target.save((draft) => {
      draft.edge = undefined;
    });
    await this.#target.refresh();
  }

  shares(): Promise<Map<string, number>> {
    const { world, history } = this.#target;
    return this.#target.call('ask shares', () => {
      if (this.#slots) return world.shares();
      const running = new Set(
        this.#target.instances.filter(({ state }) => state === 'running').map(({ release }) => release),
      );
      const [serves] = running.has(history.current) ? [history.current] : running;
      return new Map(serves ? [[serves, 1]] : []);
    });
  }

  async seat(release: string, port: number, edit: (draft: History) => void): Promise<void> {
    await this.#target.guard();
    const slot = this.#free(release);
    await this.#target.call(`point at ${release}`, () => {
      const edge = this.#target.world.edge!;
      if (edge.testers === edge.slots[slot].release) edge.testers = '';
      edge.slots[slot] = { release, weight: 0 };
    });
    await this.#target.save((draft) => {
      slotsOf(draft)![slot] = { release, port, share: 0 };
      edit(draft);
    });
  }

  async unseat(release: string): Promise<void> {
    const slot = this.#slot(release);
    if (!slot) return;
    await this.#target.call(`vacate ${release}`, () => {
      const edge = this.#target.world.edge!;
      if (edge.testers === release) edge.testers = '';
      edge.slots[slot] = { release: '', weight: 0 };
    });
    await this.#target.save((draft) => {
      slotsOf(draft)![slot] = null;
    });
  }

  async shift(release: string, share: number, edit: (draft: History) => void): Promise<number> {
    if (this.#slots) await this.#move(release, share);
    await this.#target.save((draft) => {
      const slots = slotsOf(draft);
      for (const slot of SLOTS) {
        const use = slots?.[slot];
        if (use) use.share = use.release === release ? share : 1 - share;
      }
      edit(draft);
    });
    return 1;
  }

  async lead(release: string): Promise<void> {
    await this.#target.guard();
    await this.#target.call(`lead testers to ${release}`, () => {
      this.#target.world.edge!.testers = release;
    });
  }

  /** One call for each of the two, as an edge takes its weights: who shall have some comes first. */
  async #move(release: string, share: number): Promise<void> {
    await this.#target.guard();
    const slot = this.#slot(release);
    if (!slot) throw new SeatrialError('INTERNAL', `${this.#target.label}: ${release} has no place`);
    const weights = SLOTS.map((s) => [s, s === slot ? share : 1 - share] as const);
    for (const [s, weight] of weights.sort((x, y) => y[1] - x[1])) {
      if (!this.#slots![s]) continue;
      await this.#target.call(`weigh ${s}`, () => {
        this.#target.world.edge!.slots[s].weight = weight;
      });
    }
    if (share < 1 || !this.#target.world.edge!.testers) return;
    await this.#target.call('lead testers nowhere', () => {
      this.#target.world.edge!.testers = '';
    });
  }

  busy(): Promise<number> {
    return this.#target.call('ask busy', () => 0);
  }

  counters(release: string): Promise<Counters> {
    const { world } = this.#target;
    if (!this.#slot(release)) return Promise.resolve(noCounters);
    return this.#target.call('ask counters', () => {
      world.visit();
      const { ok, errors } = world.served;
      return { ...noCounters, ok: ok.get(release) ?? 0, errors5xx: errors.get(release) ?? 0 };
    });
  }

  async lately(release: string, ms: number): Promise<Counted | undefined> {
    const { world, history } = this.#target;
    const { lately } = world;
    if (!lately || !this.#slot(release)) return undefined;
    const image = history.releases.find((record) => record.release === release)?.image ?? '';
    return this.#target.call('recall', () => lately(image, ms));
  }

  async prove({ release }: ReleaseRecord): Promise<Proof | undefined> {
    if (!this.up) return undefined;
    const shares = await this.shares();
    const share = shares.get(release) ?? 0;
    const { world } = this.#target;
    const doubt = world.doubt(world.asked++);
    if (doubt instanceof Error) throw doubt;
    return { share, server: this.#slot(release) ?? '', status: 200, mine: share > 0, ...doubt };
  }

  async misdirected(): Promise<{ place: Place; whole: boolean }[]> {
    const { world } = this.#target;
    return this.#target.call('ask places', () =>
      SLOTS.flatMap((slot) => {
        const place = this.#slots?.[slot];
        if (!place || world.edge?.slots[slot].release === place.release) return [];
        return [{ place, whole: world.instances.some(({ release }) => release === place.release) }];
      }),
    );
  }

  writeShares(draft: History, shares: ReadonlyMap<string, number>): void {
    for (const place of Object.values(slotsOf(draft) ?? {})) if (place) place.share = shares.get(place.release) ?? 0;
  }

  removePlace(draft: History, release: string): void {
    const slots = slotsOf(draft);
    for (const slot of SLOTS) if (slots?.[slot]?.release === release) slots[slot] = null;
  }
}
