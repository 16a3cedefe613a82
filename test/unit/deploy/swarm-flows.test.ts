import { describe, expect, it } from 'vitest';
import { Lab } from '../../support/swarm-memory/lab.ts';

async function withTwo(more: Record<string, string> = {}): Promise<Lab> {
  const lab = new Lab();
  expect(await lab.deploy('v1', more)).toMatchObject({ end: 'ok', outputs: { state: 'good' } });
  expect(await lab.deploy('v2', more)).toMatchObject({ end: 'ok', outputs: { state: 'good' } });
  expect(lab.users()).toEqual([['v2', 1]]);
  return lab;
}

describe('canary-match on a Swarm', () => {
  const testers = { strategy: 'canary', 'canary-match': 'header X-Canary: 1' };
  it('leads testers to a candidate without any traffic at every edge, and to nobody once it has all', async () => {
    const lab = await withTwo(testers);
    const waits = await lab.deploy('v3', { ...testers, promote: 'manual', 'canary-weight': '0%' });
    expect(waits).toMatchObject({ end: 'ok', outputs: { state: 'pending' } });
    expect(lab.users()).toEqual([['v2', 1]]);
    expect(lab.leads()).toEqual(['a', 'a']);
    // A task of the edge that begins now leads them too.
    expect(lab.swarm.named('shop-edge')!.Spec.Labels['io.seatrial.edge-map']).toContain('canary a');
    expect(await lab.run({ command: 'scale', replicas: '2' })).toMatchObject({ end: 'ok' });
    expect(lab.leads()).toEqual(['a', 'a']);
    expect(await lab.run({ command: 'promote' })).toMatchObject({ end: 'ok', outputs: { state: 'good' } });
    expect(lab.users()).toEqual([['v3', 1]]);
    expect(lab.leads()).toEqual(['off', 'off']);
  });

  it('a candidate that is taken back leads nobody any more', async () => {
    const lab = await withTwo(testers);
    await lab.deploy('v3', { ...testers, promote: 'manual', 'canary-weight': '0%' });
    expect(await lab.run({ command: 'rollback' })).toMatchObject({ end: 'ok', outputs: { state: 'good' } });
    expect(lab.users()).toEqual([['v2', 1]]);
    expect(lab.leads()).toEqual(['off', 'off']);
  });
});

describe('a rollback on a Swarm', () => {
  it('starts a stopped release with as many tasks as serve now, and never fewer than its own', async () => {
    const lab = await withTwo({ 'keep-warm': '0s' });
    const [old] = [...lab.swarm.services.values()].filter(({ Spec }) => Spec.Mode.Replicated?.Replicas === 0);
    expect(await lab.run({ command: 'scale', replicas: '3' })).toMatchObject({ end: 'ok' });
    expect(await lab.run({ command: 'rollback' })).toMatchObject({ end: 'ok', outputs: { 'rolled-back': true } });
    expect(lab.users()).toEqual([['v1', 1]]);
    expect(lab.swarm.tasksOf(old!.Spec.Name)).toHaveLength(3);
  });

  it('a deploy has the number it says', async () => {
    const lab = await withTwo({ replicas: '3' });
    const three = await lab.deploy('v3', { replicas: '1' });
    expect(lab.swarm.tasksOf(`shop-${three.outputs.release}`)).toHaveLength(1);
  });
});

describe('a task of the edge that is on its way up while traffic moves', () => {
  /** It has read its labels, and runs from `ms` on. */
  function rising(lab: Lab, ms: number) {
    const [, task] = lab.swarm.tasksOf('shop-edge');
    const up = lab.clock.mono() + ms;
    Object.defineProperty(task!.Status, 'State', {
      ...{ enumerable: true, configurable: true },
      get: () => (lab.clock.mono() < up ? 'starting' : 'running'),
    });
    const servers = () => Object.entries(lab.swarm.haproxies.get(task!.ID)!.servers);
    return () => servers().flatMap(([name, { weight, maint }]) => (weight && !maint ? [name] : []));
  }

  it('is told as soon as it runs: nobody is left on the release that was taken back', async () => {
    const lab = await withTwo();
    const leads = rising(lab, 5_000);
    const before = leads();
    const { end, warnings } = await lab.run({ command: 'rollback' });
    expect([end, warnings]).toEqual(['ok', []]);
    expect(lab.users()).toEqual([['v1', 1]]);
    expect(leads()).not.toEqual(before);
  });

  it('is warned of where it does not come up, and is waited for once', async () => {
    const lab = await withTwo();
    rising(lab, 600_000);
    const begun = lab.clock.mono();
    const { end, warnings } = await lab.deploy('v3');
    expect([end, warnings.filter((line) => line.includes('still on its way up')).length]).toEqual(['ok', 1]);
    expect(lab.clock.mono() - begun).toBeLessThan(60_000);
  });

  it('is not waited for on a node that is lost', async () => {
    const lab = await withTwo();
    rising(lab, 600_000);
    lab.swarm.nodes[1]!.Status.State = 'down';
    const { end, warnings } = await lab.run({ command: 'rollback' });
    expect([end, warnings]).toEqual(['ok', []]);
  });
});

describe('status on a Swarm', () => {
  it('where nothing is says so, and is no failure', async () => {
    const lab = new Lab();
    const { end, outputs, lines } = await lab.run({ command: 'status' });
    expect([end, outputs.state, outputs.release, outputs.serving]).toEqual(['ok', 'unchanged', '', '']);
    expect(lines.join('\n')).toContain('no release runs here');
  });
});
