import { describe, expect, it } from 'vitest';
import { command } from '../../support/memory/runs.ts';
import { World } from '../../support/memory/world.ts';
import { calm, deploy, one, releaseOf, seen, state } from './flows-samples.ts';

describe.each(['blue-green', 'canary', 'recreate'])('a deploy by %s', (strategy) => {
  it('goes live, is followed by another, and a rollback goes back', async () => {
    const world = one();
    expect(state(await deploy(world, 'v1', { strategy }))).toEqual(['ok', 'good', false]);
    const second = await deploy(world, 'v2', { strategy });
    expect(state(second)).toEqual(['ok', 'good', false]);
    if (strategy === 'recreate') world.outages.length = 0; // a gap is what was asked for
    expect(Object.keys(second.outputs.customers as object).includes('gap')).toBe(strategy === 'recreate');
    expect(seen(world)).toEqual({ ...calm, current: 'v2', statuses: ['v2 good', 'v1 good'], traffic: ['v2 1'] });
    const back = await command([world], { command: 'rollback' });
    expect(state(back)).toEqual(['ok', 'good', true]);
    const gap = strategy === 'recreate' ? { gap: expect.any(Number) as number } : '';
    expect(back.outputs.customers).toEqual(gap);
    if (strategy === 'recreate') world.outages.length = 0;
    expect(seen(world)).toEqual({ ...calm, current: 'v1', statuses: ['v2 rolled-back', 'v1 good'], traffic: ['v1 1'] });
  });
  it.each([
    ['sick', 'DEPLOY_UNHEALTHY', 'bad'],
    ['crash', 'DEPLOY_UNHEALTHY', 'bad'],
    ['faulty', 'WATCH_FAILED', 'rolled-back'],
    ['dies', 'WATCH_FAILED', 'rolled-back'],
  ])('that is %s is taken back: %s, %s', async (how, code, status) => {
    const world = one();
    await deploy(world, 'v1', { strategy });
    const told = await deploy(world, `v2-${how}`, { strategy });
    expect(state(told)).toEqual([code, status, status === 'rolled-back']);
    const { current, statuses, traffic, open, lock } = seen(world);
    expect([current, traffic, open, lock]).toEqual(['v1', ['v1 1'], undefined, undefined]);
    expect(statuses).toEqual([`v2-${how} ${status}`, 'v1 good']);
    expect(told.outputs.serving).toBe(world.read()!.current);
    // What customers met is told of one that had their traffic.
    const met = (told.outputs.customers || {}) as { requests?: number; lost?: number; gap?: number };
    expect(met.requests !== undefined).toBe(status === 'rolled-back');
    if (how === 'faulty') expect(met.lost).toBeGreaterThan(0);
    // And the time in which nobody answered them, where one had to stop first: until the old one is up again.
    expect(met.gap === undefined, JSON.stringify(met)).toBe(strategy !== 'recreate');
    if (strategy === 'recreate') expect(met.gap).toBeGreaterThanOrEqual(1);
    // And of each release it names, when it was made.
    const { releases } = told.outputs.deployment as { releases: { release: string; at: string }[] };
    expect(releases.map(({ release }) => release)).toEqual(world.read()!.releases.map(({ release }) => release));
    for (const { at } of releases) expect(Date.parse(at)).toBeGreaterThan(0);
  });
});

