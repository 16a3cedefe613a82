import { commonSpec } from '../../../src/deploy/common-spec.ts';
import { noCompanions } from '../../../src/deploy/on-target.ts';
import { change, emptyHistory, type History, type ReleaseRecord } from '../../../src/deploy/release/history.ts';
import { LEASE_MS, type Lease } from '../../../src/deploy/release/lease.ts';
import { isWorker } from '../../../src/deploy/release/parts.ts';
import type { Description } from '../../../src/deploy/release/plan.ts';
import type { Spec } from '../../../src/deploy/release/spec.ts';
import type {
  Abilities,
  Context,
  Images,
  Instance,
  LeaseRequest,
  Ledger,
  Look,
  OneOff,
  Target,
  Workload,
} from '../../../src/deploy/target.ts';
import { SeatrialError } from '../../../src/lib/errors.ts';
import { MemoryTraffic } from './traffic.ts';
import { Life, type World } from './world.ts';

/** A spec as this target makes it: `edged` is its own part. */
export interface MemorySpec extends Spec {
  edged: boolean;
}

/** A target in memory, over a world that outlives it. Each of its calls may be a run's last. */
export class MemoryTarget implements Target, Ledger, Images, Workload {
  readonly terms = { kind: 'docker' as const, engine: 'Memory', instance: 'process' };
  readonly world: World;
  readonly context: Context;
  readonly companions = noCompanions;
  readonly traffic: MemoryTraffic;
  readonly #life: Life;
  instances: Instance[] = [];
  history: History;
  lease: string | undefined;
  #edgeSeen = false;

  constructor(world: World, context: Context, life: Life) {
    this.world = world;
    this.context = context;
    this.#life = life;
    this.history = emptyHistory(context.inputs.app, context.inputs.environment);
    this.traffic = new MemoryTraffic(this);
  }

  get label() {
    return this.world.label;
  }

  get region() {
    return this.world.region;
  }

  // One object is all of them: what a role may do is told by the port's types.
  get ledger(): Ledger {
    return this;
  }
  get images(): Images {
    return this;
  }
  get workload(): Workload {
    return this;
  }

  get can(): Abilities {
    const edged = this.history.edge !== undefined;
    return { beside: edged, share: edged, pause: true, parts: true };
  }

  get releases(): string[] {
    return [...new Set(this.instances.map(({ release }) => release))];
  }

  get empty(): boolean {
    return this.instances.length === 0 && !this.#edgeSeen;
  }

  call<T>(name: string, effect: () => T): Promise<T> {
    return this.#life.call(this.world, name, effect);
  }

