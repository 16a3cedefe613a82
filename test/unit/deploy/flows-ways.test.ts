import { describe, expect, it } from 'vitest';
import { command } from '../../support/memory/runs.ts';
import { deploy, one, seen, state } from './flows-samples.ts';

describe('testers first', () => {
  const first = { strategy: 'canary', promote: 'manual', 'canary-weight': '0%', 'canary-match': 'cookie canary=1' };
  it('have the candidate to themselves, until it is promoted or taken back', async () => {
    for (const [then, current, wasLed] of [
      [{ command: 'promote' }, 'v2', ''],
      [{ command: 'rollback' }, 'v1', ''],
      [{ image: 'v3' }, 'v3', ''],
    ] as const) {
      const world = one();
      await deploy(world, 'v1');
      const told = await deploy(world, 'v2', first);
      expect(state(told)).toEqual(['ok', 'pending', false]);
      expect(world.edge!.testers).toBe(told.outputs.release);
      expect(seen(world)).toMatchObject({ current: 'v1', traffic: ['v1 1'] });
      expect(told.outputs.deployment).toMatchObject({
        hosts: [
          {
            slots: [
              { role: 'current', weight: 100 },
              { role: 'candidate', weight: 0 },
            ],
          },
        ],
      });
      expect((await command([world], then)).end).toBe('ok');
      expect([seen(world).current, world.edge!.testers]).toEqual([current, wasLed]);
      expect(world.outages).toEqual([]);
    }
  });
  it('come before all others where the first step is 0 %, and what fails them is taken back', async () => {
    const world = one();
    await deploy(world, 'v1');
    const steps = { strategy: 'canary', 'canary-steps': '0%:200ms,50%,100%', 'canary-match': 'cookie canary=1' };
    const told = await deploy(world, 'v2', steps);
    expect(state(told)).toEqual(['ok', 'good', false]);
    expect(told.lines.filter((line) => /% of the traffic/.test(line)).join('\n')).toMatch(
      / 0% of the traffic, and the testers[\s\S]* 50% of the traffic, and the testers[\s\S]* 100% of the traffic \(/,
    );
    expect(told.calls.indexOf(`lead testers to ${told.outputs.release}`)).toBeLessThan(
      told.calls.lastIndexOf('lead testers nowhere'),
    );
    const ill = await deploy(world, 'v3-sick', { ...steps, force: 'true' });
    expect(state(ill)).toEqual(['DEPLOY_UNHEALTHY', 'bad', false]);
    expect(world.edge!.testers).toBe('');
  });
  it('are of no use where no candidate stands beside, and that is said', async () => {
    const told = await deploy(one(), 'v1', { 'canary-match': 'cookie canary=1' });
    expect(told.end).toBe('ok');
    expect(told.warnings.join()).toContain('canary-match has no effect with strategy: blue-green');
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
    // Whose old port is open still is reached by that.
    world.published = '8080';
    expect(state(await command([world], { command: 'status' }))).toEqual(['ok', 'good', false]);
  });
  it('has a front door of its own to upgrade only where the target has one', async () => {
    expect(state(await command([one()], { command: 'upgrade-front' }))[0]).toBe('NOT_SUPPORTED');
  });
});