describe('a deploy', () => {
  it('of what serves already changes nothing', async () => {
    const world = one();
    await deploy(world, 'v1');
    const before = world.history;
    const again = await deploy(world, 'v1');
    expect(state(again)).toEqual(['ok', 'unchanged', false]);
    expect(again.outputs['previous-release']).toBe(again.outputs.release); // it is what served
    expect(world.history).toBe(before);
  });
  it('of what serves already is made anew for a setting, for force, and where it does not run', async () => {
    const world = one();
    const first = await deploy(world, 'v1');
    const changed = await deploy(world, 'v1', { env: 'A=1' });
    expect([...state(changed), changed.outputs['previous-release']]).toEqual(['ok', 'good', false, releaseOf(first)]);
    const forced = await deploy(world, 'v1', { env: 'A=1', force: 'true' });
    expect(forced.outputs).toMatchObject({ state: 'good', 'previous-release': releaseOf(changed) });
    for (const instance of world.instances) if (instance.release === releaseOf(forced)) instance.state = 'exited';
    const mended = await deploy(world, 'v1', { env: 'A=1' });
    expect(mended.outputs).toMatchObject({ state: 'good', serving: releaseOf(mended) });
    expect(world.runs(releaseOf(mended))).toBe(true);
  });
  it('that fails as the first leaves nothing that listens, and the next one is well', async () => {
    const world = one();
    const failed = await deploy(world, 'v1-sick');
    expect([...state(failed), failed.outputs.serving]).toEqual(['DEPLOY_UNHEALTHY', 'bad', false, '']);
    expect(failed.outputs.customers).toBe('');
    expect(world.edge).toBeUndefined();
    expect(world.lock).toBeUndefined();
    expect(state(await deploy(world, 'v2'))).toEqual(['ok', 'good', false]);
    expect(seen(world)).toMatchObject({ ...calm, statuses: ['v2 good', 'v1-sick bad'], traffic: ['v2 1'] });
    expect((await command([world], { command: 'rollback' })).end).toBe('NO_ROLLBACK_TARGET');
  });
  it('without traffic of its own runs alone', async () => {
    const world = one();
    const worker = { publish: '', port: '', 'health-path': '', strategy: 'recreate', 'deploy-timeout': '9s' };
    await deploy(world, 'v1', worker);
    const second = await deploy(world, 'v2', worker);
    expect(state(second)).toEqual(['ok', 'good', false]);
    expect(JSON.stringify(second.outputs.customers)).not.toContain('gap'); // it answers nobody
    expect(world.instances.filter((i) => i.state === 'running').map((i) => i.image)).toEqual(['v2']);
    expect(state(await command([world], { command: 'rollback' }))).toEqual(['ok', 'good', true]);
    expect(world.instances.filter((i) => i.state === 'running').map((i) => i.image)).toEqual(['v1']);
  });
  it('runs its hooks, and stops where the first fails', async () => {
    const world = one();
    const told = await deploy(world, 'v1', { 'pre-deploy': 'migrate', 'post-deploy': 'false' });
    expect(state(told)).toEqual(['ok', 'good', false]);
    expect(told.lines.some((line) => line.includes(': migrate'))).toBe(true);
    expect(told.warnings.join()).toContain('HOOK_FAILED');
    expect(state(await deploy(world, 'v2', { 'pre-deploy': 'false' }))).toEqual(['HOOK_FAILED', 'bad', false]);
    expect(seen(world)).toMatchObject({ ...calm, current: 'v1', traffic: ['v1 1'] });
  });
  it('that is cancelled goes back', async () => {
    const world = one();
    await deploy(world, 'v1');
    const { calls } = await deploy(one(), 'v2', { force: 'true' });
    for (const at of [calls.indexOf('inspect') + 1, calls.lastIndexOf('ask counters') + 1]) {
      const cancel = new AbortController();
      const act = () => cancel.abort(new Error('cancelled'));
      const told = await command([world], { image: 'v2', force: 'true' }, { at, how: 'do', act }, cancel);
      expect(told.end).not.toBe('ok');
      expect(seen(world)).toMatchObject({ ...calm, current: 'v1', traffic: ['v1 1'] });
    }
  });
  it('that lost its lock changes nothing more, and the next run puts it in order', async () => {
    const world = one();
    await deploy(world, 'v1');
    const act = () => {
      world.lock = { ...world.lock!, id: 'another', expiresAt: world.clock.now() - 1 };
    };
    const { calls } = await deploy(one(), 'v2');
    const told = await command([world], { image: 'v2' }, { at: calls.indexOf('inspect') + 1, how: 'do', act });
    expect(told.end).toBe('LOCK_LOST');
    expect(state(await deploy(world, 'v3'))).toEqual(['ok', 'good', false]);
    expect(seen(world)).toMatchObject({ ...calm, current: 'v3', traffic: ['v3 1'] });
  });
});

