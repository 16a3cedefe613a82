import { describe, expect, it } from 'vitest';
import { KubernetesTarget } from '../../../src/deploy/kubernetes/target.ts';
import { Api } from '../../../src/lib/kubernetes/api.ts';
import type { Pod } from '../../../src/lib/kubernetes/types.ts';
import { Lab, withTwo } from '../../support/kubernetes/lab.ts';

describe('Kubernetes through the unchanged flows', () => {
  it('deploys, waits, promotes, rolls back, and is removed', async () => {
    const lab = await withTwo();
    const { cluster } = lab;
    expect(await lab.run({ image: 'v2' })).toMatchObject({ end: 'ok', outputs: { state: 'unchanged' } });
    const sick = await lab.run({ image: 'v3-sick' });
    expect(sick).toMatchObject({ end: 'DEPLOY_UNHEALTHY', outputs: { state: 'bad' }, users: [['v2', 1]] });
    const waits = await lab.run({ image: 'v4', strategy: 'canary', promote: 'manual', 'canary-weight': '25%' });
    expect(waits).toMatchObject({ end: 'ok', outputs: { state: 'pending' } });
    expect(new Map(waits.users)).toEqual(
      new Map([
        ['v2', 0.75],
        ['v4', 0.25],
      ]),
    );
    expect(await lab.run({ command: 'promote' })).toMatchObject({ end: 'ok', users: [['v4', 1]] });
    const back = await lab.run({ command: 'rollback' });
    expect(back).toMatchObject({ end: 'ok', outputs: { 'rolled-back': true }, users: [['v2', 1]] });
    expect(back.outputs.deployment).toMatchObject({
      kind: 'kubernetes',
      hosts: [{ host: 'kubernetes://lab/shop', edge: { container: 'shop-edge', published: 'shop:80' } }],
    });
    expect(cluster.find('leases', 'shop-lock')).toBeUndefined();
    expect((await lab.run({ command: 'status' })).end).toBe('ok');
    expect((await lab.run({ command: 'doctor' })).end).toBe('ok');
    expect((await lab.run({ command: 'scale', replicas: '3' })).end).toBe('ok');
    expect(cluster.all('pods')).toHaveLength(2 + 3 + 1); // the edge, v2, and v4 that is warm
    expect((await lab.run({ command: 'maintenance', maintenance: 'on' })).end).toBe('ok');
    expect((await lab.run({ command: 'remove', force: 'true' })).end).toBe('ok');
    expect([...cluster.objects.keys()]).toEqual([]);
  });

  it('runs a hook as a Job, and stops where it fails', async () => {
    const lab = await withTwo();
    const done = await lab.run({ image: 'v3', 'pre-deploy': 'migrate', secrets: 'KEY=value' });
    expect(done).toMatchObject({ end: 'ok', users: [['v3', 1]] });
    expect(done.lines).toContain('a line of the log');
    expect(lab.cluster.all('jobs')).toEqual([]);
    const failed = await lab.run({ image: 'v4', 'pre-deploy': '["false"]' });
    expect(failed).toMatchObject({ end: 'HOOK_FAILED', users: [['v3', 1]] });
  });

  it.each([
    ['huge', {}, 'NO_CAPACITY'],
    ['missing', {}, 'IMAGE_MISSING'],
    ['v3', { quota: 3 }, 'NO_CAPACITY'],
    ['v3', { denied: new Set(['patch deployments']) }, 'ACCESS_MISSING'],
    ['v3', { namespace: 'other' }, 'NAMESPACE_MISSING'],
  ])('%s with %o ends as %s within a minute, and users stay', async (image, cluster, end) => {
    const lab = await withTwo();
    Object.assign(lab.cluster, cluster);
    const before = lab.clock.now();
    expect(await lab.run({ image })).toMatchObject({ end, users: [['v2', 1]] });
    expect(lab.clock.now() - before).toBeLessThan(60_000);
  });

  it('has nothing to do with the app of another environment, but for refusing to come beside it', async () => {
    const lab = await withTwo();
    await lab.run({ image: 'v3', strategy: 'canary', promote: 'manual', 'canary-weight': '25%' });
    const [users, before] = [lab.cluster.users(), structuredClone([...lab.cluster.objects.keys()])];
    const other = { environment: 'staging' };
    const seen = await lab.run({ ...other, command: 'status' });
    expect(seen).toMatchObject({ end: 'ok', outputs: { release: '', serving: '', state: 'unchanged' } });
    expect((await lab.run({ ...other, command: 'promote' })).end).toBe('NOTHING_PENDING');
    expect((await lab.run({ ...other, command: 'rollback' })).end).toBe('NO_ROLLBACK_TARGET');
    expect((await lab.run({ ...other, command: 'scale', replicas: '4' })).end).toBe('NOTHING_TO_SCALE');
    expect((await lab.run({ ...other, command: 'prune' })).end).toBe('ok');
    expect((await lab.run({ ...other, command: 'remove', force: 'true' })).end).toBe('ok');
    expect((await lab.run({ ...other, image: 'v4' })).end).toBe('ENVIRONMENT_CLASH');
    expect([...lab.cluster.objects.keys()]).toEqual(before);
    expect(lab.cluster.users()).toEqual(users);
  });

  it('rebuilds a history that is lost, and keeps one that is strange', async () => {
    const lab = await withTwo();
    lab.cluster.objects.delete('configmaps/shop-seatrial');
    expect((await lab.run({ command: 'status' })).end).toBe('HISTORY_LOST');
    expect(await lab.run({ command: 'rollback' })).toMatchObject({ end: 'ok', users: [['v1', 1]] });
    const map = lab.cluster.find<{ metadata: never; data: Record<string, string> }>('configmaps', 'shop-seatrial')!;
    map.data['history.json'] = '{"half';
    expect(await lab.run({ image: 'v3' })).toMatchObject({ end: 'ok', users: [['v3', 1]] });
    expect(lab.cluster.find('configmaps', 'shop-seatrial-aside')).toMatchObject({ data: { 'history.json': '{"half' } });
  });

  it('gives the lock to one of forty that steal it at once, and the robbed one hears of it', async () => {
    const { cluster, clock } = new Lab();
    const signal = new AbortController().signal;
    const context = { inputs: { app: 'shop', environment: 'production' }, clock, signal, say: () => undefined };
    const open = () => new KubernetesTarget(new Api(cluster.wire()), context as never).ledger;
    const nothing = () => undefined;
    const request = { run: '', waitMs: 0, onWait: nothing, onStuck: nothing, onRegained: nothing, onLost: nothing };
    const robbed = open();
    await robbed.take({ ...request, holder: 'first' });
    clock.pass(61_000);
    const all = Array.from({ length: 40 }, open);
    const ends = await Promise.allSettled(all.map((ledger, n) => ledger.take({ ...request, holder: `thief ${n}` })));
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const others = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason.code] : []));
    expect(new Set(others)).toEqual(new Set(['LOCK_HELD']));
    await expect(robbed.guard()).rejects.toMatchObject({ code: 'LOCK_LOST' });
    await expect(all[ends.findIndex(({ status }) => status === 'fulfilled')]!.guard()).resolves.toBeUndefined();
  });

  it('scales what serves, though one of its pods had restarted with its node long ago', async () => {
    const lab = await withTwo();
    for (const pod of lab.cluster.all<Pod>('pods')) pod.status!.containerStatuses![0]!.restartCount = 1;
    expect(await lab.run({ command: 'scale', replicas: '3' })).toMatchObject({ end: 'ok', users: [['v2', 1]] });
    expect(lab.cluster.all('pods')).toHaveLength(2 + 3 + 1); // the edge, v2, and v1 that is warm
  });

  it('says that there is no namespace to lock in, and does not try for ever', async () => {
    const { cluster, clock } = new Lab();
    cluster.namespace = 'other';
    const signal = AbortSignal.timeout(2000);
    const context = { inputs: { app: 'shop', environment: 'production' }, clock, signal, say: () => undefined };
    const target = new KubernetesTarget(new Api(cluster.wire()), context as never);
    const request = { holder: 'me', run: '', waitMs: 0, onWait: () => undefined } as never;
    await expect(target.ledger.take(request)).rejects.toMatchObject({ code: 'ENGINE_REFUSED', status: 404 });
  });

  it.each([
    ['a deploy', { image: 'v3', strategy: 'canary', 'canary-steps': '50%,100%', secrets: 'KEY=value' }],
    ['a rollback', { command: 'rollback' }],
  ])('%s that is killed at any change is put in order by the next run', async (_, cut) => {
    const base = await withTwo();
    for (let n = 0; ; n++) {
      const lab = base.copy();
      const at = await lab.cut(cut, n);
      if (!at) break;
      const now = new Map((await lab.run({ command: 'status' })).users);
      expect(
        [...now.values()].reduce((sum, share) => sum + share, 0),
        `users after a kill at ${at}`,
      ).toBeCloseTo(1);
      const next = await lab.run({ image: 'v9' });
      expect({ at, end: next.end, users: next.users }).toEqual({ at, end: 'ok', users: [['v9', 1]] });
      const { releases, open } = JSON.parse(
        lab.cluster.find<{ metadata: never; data: Record<string, string> }>('configmaps', 'shop-seatrial')!.data[
          'history.json'
        ]!,
      );
      expect(open).toBeUndefined();
      expect(releases.filter(({ status }: { status: string }) => status === 'pending')).toEqual([]);
    }
  });
});
