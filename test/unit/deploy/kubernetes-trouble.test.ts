import { describe, expect, it } from 'vitest';
import { steadiness, unsteady } from '../../../src/deploy/kubernetes/steadiness.ts';
import { refusal, unmounted } from '../../../src/deploy/kubernetes/trouble.ts';
import { ApiRefusal } from '../../../src/lib/kubernetes/error.ts';
import type { Pod } from '../../../src/lib/kubernetes/types.ts';
import { Lab, withTwo } from '../../support/kubernetes/lab.ts';

const MINUTE = 60_000;

describe('a quota', () => {
  const words =
    'exceeded quota: lab, requested: count/deployments.apps=1, used: count/deployments.apps=3, limited: count/deployments.apps=3';

  it.each([['deployments'], ['services'], ['configmaps']])('of %s is told by name, and at once', async (kind) => {
    const lab = new Lab();
    lab.cluster.full.set(kind, words);
    const before = lab.clock.now();
    const seen = await lab.run({ image: 'v1' });
    expect(seen.end).toBe('NO_CAPACITY');
    expect(lab.clock.now() - before).toBeLessThan(MINUTE);
  });

  it('of Deployments leaves users where they are, and nothing of the refused release', async () => {
    const lab = await withTwo();
    lab.cluster.full.set('deployments', words);
    const before = [...lab.cluster.objects.keys()];
    expect(await lab.run({ image: 'v3' })).toMatchObject({ end: 'NO_CAPACITY', users: [['v2', 1]] });
    expect([...lab.cluster.objects.keys()]).toEqual(before);
  });

  it('says what is short, and is no other refusal', () => {
    const of = (status: number, message: string) => new ApiRefusal('lab', 'apply x', status, { message });
    expect(of(403, `x is forbidden: ${words}`)).toMatchObject({ code: 'NO_CAPACITY', status: 403 });
    expect(of(403, `x is forbidden: ${words}`).message).toContain('too little count/deployments.apps;');
    const two = 'exceeded quota: q, requested: limits.memory=1Gi,pods=1, used: limits.memory=1Gi,pods=9, limited: …';
    expect(of(403, two).message).toContain('too little limits.memory and pods;');
    expect(of(403, 'User "x" cannot patch resource').code).toBe('ENGINE_REFUSED');
    expect(of(422, words).code).toBe('ENGINE_REFUSED');
  });

  it('that wants limits named says so', () => {
    const message = 'pods "x" is forbidden: failed quota: lab: must specify limits.memory for: app';
    expect(refusal('shop-1', message)).toMatchObject({ code: 'NO_CAPACITY', cure: expect.stringContaining('memory') });
    expect(refusal('shop-1', 'pods "x" is forbidden: violates PodSecurity')).toMatchObject({ code: 'ENGINE_REFUSED' });
    const limit = 'pods "x" is forbidden: maximum memory usage per Container is 1Gi, but limit is 2Gi';
    expect(refusal('shop-1', limit)).toMatchObject({ code: 'NO_CAPACITY' });
  });

  it.each([
    [[], 'NO_CAPACITY'],
    [['list events'], 'ENGINE_REFUSED'],
  ])("that refuses a hook's pod ends the hook within a minute (without %o: %s)", async (denied, end) => {
    const lab = await withTwo();
    lab.cluster.quota = lab.cluster.all('pods').length;
    lab.cluster.denied = new Set(denied);
    const before = lab.clock.now();
    expect(await lab.run({ image: 'v3', 'pre-deploy': 'migrate' })).toMatchObject({ end, users: [['v2', 1]] });
    expect(lab.clock.now() - before).toBeLessThan(MINUTE);
  });
});

