import { describe, expect, it } from 'vitest';
import { selects } from '../../../src/deploy/kubernetes/budgets.ts';
import { refusal, troubleOf, undone } from '../../../src/deploy/kubernetes/trouble.ts';
import type { Deployment, Pod } from '../../../src/lib/kubernetes/types.ts';
import { type Lab, withTwo } from '../../support/kubernetes/lab.ts';

const podsOf = (lab: Lab, image: string) =>
  lab.cluster.all<Pod>('pods').filter(({ spec }) => spec.containers[0]!.image === image);
const edges = (lab: Lab) =>
  lab.cluster.all<Pod>('pods').filter(({ metadata }) => metadata.labels?.['io.seatrial.role'] === 'edge');
const names = (pods: Pod[]) => pods.map(({ metadata }) => metadata.name);

/** Does something once, at the first question that is one of these. */
const once = (question: RegExp, when: () => boolean, act: () => void) => {
  let done = false;
  return (what: string) => {
    if (!done && question.test(what) && when()) {
      done = true;
      act();
    }
    return undefined;
  };
};
const serves = (lab: Lab, image: string) => () => {
  const [first] = podsOf(lab, image);
  const release = first?.metadata.labels?.['io.seatrial.release'];
  return release !== undefined && lab.cluster.users().get(release) === 1;
};

describe('a pod that is taken away by no fault of its own', () => {
  it('is followed by the watch to the one in its place', async () => {
    const lab = await withTwo();
    const evict = once(/^GET look at pods/, serves(lab, 'v3'), () => lab.cluster.evict(names(podsOf(lab, 'v3'))[0]!));
    const told = await lab.run({ image: 'v3', replicas: '2', watch: '5s' }, evict);
    expect(told).toMatchObject({ end: 'ok', outputs: { state: 'good' }, users: [['v3', 1]] });
    expect(told.lines.join('\n')).toMatch(/was taken away; \S+ on node-1 comes in its place/);
  });
  it('is followed by the gate', async () => {
    const lab = await withTwo();
    const there = () => podsOf(lab, 'v3').length > 0;
    const evict = once(/^GET look at pods/, there, () => lab.cluster.evict(names(podsOf(lab, 'v3'))[0]!));
    expect(await lab.run({ image: 'v3' }, evict)).toMatchObject({ end: 'ok', users: [['v3', 1]] });
  });
  it('is not enough of a release where the one in its place does not come', async () => {
    const lab = await withTwo();
    const lose = () => {
      lab.cluster.quota = 0;
      lab.cluster.evict(names(podsOf(lab, 'v3'))[0]!);
    };
    const evict = once(/^GET look at pods/, serves(lab, 'v3'), lose);
    const told = await lab.run({ image: 'v3', watch: '5s' }, evict);
    expect(told).toMatchObject({ end: 'WATCH_FAILED', outputs: { state: 'rolled-back' } });
    expect(told.why).toMatch(/a quota .* too little pods/);
  });
  it('is no fault where an autoscaler wants fewer, and is one where somebody scales to 0', async () => {
    const scaled = async (replicas: number) => {
      const lab = await withTwo();
      const scale = () => {
        const [first] = podsOf(lab, 'v3');
        const owner = first!.metadata.ownerReferences![0]!.name;
        lab.cluster.find<Deployment>('deployments', owner)!.spec.replicas = replicas;
        lab.cluster.settle();
      };
      return lab.run({ image: 'v3', replicas: '2', watch: '5s' }, once(/^GET look at pods/, serves(lab, 'v3'), scale));
    };
    expect(await scaled(1)).toMatchObject({ end: 'ok', users: [['v3', 1]] });
    const none = await scaled(0);
    expect(none).toMatchObject({ end: 'WATCH_FAILED', users: [['v2', 1]] });
    expect(none.why).toContain('was scaled to 0');
  });
});

describe('a pod of the edge', () => {
  it('that begins while weights change does not come back with what it read before', async () => {
    const lab = await withTwo();
    const move = once(
      /^HAPROXY set weight|^HAPROXY set server .* weight [1-9]/,
      () => true,
      () => {
        lab.cluster.slow = true;
        lab.cluster.evict(names(edges(lab))[1]!);
      },
    );
    expect(await lab.run({ command: 'rollback' }, move)).toMatchObject({ end: 'ok', users: [['v1', 1]] });
  });
  it.each(['deploy', 'rollback'])(
    'whose node is gone is taken out by a %s, and another has its place',
    async (command) => {
      const lab = await withTwo();
      const [lost] = names(edges(lab));
      lab.cluster.silent.add(lost!);
      const told = await lab.run(command === 'deploy' ? { image: 'v3', watch: '2s' } : { command });
      expect(told).toMatchObject({ end: 'ok', users: [[command === 'deploy' ? 'v3' : 'v1', 1]] });
      expect(names(edges(lab))).not.toContain(lost);
      expect(edges(lab)).toHaveLength(2);
    },
  );
  it('that is silent is told by status', async () => {
    const lab = await withTwo();
    lab.cluster.silent.add(names(edges(lab))[0]!);
    expect((await lab.run({ command: 'status' })).end).toBe('EDGE_UNREACHABLE');
  });
  it('that never came up leaves nothing behind', async () => {
    const lab = await withTwo();
    const before = lab.cluster.all('deployments').length;
    lab.cluster.quota = lab.cluster.all('pods').length;
    expect((await lab.run({ app: 'cart', image: 'v1' })).end).toBe('NO_CAPACITY');
    expect(lab.cluster.all('deployments')).toHaveLength(before);
  });
});