describe('a rollback', () => {
  it('pressed twice goes two good releases back; with nowhere to go nothing changes; `to` reaches what was left', async () => {
    const world = one();
    const [first, second, third] = [await deploy(world, 'v1'), await deploy(world, 'v2'), await deploy(world, 'v3')];
    expect(releaseOf(await command([world], { command: 'rollback' }))).toBe(releaseOf(second));
    const again = await command([world], { command: 'rollback' });
    expect(again.outputs).toMatchObject({
      release: releaseOf(first),
      state: 'good',
      'previous-release': releaseOf(second),
    });
    const before = world.history;
    const nowhere = await command([world], { command: 'rollback' });
    expect(state(nowhere)).toEqual(['NO_ROLLBACK_TARGET', 'unchanged', false]);
    expect(nowhere.outputs).toMatchObject({ 'previous-release': releaseOf(first), serving: releaseOf(first) });
    expect([world.history, seen(world).traffic]).toEqual([before, ['v1 1']]);
    const named = await command([world], { command: 'rollback', to: releaseOf(third) });
    expect(named.outputs).toMatchObject({ state: 'good', release: releaseOf(third) });
    expect(seen(world)).toMatchObject({ ...calm, current: 'v3', traffic: ['v3 1'] });
  });
});

describe('promote', () => {
  it('of a first release has nobody to share with, and nobody to go back to', async () => {
    const world = one();
    const first = await deploy(world, 'v0', { strategy: 'canary', promote: 'manual', 'canary-weight': '25%' });
    expect(first.outputs).toMatchObject({ state: 'pending', serving: releaseOf(first) });
    expect(seen(world).traffic).toEqual(['v0 1']);
    expect((await command([world], { command: 'rollback' })).end).toBe('NO_ROLLBACK_TARGET');
    await deploy(world, 'v1');
    expect(seen(world)).toMatchObject({ ...calm, statuses: ['v1 good', 'v0 rolled-back'], traffic: ['v1 1'] });
  });
  it('of what has all the traffic moves none: a dry run says so, the second finds nothing', async () => {
    const world = one();
    const first = await deploy(world, 'v1');
    const waits = await deploy(world, 'v2', { promote: 'manual' });
    expect(waits.outputs).toMatchObject({ state: 'pending', serving: releaseOf(waits) });
    const dry = await command([world], { command: 'promote', 'dry-run': 'true' });
    expect(dry.outputs.plan).toMatchObject({ command: 'promote', release: releaseOf(waits) });
    expect(dry.outputs).toMatchObject({ state: 'pending', serving: releaseOf(waits) });
    expect((await command([world], { command: 'promote' })).outputs).toMatchObject({
      state: 'good',
      release: releaseOf(waits),
      serving: releaseOf(waits),
      'previous-release': releaseOf(first),
      'switch-ms': '',
    });
    expect((await command([world], { command: 'promote' })).end).toBe('NOTHING_PENDING');
    const status = await command([world], { command: 'status' });
    expect(status.outputs).toMatchObject({ state: 'good', release: releaseOf(waits) });
  });
  it('of what is gone is refused, and the way back is open', async () => {
    const world = one();
    const first = await deploy(world, 'v1');
    const waits = await deploy(world, 'v2', { promote: 'manual' });
    world.instances = world.instances.filter(({ release }) => release !== releaseOf(waits));
    const promoted = await command([world], { command: 'promote' });
    expect([promoted.end, promoted.outputs.state, promoted.outputs.release]).toEqual([
      'DEPLOY_UNHEALTHY',
      'pending',
      releaseOf(waits),
    ]);
    const back = await command([world], { command: 'rollback' });
    expect(back.outputs).toMatchObject({ state: 'good', serving: releaseOf(first) });
  });
  it('finishes what waits at its weight', async () => {
    const world = one();
    await deploy(world, 'v1');
    const manual = { strategy: 'canary', promote: 'manual', 'canary-weight': '20%' };
    expect(state(await deploy(world, 'v2', manual))).toEqual(['ok', 'pending', false]);
    expect(seen(world)).toMatchObject({ ...calm, current: 'v1', traffic: ['v1 0.8', 'v2 0.2'] });
    expect(state(await command([world], { command: 'promote' }))).toEqual(['ok', 'good', false]);
    expect(seen(world)).toMatchObject({ ...calm, current: 'v2', traffic: ['v2 1'] });
  });
  it('gives way to a rollback and to a later deploy', async () => {
    const world = one();
    await deploy(world, 'v1');
    const manual = { strategy: 'canary', promote: 'manual' };
    await deploy(world, 'v2', manual);
    expect(state(await command([world], { command: 'rollback' }))).toEqual(['ok', 'good', true]);
    expect(seen(world)).toMatchObject({ ...calm, current: 'v1', traffic: ['v1 1'] });
    await deploy(world, 'v3', manual);
    await deploy(world, 'v4');
    expect(seen(world)).toMatchObject({ ...calm, current: 'v4', traffic: ['v4 1'] });
    expect(await command([world], { command: 'promote' })).toMatchObject({ end: 'NOTHING_PENDING' });
  });
});