describe('a volume of what is not there', () => {
  it('is told within a minute, by the words of its node', async () => {
    const lab = await withTwo();
    const before = lab.clock.now();
    const { end, lines, users } = await lab.run({ image: 'v3-bare' });
    expect({ end, users }).toEqual({ end: 'DEPLOY_UNHEALTHY', users: [['v2', 1]] });
    expect(lines.join('\n')).toMatch(/can't be mounted, configmap "settings" is not there/);
    expect(lab.clock.now() - before).toBeLessThan(MINUTE);
  });
  it('and a disk that is slow to come is waited for', () => {
    const pod = { metadata: { name: 'p' }, spec: { containers: [] } };
    expect(unmounted(pod, 'MountVolume.SetUp failed for volume "x" : secret "tls" not found')).toMatchObject({
      code: 'DEPLOY_UNHEALTHY',
    });
    expect(unmounted(pod, 'Unable to attach or mount volumes: timed out waiting for the condition')).toBeUndefined();
    expect(unmounted(pod)).toBeUndefined();
  });
});

describe('a namespace that is not there', () => {
  const lost = () => {
    const lab = new Lab();
    lab.cluster.namespace = 'other';
    return lab;
  };
  const more: Record<string, Record<string, string>> = { deploy: { image: 'v1' }, scale: { replicas: '2' } };
  it.each(['status', 'promote', 'prune', 'scale', 'deploy'])('is no empty one for %s', async (command) => {
    expect((await lost().run({ command, ...more[command] })).end).toBe('NAMESPACE_MISSING');
  });
  it('is a finding for doctor', async () => {
    const { end, lines } = await lost().run({ command: 'doctor' });
    expect(end).toBe('NOT_READY');
    expect(lines.join('\n')).toMatch(/MEND {2}namespace: /);
  });
  it('is another thing than one without the app', async () => {
    expect((await new Lab().run({ command: 'status' })).end).toBe('ok');
  });
});

describe('readiness that comes and goes', () => {
  const pod = (ready: boolean, since: string): Pod => ({
    metadata: { name: 'p' },
    spec: { containers: [] },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: since }] },
  });
  const seen = (...pods: Pod[]) => pods.map((_, i) => pods.slice(0, i + 1).reduce(steadiness, undefined as never));

  it('is counted, between two looks as well', () => {
    expect(seen(pod(false, '1'), pod(true, '2'), pod(true, '2')).at(-1)).toMatchObject({ lost: 0 });
    expect(seen(pod(true, '2'), pod(false, '3'), pod(false, '3'), pod(true, '4')).at(-1)).toMatchObject({ lost: 1 });
    expect(seen(pod(true, '2'), pod(true, '5'), pod(true, '9')).at(-1)).toMatchObject({ lost: 2 });
  });

  it('is not well in the look that hears of it, and is told in words', () => {
    const look = { running: true, exitCode: 0, oomKilled: false, restarts: 0, health: 'healthy' as const };
    const [before, now] = seen(pod(true, '2'), pod(true, '5')) as [never, never];
    expect(unsteady(look, before, now, false)).toMatchObject({
      health: 'unhealthy',
      healthSaid: 'its readiness was lost once and came back',
    });
    expect(unsteady(look, before, now, true)).toMatchObject({ health: 'starting' });
    expect(unsteady(look, now, now, false)).toEqual(look);
    expect(unsteady({ ...look, health: 'none' }, before, now, false).health).toBe('none');
  });

  /** Pods of v3 are ready at each look, and have not been so between. */
  const flapping = (lab: Lab, when: () => boolean) => {
    let n = 0;
    return (what: string) => {
      if (!/^GET look at pods/.test(what) || !when()) return undefined;
      for (const { status, spec } of lab.cluster.all<Pod>('pods')) {
        if (spec.containers[0]!.image !== 'v3') continue;
        status!.conditions!.find(({ type }) => type === 'Ready')!.lastTransitionTime = `t${++n}`;
      }
      return undefined;
    };
  };

  it('never opens the gate, and says why', async () => {
    const lab = await withTwo();
    const before = lab.clock.now();
    const told = await lab.run(
      { image: 'v3' },
      flapping(lab, () => true),
    );
    expect(told).toMatchObject({ end: 'DEPLOY_UNHEALTHY', outputs: { state: 'bad' }, users: [['v2', 1]] });
    expect(told.lines.join('\n')).toMatch(/its readiness was lost (once|\d+ times) and came back/);
    expect(lab.clock.now() - before).toBeLessThan(MINUTE);
  });

  it('takes a release back that has users', async () => {
    const lab = await withTwo();
    const [old] = lab.cluster.users().keys();
    const hasUsers = () => !lab.cluster.users().has(old!);
    const told = await lab.run({ image: 'v3', watch: '5s' }, flapping(lab, hasUsers));
    expect(told).toMatchObject({ end: 'WATCH_FAILED', outputs: { state: 'rolled-back' }, users: [['v2', 1]] });
  });
});