describe('what comes before the app', () => {
  const pod = (state: object, more: object = {}): Pod => ({
    metadata: { name: 'p' },
    spec: { nodeName: 'node-2', containers: [], initContainers: [{ name: 'migrate' }] },
    status: {
      containerStatuses: [
        {
          name: 'app',
          ready: false,
          restartCount: 0,
          image: 'x',
          imageID: '',
          state: { waiting: { reason: 'PodInitializing' } },
        },
      ],
      initContainerStatuses: [
        { name: 'migrate', ready: false, restartCount: 0, image: 'x', imageID: '', state: state as never, ...more },
      ],
    },
  });
  const failed = { terminated: { exitCode: 7 } };
  it('and fails is told, and ended when it has been tried four times', () => {
    expect(troubleOf(undefined, [pod(failed)])).toMatchObject({
      code: 'DEPLOY_UNHEALTHY',
      why: expect.stringMatching(/init container migrate exited with code 7/),
    });
    const again = { waiting: { reason: 'CrashLoopBackOff' } };
    expect(troubleOf(undefined, [pod(again, { lastState: failed, restartCount: 3 })])).toMatchObject({ patienceMs: 0 });
  });
  it('and is at work, or done, is no trouble', () => {
    expect(troubleOf(undefined, [pod({ running: {} }, { lastState: failed })])).toBeUndefined();
    expect(troubleOf(undefined, [pod({ terminated: { exitCode: 0 } }, { ready: true })])).toBeUndefined();
  });
});

describe('words for what a pod is refused for', () => {
  it.each([
    [
      'pods "x" is forbidden: maximum memory usage per Container is 64Mi, but limit is 256Mi',
      /LimitRange/,
      'NO_CAPACITY',
    ],
    [
      'pods "x" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true',
      /PodSecurity/,
      'ENGINE_REFUSED',
    ],
    ['unable to create new content in namespace x because it is being terminated', /namespace/, 'NAMESPACE_MISSING'],
    ['exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1', /quota .* too little pods/, 'NO_CAPACITY'],
  ])('%s', (message, words, code) => {
    expect(refusal('shop', message)).toMatchObject({ code, why: expect.stringMatching(words) });
  });
  it('tell a taint from too little of something, and a claim from both', () => {
    const cure = (message: string) =>
      troubleOf(undefined, [
        {
          metadata: { name: 'p' },
          spec: { containers: [] },
          status: { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }] },
        },
      ])?.cure;
    expect(cure('0/3 nodes are available: 3 Insufficient cpu.')).toContain('ask for less');
    expect(cure('0/3 nodes are available: 3 node(s) had untolerated taint {gpu: }.')).toContain('taints');
    expect(cure('0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.')).toContain('claim');
  });
  it('tell who has undone it', () => {
    const scaled = { metadata: { name: 'shop-1' }, spec: { replicas: 0 } };
    expect(undone('shop-1', scaled)?.why).toContain('scaled its Deployment to 0');
    expect(undone('shop-1', undefined)?.why).toContain('removed');
    expect(undone('shop-1', { ...scaled, spec: { replicas: 1 } })).toBeUndefined();
  });
});

describe('a budget', () => {
  it('selects as the cluster does', () => {
    const labels = { app: 'shop', tier: 'web' };
    expect(selects({ matchLabels: { app: 'shop' } }, labels)).toBe(true);
    expect(selects({ matchLabels: { app: 'cart' } }, labels)).toBe(false);
    const by = (operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist', key: string, values?: string[]) =>
      selects({ matchExpressions: [{ key, operator, values }] }, labels);
    expect([by('In', 'tier', ['web']), by('In', 'none', ['web']), by('NotIn', 'tier', ['web'])]).toEqual([
      true,
      false,
      false,
    ]);
    expect([by('NotIn', 'none', ['x']), by('Exists', 'tier'), by('DoesNotExist', 'tier')]).toEqual([true, true, false]);
  });
  it('is ours where nobody has one, and gives way to that of somebody else', async () => {
    const lab = await withTwo();
    const budgets = () => names(lab.cluster.all<Pod>('poddisruptionbudgets')).sort();
    expect(budgets()).toEqual(['shop-edge', 'shop-pods']);
    const theirs = { metadata: { name: 'mine' }, spec: { selector: { matchLabels: { 'io.seatrial.role': 'app' } } } };
    lab.cluster.objects.set('poddisruptionbudgets/mine', theirs as never);
    expect((await lab.run({ image: 'v3' })).end).toBe('ok');
    expect(budgets()).toEqual(['mine', 'shop-edge']);
    await lab.run({ command: 'remove', force: 'true' });
    expect(budgets()).toEqual(['mine']);
  });
});