describe('several hosts', () => {
  const three = () => {
    const first = new World('host-1', 'eu');
    return [first, new World('host-2', 'eu', first.clock), new World('host-3', 'us', first.clock)];
  };
  it('get a release in batches, region after region', async () => {
    const worlds = three();
    await command(worlds, { image: 'v1' });
    const told = await command(worlds, { image: 'v2', 'region-pause': '1m', 'hosts-at-once': '1' });
    expect(told.end).toBe('ok');
    const order = told.lines.flatMap((line) => /(\S+): \S+ has 100% of the traffic/.exec(line)?.[1] ?? []);
    expect(order).toEqual(['host-1', 'host-2', 'host-3']);
    expect(told.lines.join('\n')).toContain('1m until region us');
    for (const world of worlds) expect(seen(world)).toMatchObject({ ...calm, current: 'v2', traffic: ['v2 1'] });
  });
  it('all go back when one of them fails', async () => {
    const worlds = three();
    await command(worlds, { image: 'v1' });
    const { calls } = await command(three(), { image: 'v2' });
    const told = await command(worlds, { image: 'v2' }, { at: calls.lastIndexOf('ask counters'), how: 'fail before' });
    expect(told.end).toBe('ENGINE_REFUSED');
    for (const world of worlds) expect(seen(world)).toMatchObject({ ...calm, current: 'v1', traffic: ['v1 1'] });
  });
});

describe('a machine that came back', () => {
  it.each([
    ['everything stopped', true, true],
    ['the edge alone down', true, false],
    ['what serves alone stopped', false, true],
  ])('with %s serves again before anything else', async (_, edge, app) => {
    const world = one();
    await deploy(world, 'v1');
    if (edge) world.edge!.up = false;
    if (app) for (const instance of world.instances) instance.state = 'exited';
    const told = await deploy(world, 'v2-sick');
    expect(told.end).toBe('DEPLOY_UNHEALTHY');
    const back = told.calls.findIndex((call) => call === 'start edge' || call.startsWith('start '));
    expect(back).toBeGreaterThan(0);
    expect(back).toBeLessThan(told.calls.indexOf('pull'));
    expect([seen(world).current, seen(world).traffic, world.runs(world.read()!.current)]).toEqual([
      'v1',
      ['v1 1'],
      true,
    ]);
  });
});

describe('status', () => {
  it('tells what is there and changes nothing, also beside a run', async () => {
    const world = one();
    await deploy(world, 'v1');
    world.lock = {
      id: 'x',
      holder: 'wang (deploy)',
      run: '',
      since: '2026-11-30T08:00:00Z',
      expiresAt: 9e15,
      unreadable: '',
    };
    const before = JSON.stringify([world.history, world.instances, world.edge, world.lock]);
    const told = await command([world], { command: 'status' });
    expect([told.end, told.outputs.state, told.outputs.serving]).toEqual(['ok', 'good', world.read()!.current]);
    expect(told.lines.join('\n')).toContain('held by wang (deploy)');
    expect(JSON.stringify([world.history, world.instances, world.edge, world.lock])).toBe(before);
    expect((await command([world], { command: 'unlock' })).end).toBe('LOCK_HELD');
    const dry = await command([world], { command: 'unlock', force: 'true', 'dry-run': 'true' });
    expect([dry.end, world.lock?.holder]).toEqual(['ok', 'wang (deploy)']);
    expect((await command([world], { command: 'unlock', force: 'true' })).end).toBe('ok');
    expect(world.lock).toBeUndefined();
  });
});

describe('prune', () => {
  it('keeps what is asked for, what serves and what a rollback goes to', async () => {
    const world = one();
    for (const image of ['v1', 'v2', 'v3', 'v4', 'v5']) await deploy(world, image, { 'keep-releases': '9' });
    world.clock.pass(3_600_000);
    expect((await command([world], { command: 'prune', 'keep-releases': '2' })).end).toBe('ok');
    expect(world.instances.map(({ image, state }) => `${image} ${state}`)).toEqual(['v4 exited', 'v5 running']);
  });
});
