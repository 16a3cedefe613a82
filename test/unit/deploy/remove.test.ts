import { describe, expect, it } from 'vitest';
import { schema } from '../../../src/deploy/inputs.ts';
import { command } from '../../support/memory/runs.ts';
import { World } from '../../support/memory/world.ts';

const image = (n: number) => `shop@sha256:${String(n).repeat(64)}`;
const removed = { command: 'remove', force: 'true' };

describe('remove', () => {
  it('takes the app away with its edge and history, and gives the lock back', async () => {
    const world = new World('host-1');
    expect((await command([world], { image: image(1) })).end).toBe('ok');
    const { end, outputs, lines } = await command([world], removed);
    expect(end).toBe('ok');
    expect([world.instances, world.edge, world.history, world.lock]).toEqual([[], undefined, undefined, undefined]);
    expect(outputs.serving).toBe('');
    expect(lines.at(-1)).toContain('nothing serves');
  });
  it('of what is not there does nothing and takes no lock', async () => {
    const world = new World('host-1');
    const { end, calls } = await command([world], removed);
    expect(end).toBe('ok');
    expect(calls.filter((name) => /lock|remove/.test(name))).toEqual([]);
  });
  it('only says what it would do, when asked for a dry run', async () => {
    const world = new World('host-1');
    await command([world], { image: image(1) });
    const { lines } = await command([world], { command: 'remove', 'dry-run': 'true' });
    expect(lines.join()).toContain('would remove the app');
    expect(world.instances).toHaveLength(1);
  });
  it('can be done again after a kill at any call', async () => {
    for (let at = 1; ; at++) {
      const world = new World('host-1');
      await command([world], { image: image(1) });
      const first = await command([world], removed, { at, how: 'die before' });
      if (first.end === 'ok') break;
      world.clock.pass(120_000);
      expect((await command([world], removed)).end).toBe('ok');
      expect([world.instances, world.history], `killed before call ${at}`).toEqual([[], undefined]);
    }
  });
  it('wants to be meant', () => {
    const { error } = schema.safeParse({ app: 'shop', command: 'remove' });
    expect(error?.issues[0]?.path).toEqual(['force']);
  });
});
