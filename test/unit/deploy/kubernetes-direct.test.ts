import { beforeEach, describe, expect, it } from 'vitest';
import type { HttpRoute, Ingress, Service } from '../../../src/lib/kubernetes/types.ts';
import { Lab } from '../../support/kubernetes/lab.ts';

const none = { edge: 'none' };
const WAYS: [string, Record<string, string>][] = [
  ['the Service', none],
  ['an Ingress', { ...none, 'ingress-class': 'nginx', domains: 'shop.example.com', tls: 'off' }],
  ['HTTPRoutes', { ...none, gateway: 'infra/public', domains: 'shop.example.com\nwww.example.com/api' }],
];
const SHARING = WAYS.slice(1);

let lab: Lab;
const fresh = () => {
  const one = new Lab();
  one.cluster.unknown.clear();
  return one;
};
beforeEach(() => {
  lab = fresh();
});
const two = async (way: Record<string, string>, one = lab) => {
  expect(await one.run({ image: 'v1', ...way })).toMatchObject({ end: 'ok', users: [['v1', 1]] });
  expect(await one.run({ image: 'v2', ...way })).toMatchObject({ end: 'ok', users: [['v2', 1]] });
  return one;
};

describe('traffic through what the cluster has', () => {
  it.each(WAYS)('by %s: deploys, rolls back, and is removed, and no edge is there', async (_, way) => {
    await two(way);
    const { cluster } = lab;
    expect(cluster.find('deployments', 'shop-edge')).toBeUndefined();
    expect(cluster.find('deployments', 'shop-probe')).toBeDefined();
    expect((await lab.run({ image: 'v2', ...way })).outputs.state).toBe('unchanged');
    expect(await lab.run({ image: 'v3-sick', ...way })).toMatchObject({
      end: 'DEPLOY_UNHEALTHY',
      outputs: { state: 'bad' },
      users: [['v2', 1]],
    });
    const back = await lab.run({ command: 'rollback' });
    expect(back).toMatchObject({ end: 'ok', outputs: { 'rolled-back': true }, users: [['v1', 1]] });
    expect(back.lines.join('\n')).toMatch(/has all traffic by .*where \/ answered 200/);
    expect(back.outputs.deployment).toMatchObject({ hosts: [{ edge: null }] });
    const seen = await lab.run({ command: 'status' });
    expect(seen.end).toBe('ok');
    expect(seen.lines.join('\n')).toMatch(
      /traffic: by its (Service|Ingress \(nginx\)|HTTPRoutes \(infra\/public\)), without an edge/,
    );
    expect((await lab.run({ command: 'scale', replicas: '3' })).end).toBe('ok');
    expect((await lab.run({ command: 'maintenance', maintenance: 'on' })).end).toBe('NOT_SUPPORTED');
    expect((await lab.run({ command: 'remove', force: 'true' })).end).toBe('ok');
    expect([...cluster.objects.keys()]).toEqual([]);
  });

  it.each(WAYS)('by %s: leaves nothing of a first release that fails, and a plan names the way', async (_, way) => {
    expect((await lab.run({ image: 'sick', ...way })).end).toBe('DEPLOY_UNHEALTHY');
    const left = [...lab.cluster.objects.keys()].filter((key) => !/^(configmaps|poddisruptionbudgets)/.test(key));
    expect(left).toEqual([]);
    const { outputs } = await lab.run({ command: 'plan', image: 'v1', port: '80', ...way });
    expect(JSON.stringify(outputs.plan)).toMatch(
      /none: traffic by (the Service|the Ingress|HTTPRoutes) of the cluster/,
    );
  });

  it.each(SHARING)('by %s: shares out, waits, promotes, and takes back', async (_, way) => {
    await lab.run({ image: 'v1', ...way });
    const canary = { ...way, strategy: 'canary', promote: 'manual', 'canary-weight': '12.5%' };
    const waits = await lab.run({ image: 'v2', ...canary });
    expect(waits).toMatchObject({ end: 'ok', outputs: { state: 'pending' } });
    expect(Object.fromEntries(waits.users)).toEqual({ v1: 0.875, v2: 0.125 });
    expect((await lab.run({ command: 'status' })).outputs.serving).toBe(waits.outputs['previous-release']);
    expect(await lab.run({ command: 'rollback' })).toMatchObject({ end: 'ok', users: [['v1', 1]] });
    expect(lab.cluster.find('ingresses', 'shop-canary')).toBeUndefined();
    await lab.run({ image: 'v3', ...canary });
    expect(await lab.run({ command: 'promote' })).toMatchObject({ end: 'ok', users: [['v3', 1]] });
    const steps = { ...way, strategy: 'canary', 'canary-steps': '10%,50%,100%' };
    expect(await lab.run({ image: 'v4', ...steps })).toMatchObject({ end: 'ok', users: [['v4', 1]] });
    expect(lab.cluster.find('ingresses', 'shop-canary')).toBeUndefined();
  });

  it('leads testers by a rule of their own, before anybody else has the candidate', async () => {
    const way = { ...SHARING[1]![1], strategy: 'canary', promote: 'manual', 'canary-weight': '0%' };
    await lab.run({ image: 'v1', ...way, 'canary-weight': '10%' });
    await lab.run({ image: 'v2', ...way, 'canary-match': 'header X-Canary: 1' });
    const routes = lab.cluster.all<HttpRoute>('httproutes').map(({ spec }) => spec.rules);
    expect(routes).toMatchObject([
      [
        {
          matches: [{ path: { value: '/' }, headers: [{ type: 'Exact', name: 'X-Canary', value: '1' }] }],
          backendRefs: [{ name: 'shop-b', port: 80 }],
        },
        { matches: [{ path: { value: '/' } }], backendRefs: [{ name: 'shop-a', port: 80 }] },
      ],
      [{ backendRefs: [{ name: 'shop-b' }] }, { backendRefs: [{ name: 'shop-a' }] }],
    ]);
    expect(await lab.run({ command: 'promote' })).toMatchObject({ end: 'ok', users: [['v2', 1]] });
    expect(lab.cluster.all<HttpRoute>('httproutes').map(({ spec }) => spec.rules!.length)).toEqual([1, 1]);
  });

  it('gives the candidate an Ingress of its own, with what ingress-nginx reads and nothing of the main one', async () => {
    const way = { ...SHARING[0]![1], 'domain-annotations': 'cert-manager.io/cluster-issuer=x', tls: 'auto' };
    await lab.run({ image: 'v1', ...way });
    await lab.run({
      ...{ image: 'v2', ...way, strategy: 'canary', promote: 'manual', 'canary-weight': '20%' },
      'canary-match': 'header X-Canary: 1\ncookie try=always',
    });
    const { metadata, spec } = lab.cluster.find<Ingress>('ingresses', 'shop-canary')!;
    const nginx = 'nginx.ingress.kubernetes.io/canary';
    expect(metadata.annotations).toEqual({
      [nginx]: 'true',
      [`${nginx}-weight`]: '20',
      [`${nginx}-by-header`]: 'X-Canary',
      [`${nginx}-by-header-value`]: '1',
      [`${nginx}-by-cookie`]: 'try',
    });
    expect(spec).toMatchObject({ ingressClassName: 'nginx', rules: [{ host: 'shop.example.com' }] });
    expect(spec.tls).toBeUndefined();
  });

  it('moves the selector of the one Service, with its port', async () => {
    await lab.run({ image: 'v1', ...none, publish: '30080' });
    const moved = await lab.run({ image: 'v2', ...none, publish: '30080', port: '81' });
    expect(moved).toMatchObject({ end: 'ok', users: [['v2', 1]] });
    expect(lab.cluster.find<Service>('services', 'shop')!.spec).toMatchObject({
      type: 'NodePort',
      ports: [{ port: 80, targetPort: 81, nodePort: 30080 }],
    });
    expect(moved.lines.join()).toContain('what users meet is not counted');
    // Who holds a connection is on what was rolled back until that stops.
    const { outputs } = await lab.run({ command: 'rollback' });
    const left = lab.cluster.all('pods').map(({ metadata }) => metadata.labels?.['io.seatrial.release']);
    expect(left.filter(Boolean)).toEqual([outputs.release]);
  });

  it.each(WAYS)('by %s: stops the old one first where the strategy says so', async (_, way) => {
    await lab.run({ image: 'v1', ...way, strategy: 'recreate' });
    expect(await lab.run({ image: 'v2', ...way, strategy: 'recreate' })).toMatchObject({
      end: 'ok',
      users: [['v2', 1]],
    });
    expect(await lab.run({ command: 'rollback' })).toMatchObject({ end: 'ok', users: [['v1', 1]] });
  });

  it('goes back though the pod that asks can not be had, and leaves a Service of the app’s name alone', async () => {
    const [, way] = SHARING[1]!;
    const theirs = { metadata: { name: 'shop' }, spec: { selector: { of: 'somebody' } } };
    lab.cluster.objects.set('services/shop', theirs as never);
    await two(way);
    lab.cluster.objects.delete('deployments/shop-probe');
    lab.cluster.settle();
    lab.cluster.quota = 2;
    const back = await lab.run({ command: 'rollback' });
    expect(back).toMatchObject({ end: 'ok', users: [['v1', 1]] });
    expect(back.warnings.join()).toContain('shop-probe');
    lab.cluster.quota = 9;
    expect((await lab.run({ command: 'remove', force: 'true' })).end).toBe('ok');
    expect([...lab.cluster.objects.keys()]).toEqual(['services/shop']);
  });

  it('does not blame a release for the pod that asks', async () => {
    await lab.run({ image: 'v1', ...none });
    // The pod goes with its node when the watch has begun, and none comes for it.
    const call = async (what: string) => {
      if (
        !/PUT write configmaps/.test(what) ||
        lab.cluster.find<Service>('services', 'shop')?.spec.ports?.[0]?.targetPort !== 81
      )
        return;
      lab.cluster.objects.delete('deployments/shop-probe');
      lab.cluster.settle();
    };
    const moved = await lab.run({ image: 'v2', ...none, port: '81', watch: '10s' }, call);
    expect(moved).toMatchObject({ end: 'ok', users: [['v2', 1]] });
  });

  it('says who may not look at what carries the traffic, and not that nothing serves', async () => {
    const [, way] = SHARING[1]!;
    await two(way);
    lab.cluster.unknown.add('httproutes');
    expect((await lab.run({ command: 'status' })).end).toBe('ENGINE_REFUSED');
  });

  it.each(SHARING)('by %s: goes on when the old release is stopped, whichever place it had', async (_, way) => {
    for (const image of ['v1', 'v2', 'v3']) {
      const { users } = await lab.run({ image, ...way, 'keep-warm': '0s' });
      expect(users).toEqual([[image, 1]]);
    }
  });

  it('leaves alone an app that is called as its candidate would be', async () => {
    const [, way] = SHARING[0]!;
    await two(way);
    const other = { app: 'shop-canary', 'ingress-class': 'nginx', domains: 'canary.example.com', tls: 'off' };
    expect((await lab.run({ image: 'c1', ...other })).end).toBe('ok');
    expect((await lab.run({ command: 'rollback' })).end).toBe('ok');
    const { spec } = lab.cluster.find<Ingress>('ingresses', 'shop-canary')!;
    expect(spec.rules).toMatchObject([{ host: 'canary.example.com' }]);
    expect((await lab.run({ image: 'v3', ...way })).end).toBe('OBJECT_OWNED');
  });

  it('has nothing to do with a worker, which serves without a port', async () => {
    const worker = { ...none, port: '', 'health-path': '', strategy: 'recreate' };
    const { outputs } = await lab.run({ image: 'w1', ...worker });
    expect(outputs).toMatchObject({ state: 'good', serving: outputs.release });
    expect(lab.cluster.find('deployments', 'shop-probe')).toBeUndefined();
  });

  it('drains by time what nobody counts', async () => {
    await lab.run({ image: 'v1', ...none });
    const before = lab.clock.now();
    const { lines } = await lab.run({ image: 'v2', ...none, 'keep-warm': '0s', 'drain-timeout': '2m' });
    expect(lines.join('\n')).toMatch(/has (2m|1m 5\d s|11\d s).* more to answer/);
    expect(lab.clock.now() - before).toBeGreaterThan(115_000);
  });

  it.each([
    ['an edge that is there', {}, { ...none }],
    ['none that is there', { ...none }, {}],
    ['a Service', { ...none }, SHARING[0]![1]],
  ])('refuses to go from %s to something else, before anything is touched', async (_, from, to) => {
    await lab.run({ image: 'v1', ...from });
    const before = structuredClone([...lab.cluster.objects.keys()]);
    const refused = await lab.run({ image: 'v2', ...to });
    expect(refused).toMatchObject({ end: 'NOT_SUPPORTED', users: [['v1', 1]] });
    expect([...lab.cluster.objects.keys()]).toEqual(before);
  });

  it('refuses a canary by a class that would take the candidate for one more of the host', async () => {
    const canary = { ...SHARING[0]![1], strategy: 'canary' };
    await lab.run({ image: 'v1', ...canary });
    lab.cluster.classes.set('nginx', 'example.com/other');
    expect((await lab.run({ image: 'v2', ...canary })).end).toBe('NOT_SUPPORTED');
    lab.cluster.denied = new Set(['get ingressclasses']);
    expect((await lab.run({ image: 'v2', ...canary })).end).toBe('ACCESS_MISSING');
    expect((await lab.run({ image: 'v2', ...canary, strategy: 'blue-green' })).end).toBe('ok');
  });

  it('takes back what a Gateway does not take, and says of a rollback that it is not proved', async () => {
    const [, way] = SHARING[1]!;
    await two(way);
    lab.cluster.gateway = false;
    const lost = await lab.run({ image: 'v3', ...way });
    expect(lost).toMatchObject({ end: 'EDGE_UNREACHABLE', outputs: { state: 'rolled-back' }, users: [['v2', 1]] });
    const back = await lab.run({ command: 'rollback' });
    expect(back).toMatchObject({ end: 'ROLLBACK_UNPROVEN', users: [['v1', 1]] });
  });

  it.each(WAYS)('by %s: is found again when the history is lost', async (_, way) => {
    await two(way);
    lab.cluster.objects.delete('configmaps/shop-seatrial');
    expect((await lab.run({ command: 'status' })).end).toBe('HISTORY_LOST');
    expect(await lab.run({ command: 'rollback' })).toMatchObject({ end: 'ok', users: [['v1', 1]] });
    expect(await lab.run({ image: 'v3', ...way })).toMatchObject({ end: 'ok', users: [['v3', 1]] });
  });

  it('a first deploy that is killed at any change is not in the way of the next one', async () => {
    const [, way] = SHARING[0]!;
    for (let n = 0; ; n++) {
      const one = fresh();
      const at = await one.cut({ image: 'v1', ...way }, n);
      if (!at) break;
      const next = await one.run({ image: 'v9', ...way });
      expect({ at, end: next.end, users: next.users }).toEqual({ at, end: 'ok', users: [['v9', 1]] });
    }
  });

  it.each(
    WAYS.flatMap(([name, way]): [string, string, Record<string, string>, Record<string, string>][] => [
      [name, 'a rollback', way, { command: 'rollback' }],
      [
        name,
        'a deploy',
        way,
        name === 'the Service'
          ? { image: 'v3', ...way }
          : { image: 'v3', ...way, strategy: 'canary', 'canary-steps': '50%,100%' },
      ],
    ]),
  )('by %s: %s that is killed at any change is put in order by the next run', async (_, __, way, cut) => {
    const base = await two(way);
    for (let n = 0; ; n++) {
      const one = base.copy();
      one.cluster.unknown.clear();
      const at = await one.cut(cut, n);
      if (!at) break;
      const now = one.cluster.users();
      const sum = [...now].filter(([who]) => who !== 'nobody').reduce((all, [, share]) => all + share, 0);
      expect(sum, `users after a kill at ${at}`).toBeCloseTo(1);
      const next = await one.run({ image: 'v9', ...way });
      expect({ at, end: next.end, users: next.users }).toEqual({ at, end: 'ok', users: [['v9', 1]] });
      expect(one.cluster.find('ingresses', 'shop-canary')).toBeUndefined();
    }
  });
});
