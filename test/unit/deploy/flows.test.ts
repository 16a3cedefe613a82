import { describe, expect, it } from 'vitest';
import { command, type Told } from '../../support/memory/runs.ts';
import { World } from '../../support/memory/world.ts';

const one = () => new World('host-1');
const deploy = (world: World, image: string, more: Record<string, string> = {}) => command([world], { image, ...more });

/** What a world looks like to a user of the outputs, and to users of the app. */
function seen(world: World) {
  const history = world.read()!;
  return {
    current: history.releases.find(({ release }) => release === history.current)?.image ?? '',
    statuses: history.releases.map(({ image, status }) => `${image} ${status}`),
    traffic: [...world.shares()]
      .filter(([, share]) => share > 0)
      .map(([release, share]) => `${history.releases.find((r) => r.release === release)?.image} ${share}`)
      .sort(),
    open: history.open,
    lock: world.lock,
    outages: world.outages,
  };
}
const calm = { open: undefined, lock: undefined, outages: [] as string[] };
const state = ({ end, outputs }: Told) => [end, outputs.state, outputs['rolled-back']];

describe.each(['blue-green', 'canary', 'recreate'])('a deploy by %s', (strategy) => {
  it('goes live, is followed by another, and a rollback goes back', async () => {
    const world = one();
    expect(state(await deploy(world, 'v1', { strategy }))).toEqual(['ok', 'good', false]);
    expect(state(await deploy(world, 'v2', { strategy }))).toEqual(['ok', 'good', false]);
    if (strategy === 'recreate') world.outages.length = 0; // a gap is what was asked for
    expect(seen(world)).toEqual({ ...calm, current: 'v2', statuses: ['v2 good', 'v1 good'], traffic: ['v2 1'] });
    expect(state(await command([world], { command: 'rollback' }))).toEqual(['ok', 'good', true]);
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
  });
});

describe('an app that users come to by name', () => {
  const named = { publish: '', domains: 'shop.example' };
  it('is good once its certificate serves, and tells where it is found', async () => {
    const world = one();
    const told = await deploy(world, 'v1', named);
    expect([state(told), world.names]).toEqual([['ok', 'good', false], ['shop.example']]);
    expect(told.outputs.deployment).toMatchObject({
      url: 'https://shop.example',
      hosts: [{ domains: [{ domain: 'shop.example', open: true, daysLeft: 30 }] }],
    });
    expect(told.calls.indexOf('settle true')).toBeGreaterThan(told.calls.findIndex((call) => call.startsWith('weigh')));
  });
  it('is taken back as the first without one, and nothing listens', async () => {
    const world = one();
    const told = await deploy(world, 'v1', { ...named, domains: 'bare.example' });
    expect([state(told)[0], world.edge, world.lock]).toEqual(['CERTIFICATE_MISSING', undefined, undefined]);
  });
  it('keeps the release and the names it had when a later one fails', async () => {
    const world = one();
    await deploy(world, 'v1', named);
    const told = await deploy(world, 'v2-sick', { publish: '', domains: 'new.example' });
    expect(state(told)).toEqual(['DEPLOY_UNHEALTHY', 'bad', false]);
    expect([world.names, seen(world).current, told.calls.includes('settle false')]).toEqual([
      ['shop.example'],
      'v1',
      true,
    ]);
    expect(state(await deploy(world, 'v2', { publish: '', domains: 'bare.example' }))).toEqual(['ok', 'good', false]);
  });
  it('is EDGE_DOWN where its front door leads nowhere, and its status names the days left', async () => {
    const world = one();
    await deploy(world, 'v1', named);
    const well = await command([world], { command: 'status' });
    expect([state(well), well.lines.find((line) => line.includes('shop.example'))]).toEqual([
      ['ok', 'good', false],
      expect.stringMatching(/shop\.example +30 +auto, ends 2027-01-01 +open/),
    ]);
    world.names = ['closed.example'];
    const down = await command([world], { command: 'status' });
    expect([state(down), down.warnings]).toEqual([
      ['EDGE_DOWN', 'unchanged', false],
      ['host-1: closed.example: nobody is there.'],
    ]);
  });
  it('has a front door of its own to upgrade only where the target has one', async () => {
    expect(state(await command([one()], { command: 'upgrade-front' }))[0]).toBe('NOT_SUPPORTED');
  });
});

describe('a deploy', () => {
  it('of what serves already changes nothing', async () => {
    const world = one();
    await deploy(world, 'v1');
    const before = world.history;
    expect(state(await deploy(world, 'v1'))).toEqual(['ok', 'unchanged', false]);
    expect(world.history).toBe(before);
  });
  it('that fails as the first leaves nothing that listens', async () => {
    const world = one();
    expect(state(await deploy(world, 'v1-sick'))).toEqual(['DEPLOY_UNHEALTHY', 'bad', false]);
    expect(world.edge).toBeUndefined();
    expect(world.lock).toBeUndefined();
  });
  it('without traffic of its own runs alone', async () => {
    const world = one();
    const worker = { publish: '', port: '', 'health-path': '', strategy: 'recreate', 'deploy-timeout': '9s' };
    await deploy(world, 'v1', worker);
    expect(state(await deploy(world, 'v2', worker))).toEqual(['ok', 'good', false]);
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

describe('promote', () => {
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