  async refresh(): Promise<void> {
    const { world } = this;
    [this.instances, this.#edgeSeen] = await this.call('list', () => [
      structuredClone(world.instances).sort((x, y) => x.name.localeCompare(y.name)),
      world.edge !== undefined,
    ]);
    this.traffic.sees(await Promise.resolve(world.edge?.up ?? false));
  }

  async steadily<T>(look: () => Promise<T>): Promise<T> {
    await this.refresh();
    return look();
  }

  async specify(root: string): Promise<MemorySpec> {
    const { inputs } = this.context;
    return { ...commonSpec(inputs, root), edged: Boolean(inputs.publish) || inputs.domains.length > 0 };
  }

  describe(spec: Spec): Description {
    return { facts: { image: spec.image, replicas: String(spec.replicas) }, env: spec.env };
  }

  async preflight(): Promise<void> {}

  async examine() {
    return [];
  }

  async scale(record: ReleaseRecord, ready: () => Promise<unknown>): Promise<void> {
    const { release, spec } = record;
    const mine = this.instances.filter((instance) => instance.release === release);
    if (mine.length < spec.replicas) {
      await this.create(record);
      await this.start(release);
      await ready();
    }
    const gone = new Set(mine.slice(spec.replicas).map(({ id }) => id));
    await this.call(`shrink ${release}`, () => {
      this.world.instances = this.world.instances.filter(({ id }) => !gone.has(id));
    });
    await this.refresh();
  }

  async clearAway(): Promise<void> {}

  async dissolve(): Promise<void> {
    await this.guard();
    await this.call('remove everything', () => this.world.clear());
    await this.close();
    this.history = emptyHistory(this.context.inputs.app, this.context.inputs.environment);
    await this.refresh();
  }

  /** Every process has one CPU, and uses of it as much as the world says. */
  cpu(release: string) {
    const mine = this.instances.filter((instance) => instance.release === release);
    const { clock, busy } = this.world;
    const cpuMs = busy(clock.mono()) * mine.length;
    return this.call(`ask for the CPU of ${release}`, () => ({
      cpuMs,
      cpus: mine.length,
      of: mine.map(({ id }) => id).join(),
    }));
  }

  // Ledger

  async load(): Promise<undefined> {
    const { app, environment } = this.context.inputs;
    this.history = await this.call('read history', () => this.world.read() ?? emptyHistory(app, environment));
  }

  async save(edit: (draft: History) => void): Promise<void> {
    await this.guard();
    const next = change(this.history, (draft) => {
      edit(draft);
      draft.rev++;
    });
    await this.call('write history', () => {
      this.world.history = JSON.stringify(next);
    });
    this.history = next;
  }

  async take({ holder, run, waitMs, onWait }: LeaseRequest): Promise<void> {
    const { clock } = this.context;
    const end = clock.mono() + waitMs;
    for (;;) {
      const held = await this.call('take lock', (): Lease | undefined => {
        const { lock } = this.world;
        if (lock && (lock.expiresAt ?? 0) >= clock.now()) return lock;
        const id = this.world.id();
        this.lease = id;
        const since = new Date(clock.now()).toISOString();
        this.world.lock = { id, holder, run, since, expiresAt: clock.now() + LEASE_MS, unreadable: '' };
        return undefined;
      });
      if (!held) return;
      onWait(held);
      if (clock.mono() >= end) throw new SeatrialError('LOCK_HELD', `${this.label}: held by ${held.holder}`);
      await clock.sleep(500);
    }
  }

  async guard(): Promise<void> {
    if (this.#life.dead) return Life.never();
    if (!this.lease) return;
    if (this.world.lock?.id !== this.lease) throw new SeatrialError('LOCK_LOST', `${this.label}: the lock was taken`);
    this.world.lock.expiresAt = this.context.clock.now() + LEASE_MS;
  }

  holder(): Promise<Lease | undefined> {
    return this.call('look at lock', () => this.world.lock);
  }

  free(id: string): Promise<{ ours: boolean }> {
    return this.call('free lock', () => {
      const ours = this.world.lock?.id === id;
      if (ours) this.world.lock = undefined;
      return { ours };
    });
  }

  now(): number {
    return this.context.clock.now();
  }

  time(): Promise<number> {
    return this.call('ask the time', () => this.now());
  }

  async close(): Promise<void> {
    if (this.lease) await this.free(this.lease);
    this.lease = undefined;
  }

  // Images

  words(spec: Spec): string {
    return spec.image;
  }

  resolve(spec: Spec): Promise<Spec> {
    return this.call('pull', () => ({ ...spec, imageId: `sha256:${spec.image}`, asked: spec.image }));
  }

  async fetch(): Promise<void> {
    await this.call('pull', () => undefined);
  }

  async discard(): Promise<void> {
    await this.call('forget images', () => undefined);
  }

  // Workload

  async create({ release, spec, image }: ReleaseRecord): Promise<void> {
    const have = new Set(this.instances.map(({ name }) => name));
    const whole = [{ name: '', replicas: spec.replicas }, ...(spec.parts ?? [])];
    const missing = whole
      .flatMap((part) => Array.from({ length: part.replicas }, (_, i) => ({ part: part.name, n: i + 1 })))
      .map(({ part, n }) => ({ part, name: part ? `${release}-${part}-${n}` : `${release}-${n}` }))
      .filter(({ name }) => !have.has(name));
    if (!missing.length) return;
    for (const { part, name } of missing) {
      await this.guard();
      await this.call(`create ${release}`, () => {
        const aside = isWorker(spec, part) ? { part, aside: true } : {};
        this.world.instances.push({ id: this.world.id(), name, release, image, state: 'created', ...aside });
      });
    }
    await this.refresh();
  }

  /** Changes what is there of a release, one call each. */
  async #each(what: string, release: string, change: (instance: Instance) => void): Promise<void> {
    await this.guard();
    for (const { id } of this.instances.filter((instance) => instance.release === release)) {
      await this.call(`${what} ${release}`, () => {
        const found = this.world.instances.find((instance) => instance.id === id);
        if (found) change(found);
      });
    }
    await this.refresh();
  }

  start(release: string): Promise<void> {
    return this.#each('start', release, (instance) => this.world.start(instance));
  }

  stop(release: string): Promise<void> {
    return this.#each('stop', release, (instance) => {
      if (instance.state !== 'created') instance.state = 'exited';
    });
  }

  rest(release: string): Promise<void> {
    return this.#each('rest', release, (instance) => {
      if (instance.aside && instance.state === 'running') instance.state = 'exited';
    });
  }

  pause(release: string): Promise<void> {
    return this.#each('pause', release, (instance) => {
      if (instance.state === 'running') instance.state = 'paused';
    });
  }

  remove(release: string): Promise<void> {
    return this.#each('remove', release, (instance) => {
      this.world.instances = this.world.instances.filter((other) => other !== instance);
    });
  }

  inspect = async ({ id, aside }: Instance, { port }: Spec, atMs: number): Promise<Look> => {
    return this.call('inspect', () => {
      const found = this.world.instances.find((instance) => instance.id === id);
      const running = found?.state === 'running';
      const ok = found !== undefined && this.world.answers(found);
      const probe = port && running && !aside ? { ok, said: `answered ${ok ? 200 : 500}` } : undefined;
      if (ok) this.world.gated.add(found.release);
      return {
        atMs,
        running,
        gone: !found,
        exitCode: 1,
        oomKilled: false,
        restarts: 0,
        health: 'none' as const,
        probe,
      };
    });
  };

  withProbe<T>(_: Spec, body: (inspect: Workload['inspect']) => Promise<T>): Promise<T> {
    return body(this.inspect);
  }

  lastLines(): Promise<string[]> {
    return this.call('read log', () => []);
  }

  async holdsSecrets(): Promise<boolean> {
    return true;
  }

  async oneOff(record: ReleaseRecord, kind: string, command: string): Promise<OneOff> {
    await this.call(`create ${kind}`, () => undefined);
    return {
      run: (onLine) => this.call(`run ${kind}`, () => onLine(`${record.release}: ${command}`)),
      exitCode: () => this.call(`wait for ${kind}`, () => (command === 'false' ? 1 : 0)),
      remove: () => this.call(`remove ${kind}`, () => undefined),
    };
  }
}
