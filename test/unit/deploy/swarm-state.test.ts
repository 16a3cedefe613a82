import { describe, expect, it } from 'vitest';
import type { Stored } from '../../../src/deploy/swarm/api.ts';
import type { SwarmHistory } from '../../../src/deploy/swarm/model.ts';
import { swarmSpecSchema } from '../../../src/deploy/swarm/spec.ts';
import { acquire, freeLock, readLock } from '../../../src/deploy/swarm/state/lock.ts';
import { rebuild } from '../../../src/deploy/swarm/state/rebuild.ts';
import { fitted, parseHistory } from '../../../src/deploy/swarm/state/store.ts';
import { MemoryClock } from '../../support/memory/clock.ts';
import { history, record } from './samples.ts';
import { labelsOf, model, specOf } from './swarm-samples.ts';

/** Configs as a Swarm keeps them: a name is had once, and labels change only by the index that was seen. */
class Configs {
  readonly engine = { label: 'swarm+unix:///s', ping: async () => ({ dateMs: this.clock.now() }) };
  readonly clock: MemoryClock;
  readonly #kept = new Map<string, Stored>();
  #index = 0;
  constructor(clock: MemoryClock) {
    this.clock = clock;
  }
  async config(name: string) {
    await Promise.resolve();
    return structuredClone(this.#kept.get(name));
  }
  async store(_kind: string, Name: string, Labels: Record<string, string>, Data: string) {
    await Promise.resolve();
    if (this.#kept.has(Name)) return undefined;
    this.#kept.set(Name, { ID: Name, Version: { Index: ++this.#index }, CreatedAt: '', Spec: { Name, Labels, Data } });
    return Name;
  }
  async relabel({ Spec, Version }: Stored, Labels: Record<string, string>) {
    await Promise.resolve();
    const now = this.#kept.get(Spec.Name);
    if (now?.Version.Index !== Version.Index) return false;
    this.#kept.set(Spec.Name, { ...now, Version: { Index: ++this.#index }, Spec: { ...now.Spec, Labels } });
    return true;
  }
}

describe('the lock', () => {
  const clock = new MemoryClock();
  const request = (holder: string) => ({ app: 'shop', environment: 'production', holder, run: '', waitMs: 0, clock });
  const forty = (configs: Configs) =>
    Promise.allSettled(Array.from({ length: 40 }, (_, i) => acquire(configs, request(`run ${i}`))));
  const won = (all: PromiseSettledResult<{ id: string }>[]) =>
    all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));

  it('of forty that take it, and of forty that steal it, one gets it; the robbed one is told', async () => {
    const configs = new Configs(clock);
    const taken = await forty(configs);
    expect(won(taken)).toHaveLength(1);
    const codes = taken.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
    expect(new Set(codes)).toEqual(new Set(['LOCK_HELD']));
    clock.pass(61_000);
    const stolen = await forty(configs);
    expect(won(stolen)).toHaveLength(1);
    const [robbed, thief] = [won(taken)[0]!, won(stolen)[0]!] as Awaited<ReturnType<typeof acquire>>[];
    await expect(robbed!.guard()).rejects.toMatchObject({ code: 'LOCK_LOST' });
    await robbed!.release();
    expect((await readLock(configs, 'shop'))?.id).toBe(thief!.id);
    await thief!.release();
    expect(await readLock(configs, 'shop')).toBeUndefined();
  });

  it('one that is renewed is not stolen, and is freed only by its id', async () => {
    const configs = new Configs(clock);
    const mine = await acquire(configs, request('me'));
    clock.pass(50_000);
    await mine.guard();
    clock.pass(50_000);
    await expect(acquire(configs, request('you'))).rejects.toMatchObject({ code: 'LOCK_HELD' });
    expect(await freeLock(configs, 'shop', 'production', 'another')).toBe(false);
    expect(await freeLock(configs, 'shop', 'production', mine.id)).toBe(true);
    await expect(mine.renew()).rejects.toMatchObject({ code: 'LOCK_LOST' });
  });

  it('is waited for as long as one asks to', async () => {
    const configs = new Configs(clock);
    const first = await acquire(configs, request('me'));
    const second = acquire(configs, { ...request('you'), waitMs: 30_000 });
    await clock.sleep(2_000);
    await first.release();
    expect((await second).id).not.toBe(first.id);
  });
});

describe('the history', () => {
  const spec = specOf();
  const kept = history(
    'r1',
    record('r3', 'bad', { spec }),
    record('r2', 'good', { spec }),
    record('r1', 'good', { spec }),
  );

  it('fits into what a Swarm keeps: the oldest go first, never what a rollback needs', () => {
    const long = structuredClone(kept) as SwarmHistory;
    for (let n = 4; n < 60; n++) long.releases.splice(1, 0, { ...long.releases[0]!, release: `old-${n}` });
    const text = fitted(long, 20_000);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(20_000);
    const names = (JSON.parse(text) as SwarmHistory).releases.map(({ release }) => release);
    expect(names[0]).toBe('r3');
    expect(names).toEqual(expect.arrayContaining(['r2', 'r1']));
    expect(names).not.toContain('old-4');
    expect(parseHistory(text, 7)).toMatchObject({ kind: 'found' });
  });

  it('one that is newer than ours, or broken, is not taken for none', () => {
    expect(parseHistory('{"format":2}', 7)).toMatchObject({ kind: 'strange', rev: 7 });
    expect(parseHistory('{', 7)).toMatchObject({ kind: 'strange', why: 'it is not JSON' });
  });

  it('is made again from labels: what serves is good, and what was good along the chain of its making', () => {
    const releases = ['r1', 'r2', 'r3', 'r4'].map((release, i) => ({
      labels: labelsOf(release, ['', 'r1', 'r2', 'r2'][i]),
      replicas: release === 'r1' ? 0 : 1,
    }));
    const rebuilt = rebuild('shop', 'production', { releases, edge: model, shares: new Map([['r4', 1]]) });
    expect(rebuilt.current).toBe('r4');
    expect(rebuilt.releases.map(({ release, status }) => `${release} ${status}`)).toEqual([
      'r4 good',
      'r3 bad',
      'r2 good',
      'r1 good',
    ]);
    expect(rebuilt.edge?.slots.a?.share).toBe(0);
    expect(swarmSpecSchema.safeParse(rebuilt.releases[0]!.spec).success).toBe(true);
  });
});
