import { describe, expect, it } from 'vitest';
import { command } from '../../support/memory/runs.ts';
import type { World } from '../../support/memory/world.ts';
import { calm, deploy, one, seen, state } from './flows-samples.ts';

const back = (world: World, more: Record<string, string> = {}) => command([world], { command: 'rollback', ...more });

/** v2 serves and v1 is warm; from now on each question to them is counted, and answered as told. */
async function lab(answer: (image: string, asked: number) => boolean, more: Record<string, string> = {}) {
  const world = one();
  await deploy(world, 'v1', more);
  await deploy(world, 'v2', more);
  const asked: Record<string, number> = { v1: 0, v2: 0 };
  world.silent = (image) => !answer(image, asked[image]!++);
  return { world, asked };
}

const wentBack = { ...calm, current: 'v1', statuses: ['v2 rolled-back', 'v1 good'], traffic: ['v1 1'] };
const stayed = { ...calm, current: 'v2', statuses: ['v2 good', 'v1 good'], traffic: ['v2 1'] };

describe('a warm release that a rollback goes to', () => {
  it('is asked up to four times, and one good answer is enough', async () => {
    for (const silences of [0, 1, 3]) {
      const { world, asked } = await lab((_, n) => n >= silences);
      const told = await back(world);
      expect([state(told), told.warnings]).toEqual([['ok', 'good', true], []]);
      expect([asked.v1, asked.v2]).toEqual([silences + 1, 0]);
      expect(seen(world)).toEqual(wentBack);
    }
  });
  it('is refused for its silence where what serves answers, and nothing is changed', async () => {
    const { world, asked } = await lab((image) => image === 'v2');
    const before = world.history;
    const told = await back(world);
    expect(state(told)).toEqual(['DEPLOY_UNHEALTHY', 'unchanged', false]);
    expect([asked, world.history]).toEqual([{ v1: 4, v2: 1 }, before]);
    expect(seen(world)).toEqual(stayed);
  });
  it('gets the traffic where what serves gives no answer either, and that is told', async () => {
    const { world, asked } = await lab(() => false);
    const told = await back(world);
    expect(state(told)).toEqual(['ok', 'good', true]);
    expect(asked).toEqual({ v1: 4, v2: 1 });
    expect(told.warnings.join()).toMatch(/is not well \(.*answered 500\), and .* is no better off; going there/);
    expect(seen(world)).toEqual(wentBack);
  });
  it('gets it with force after one question, whatever serves', async () => {
    const { world, asked } = await lab((image) => image === 'v2');
    const told = await back(world, { force: 'true' });
    expect([state(told), asked]).toEqual([['ok', 'good', true], { v1: 1, v2: 0 }]);
    expect(told.warnings.join()).toContain('going there because of force');
  });
  it('is weighed by how many of it answer', async () => {
    // Every second question gets an answer: of two instances one.
    const half = (_: string, n: number) => n % 2 === 0;
    for (const [answer, end] of [
      [half, 'ok'],
      [(image: string, n: number) => image === 'v2' || half(image, n), 'DEPLOY_UNHEALTHY'],
      [(image: string, n: number) => image === 'v1' && half(image, n), 'ok'],
    ] as const) {
      const { world } = await lab(answer, { replicas: '2' });
      expect((await back(world)).end).toBe(end);
      expect(seen(world)).toEqual(end === 'ok' ? wentBack : stayed);
    }
  });
  it('that ends under the questions is surely worse than what runs', async () => {
    const { world } = await lab(() => false);
    const stop = world.silent;
    world.silent = (image) => {
      for (const instance of world.instances) if (instance.image === 'v1') instance.state = 'exited';
      return stop(image);
    };
    expect((await back(world)).end).toBe('DEPLOY_UNHEALTHY');
    expect(seen(world)).toEqual(stayed);
  });
});

describe('a release that has to be started for a rollback', () => {
  const cold = { 'keep-warm': '0s' };
  it('and does not pass its gate is refused where what serves answers', async () => {
    const { world } = await lab((image) => image === 'v2', cold);
    expect(world.instances.find(({ image }) => image === 'v1')!.state).toBe('exited');
    expect(state(await back(world))).toEqual(['DEPLOY_UNHEALTHY', 'unchanged', false]);
    expect(seen(world)).toEqual(stayed);
  });
  it('gets the traffic where what serves does not', async () => {
    const { world } = await lab(() => false, cold);
    const told = await back(world);
    expect(state(told)).toEqual(['ok', 'good', true]);
    expect(told.warnings.join()).toContain('is no better off; going there');
    expect(seen(world)).toMatchObject({ current: 'v1', traffic: ['v1 1'] });
  });
  it('gets nothing where it does not even run', async () => {
    const { world } = await lab(() => false, cold);
    world.start = () => undefined;
    expect((await back(world)).end).toBe('DEPLOY_UNHEALTHY');
    expect(seen(world)).toMatchObject({ current: 'v2', traffic: ['v2 1'] });
  });
});

describe('the proof of a rollback', () => {
  const proof = async (doubt: World['doubt']) => {
    const { world } = await lab(() => true);
    world.doubt = doubt;
    const begun = world.clock.now();
    const told = await back(world);
    // Users stay where they were led, whatever comes of it.
    expect(seen(world)).toEqual(wentBack);
    expect([told.outputs.state, told.outputs['rolled-back']]).toEqual(['good', true]);
    return { told, asked: world.asked, took: world.clock.now() - begun };
  };
  it('is asked for until it comes', async () => {
    for (const [missing, asked] of [
      [0, 1],
      [7, 8],
    ] as const) {
      for (const nothing of [{ server: '', status: 0, mine: false }, { share: 0.5 }, new Error('busy')]) {
        const { told, ...seen } = await proof((n) => (n < missing ? nothing : {}));
        expect([told.end, seen.asked, told.warnings]).toEqual(['ok', asked, []]);
        expect(told.lines.join('\n')).toContain('answered 200');
      }
    }
  });
  it('that only lacks an answer through the front door is a warning, after ten seconds', async () => {
    const { told, took } = await proof(() => ({ server: '', status: 0, mine: false }));
    expect([told.end, told.warnings.join()]).toEqual([
      'ok',
      expect.stringContaining('got no answer of it (no answer)'),
    ]);
    expect(took).toBeGreaterThanOrEqual(10_000);
    const other = await proof(() => ({ server: 'b1', status: 503, mine: false }));
    expect(other.told.warnings.join()).toContain('"b1" answered 503');
  });
  it.each([
    ['says another share', () => ({ share: 0.5 })],
    ["can't be asked", () => new Error('no session')],
  ])('of an edge that %s to the end is ROLLBACK_UNPROVEN, with the rollback done', async (_, doubt) => {
    const { told, asked, took } = await proof(doubt);
    expect(told.end).toBe('ROLLBACK_UNPROVEN');
    expect(took).toBeGreaterThanOrEqual(10_000);
    expect(asked).toBe(21);
  });
});
