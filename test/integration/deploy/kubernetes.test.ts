import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Deployment } from '../../../src/lib/deployment.ts';
import { type ActionResult, type RunOptions, runAction } from '../../support/action.ts';
import { APP_IMAGE, buildApp } from '../../support/app.ts';
import { EDGE_IMAGE } from '../../support/images.ts';
import { Cluster } from '../../support/kubernetes/cluster.ts';
import { startTraffic } from '../../support/traffic.ts';

let cluster: Cluster;
let kubeconfig = '';
const folder = mkdtempSync(join(tmpdir(), 'manifests-'));
const PORT = 30_080;
const NAMESPACE = 'sea';

beforeAll(async () => {
  buildApp();
  cluster = await Cluster.start([APP_IMAGE, EDGE_IMAGE]);
  cluster.kubectl(['create', 'namespace', NAMESPACE]);
  // All runs are those of an account that may do what the documentation says, and nothing else.
  cluster.kubectl(
    ['--namespace', NAMESPACE, 'apply', '--filename', '-'],
    readFileSync('docs/kubernetes-role.yaml', 'utf8'),
  );
  const token = cluster.kubectl(['--namespace', NAMESPACE, 'create', 'token', 'seatrial', '--duration', '2h']);
  kubeconfig = cluster.kubeconfig({ token });
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await cluster?.stop();
});

interface Run extends ActionResult {
  deployment: Deployment;
  history: { current: string; releases: { release: string; status: string }[] };
}

async function run(inputs: Record<string, string>, options: RunOptions = {}): Promise<Run> {
  const target = { hosts: `kubernetes://lab/${NAMESPACE}`, kubeconfig };
  const result = await runAction('deploy', { app: 'shop', ...target, ...inputs }, options);
  const json = (name: string) => JSON.parse(result.outputs[name] || '{}');
  return { ...result, deployment: json('deployment'), history: json('history') };
}

const QUICK = {
  image: APP_IMAGE,
  'edge-image': EDGE_IMAGE,
  'health-interval': '200ms',
  'healthy-after': '2',
  'stop-timeout': '1s',
  memory: '96m',
  watch: '1s',
};

const deploy = (version: string, { env = '', ...more }: Record<string, string> = {}, options: RunOptions = {}) =>
  run(
    {
      ...QUICK,
      port: '3000',
      publish: String(PORT),
      'health-path': '/healthz',
      env: `VERSION=${version}\n${env}`,
      ...more,
    },
    options,
  );

/** A Deployment and a ConfigMap of the author's own, in one file. */
function writeManifests(): string {
  const file = join(folder, 'all.json');
  const env = [{ name: 'VERSION', valueFrom: { configMapKeyRef: { name: 'settings', key: 'version' } } }];
  const labels = { 'app.kubernetes.io/name': 'web' };
  const web = { name: 'web', image: APP_IMAGE, imagePullPolicy: 'IfNotPresent', env };
  const spec = { terminationGracePeriodSeconds: 1, automountServiceAccountToken: false, containers: [web] };
  const template = { metadata: { labels }, spec };
  const items = [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { version: 'from the manifests' } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: { replicas: 1, selector: { matchLabels: labels }, template },
    },
  ];
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  return file;
}

const url = () => `http://${cluster.site.there}:${PORT}/`;
const answer = async () => (await fetch(url(), { headers: { connection: 'close' } })).text();
const told = ({ exitCode, errors, stdout }: ActionResult) => `${exitCode} ${errors.join(' ')}\n${stdout}`;
const state = ({ outputs, errors }: ActionResult) => [outputs.state, outputs['error-code'], errors.length];

describe('a namespace of Kubernetes', () => {
  it('ships, promotes and rolls back under traffic, and loses nobody', async () => {
    const first = await deploy('v1', { secrets: 'KEY=of-the-first', env: 'READ_SECRET=KEY', replicas: '2' });
    expect(first.exitCode, told(first)).toBe(0);
    expect(state(first)).toEqual(['good', '', 0]);
    expect(first.deployment).toMatchObject({
      kind: 'kubernetes',
      hosts: [{ host: `kubernetes://lab/${NAMESPACE}`, edge: { container: 'shop-edge', published: String(PORT) } }],
    });
    expect(first.deployment.hosts[0]!.slots[0]!.containers).toHaveLength(2);
    expect(await (await fetch(`${url()}secret`)).text()).toBe('12');
    const shown = first.stdout.replace(/^::add-mask::.*$/gm, '');
    expect(shown).not.toContain('of-the-first');
    expect(shown).not.toContain(kubeconfig.match(/"token":"([^"]+)"/)![1]);

    const kept = startTraffic(url(), { rate: 100 });
    const fresh = startTraffic(url(), { rate: 50, reuse: false });
    const canary = { strategy: 'canary', promote: 'manual', 'canary-weight': '20%' };
    const second = await deploy('v2', { ...canary, 'pre-deploy': 'echo migrated $VERSION' });
    expect(second.exitCode, told(second)).toBe(0);
    expect(second.outputs).toMatchObject({ state: 'pending', 'previous-release': first.outputs.release });
    expect(second.stdout).toContain('migrated v2');

    const sent = () => kept.counted.sent + fresh.counted.sent;
    const before = sent();
    const verdict = await runAction('verify', {
      deployment: second.outputs.deployment!,
      kubeconfig,
      duration: '6s',
      'warm-up': '0s',
      thresholds: 'error-rate <= 50%',
      'fail-on': 'none',
      'on-inconclusive': 'pass',
    });
    expect(verdict.exitCode, told(verdict)).toBe(0);
    expect(['pass', 'inconclusive']).toContain(verdict.outputs.verdict);
    expect(Number(verdict.outputs.samples)).toBeGreaterThan(20);
    expect(verdict.stdout + verdict.summary).toContain('metrics-server');
    // Each pod of the edge wrote down its own requests: all are judged by endpoint, and none twice.
    const [, judged = ''] = /the records of 2 edges: (\d+) of \d+ judged, on \d+ endpoints/.exec(verdict.summary) ?? [];
    expect(Number(judged), verdict.summary).toBeGreaterThan(20);
    expect(Number(judged)).toBeLessThanOrEqual(sent() - before);
    // What counters can't tell: how long users waited at an endpoint.
    expect(verdict.summary).toMatch(/\| latency \|.*p50 [\d.]+ ms/);

    const promoted = await run({ command: 'promote', watch: '1s' });
    expect(promoted.exitCode, told(promoted)).toBe(0);
    const back = await run({ command: 'rollback', reason: 'a drill' });
    expect(back.exitCode, told(back)).toBe(0);
    expect(back.outputs).toMatchObject({ state: 'good', 'rolled-back': 'true', release: first.outputs.release });
    expect(back.stdout).toContain('the edge gives');
    const third = await deploy('v3', { strategy: 'canary', 'canary-steps': '50%,100%' });
    expect(third.exitCode, told(third)).toBe(0);
    const counts = [await kept.stop(), await fresh.stop()];
    for (const { sent, lost, errors5xx, reasons } of counts) {
      expect({ lost, errors5xx, reasons: [...reasons] }).toEqual({ lost: 0, errors5xx: 0, reasons: [] });
      expect(sent).toBeGreaterThan(500);
    }
    expect([...counts[0]!.versions.keys()].sort()).toEqual(['v1', 'v2', 'v3']);
    expect(await answer()).toBe('v3');

    const status = await run({ command: 'status' });
    expect(status.exitCode, told(status)).toBe(0);
    expect(status.outputs.serving).toBe(third.outputs.release);
    const again = await deploy('v3', { strategy: 'canary', 'canary-steps': '50%,100%' });
    expect(state(again)).toEqual(['unchanged', '', 0]);
  });

  it('tells at once what no node will ever run, and leaves users where they are', async () => {
    cluster.kubectl(['create', 'namespace', 'tight']);
    cluster.kubectl(
      ['--namespace', 'tight', 'apply', '--filename', '-'],
      readFileSync('docs/kubernetes-role.yaml', 'utf8'),
    );
    cluster.kubectl(['--namespace', 'tight', 'create', 'quota', 'lab', '--hard=pods=0']);
    cluster.kubectl(['create', 'namespace', 'full']);
    cluster.kubectl(['--namespace', 'full', 'create', 'quota', 'lab', '--hard=count/deployments.apps=0']);
    // Until it has been counted once, a quota refuses everything with other words.
    cluster.kubectl(['--namespace', 'full', 'wait', '--for=jsonpath={.status.hard}', 'resourcequota/lab']);
    const own = cluster.kubeconfig({ token: cluster.token });
    const worker = { ...QUICK, strategy: 'recreate', watch: '0s' };
    const begun = performance.now();
    const [huge, missing, quota, none, full, nowhere] = await Promise.all([
      run({ ...worker, app: 'huge', cpus: '500' }),
      run({ ...worker, app: 'missing', image: 'localhost:1/nobody/nothing:1' }),
      run({ ...worker, app: 'tight', hosts: 'kubernetes://lab/tight', kubeconfig: own }),
      run({ ...worker, app: 'lost', hosts: 'kubernetes://lab/nowhere', kubeconfig: own }),
      run({ ...worker, app: 'full', hosts: 'kubernetes://lab/full', kubeconfig: own }),
      run({ command: 'status', hosts: 'kubernetes://lab/nowhere', kubeconfig: own }),
    ]);
    expect(huge.outputs, told(huge)).toMatchObject({ state: 'bad', 'error-code': 'NO_CAPACITY' });
    expect(huge.errors[0]).toMatch(/too little cpu/);
    expect(missing.outputs, told(missing)).toMatchObject({ state: 'bad', 'error-code': 'IMAGE_MISSING' });
    expect(quota.outputs, told(quota)).toMatchObject({ state: 'bad', 'error-code': 'NO_CAPACITY' });
    expect(quota.errors[0]).toMatch(/quota .* too little pods/);
    expect(none.outputs, told(none)).toMatchObject({ 'error-code': 'NAMESPACE_MISSING' });
    expect(full.outputs, told(full)).toMatchObject({ 'error-code': 'NO_CAPACITY' });
    expect(full.errors[0]).toContain('too little count/deployments.apps');
    expect([nowhere.exitCode, nowhere.outputs['error-code']], told(nowhere)).toEqual([1, 'NAMESPACE_MISSING']);
    expect(performance.now() - begun).toBeLessThan(540_000);
    expect(await answer()).toBe('v3');
  });

  it('moves a plain Service, where no edge is wanted, and loses no new connection', async () => {
    const plain = { app: 'plain', edge: 'none', publish: '30081' };
    const there = `http://${cluster.site.there}:30081/`;
    const first = await deploy('v1', plain);
    expect(first.exitCode, told(first)).toBe(0);
    const fresh = startTraffic(there, { rate: 50, reuse: false });
    const second = await deploy('v2', plain);
    expect(second.exitCode, told(second)).toBe(0);
    const back = await run({ command: 'rollback', app: 'plain' });
    expect(back.outputs, told(back)).toMatchObject({ 'rolled-back': 'true', release: first.outputs.release });
    const { lost, errors5xx, versions, reasons } = await fresh.stop();
    expect({ lost, errors5xx, reasons: [...reasons] }).toEqual({ lost: 0, errors5xx: 0, reasons: [] });
    expect([...versions.keys()].sort()).toEqual(['v1', 'v2']);
    expect((await run({ command: 'remove', app: 'plain', force: 'true' })).exitCode).toBe(0);
  });

  it('takes back what crashes after it was given users', async () => {
    let crash: Promise<void> | undefined;
    const survived = () =>
      fetch(`${url()}crash/v4`, { headers: { connection: 'close' } }).then(
        ({ ok }) => ok,
        () => false,
      );
    // The edge asks again until it has an answer, which may be that of the release before, taken back meanwhile.
    let over = false;
    // A poll begins when it is awaited, and no sooner.
    const crashOne = async () => {
      await expect.poll(async () => over || !(await survived()), { timeout: 120_000 }).toBe(true);
    };
    const onLine = (line: string) => {
      if (line.includes('watching ')) crash ??= crashOne();
    };
    const crashed = await deploy('v4', { watch: '10m' }, { onLine });
    over = true;
    await crash;
    expect(crashed.outputs, told(crashed)).toMatchObject({ state: 'rolled-back', 'error-code': 'WATCH_FAILED' });
    expect(crashed.errors[0]).toMatch(/crashed and was restarted|exited with code 3/);
    expect(await answer()).toBe('v3');
  });

  it('repairs what a killed runner left, and lets one run work at a time', async () => {
    const cutAt = async (version: string, words: RegExp) => {
      let kill: () => void = () => undefined;
      return deploy(
        version,
        {},
        {
          onStart: (child) => {
            kill = () => child.kill('SIGKILL');
          },
          onLine: (line) => words.test(line) && kill(),
        },
      );
    };
    const traffic = startTraffic(url(), { rate: 50 });
    const cut = await cutAt('v5', /waiting until it is healthy/);
    expect(cut.signal).toBe('SIGKILL');
    const held = await deploy('v6');
    expect(held.outputs['error-code'], told(held)).toBe('LOCK_HELD');
    // The post step of the killed one, which a runner still starts.
    const target = { app: 'shop', hosts: `kubernetes://lab/${NAMESPACE}`, kubeconfig };
    const after = await runAction('deploy', { ...target, image: APP_IMAGE, port: '3000' }, { state: cut.state });
    expect(after.exitCode, told(after)).toBe(0);
    expect(await answer()).toBe('v3');

    const late = await cutAt('v7', /has 100% of the traffic/);
    expect(late.signal).toBe('SIGKILL');
    const freed = await run({ command: 'unlock', force: 'true' });
    expect(freed.exitCode, told(freed)).toBe(0);
    const named = { domains: 'shop.example.com/api', 'ingress-class': 'nobody', tls: 'off' };
    const next = await deploy('v8', named);
    expect(next.exitCode, told(next)).toBe(0);
    expect(await answer()).toBe('v8');
    const { lost, errors5xx } = await traffic.stop();
    expect({ lost, errors5xx }).toEqual({ lost: 0, errors5xx: 0 });
    // No controller is here: what it would read stands, and is not called open.
    const ingress = JSON.parse(
      cluster.kubectl(['--namespace', NAMESPACE, 'get', 'ingress', 'shop', '--output', 'json']),
    );
    expect(ingress.spec).toMatchObject({
      ingressClassName: 'nobody',
      rules: [
        {
          host: 'shop.example.com',
          http: {
            paths: [{ path: '/api', pathType: 'Prefix', backend: { service: { name: 'shop', port: { number: 80 } } } }],
          },
        },
      ],
    });
    expect(next.deployment).toMatchObject({
      url: 'http://shop.example.com/api',
      hosts: [{ domains: [{ domain: 'shop.example.com/api', tls: 'off', open: false }] }],
    });
    const taken = await deploy('v1', { ...named, app: 'cart', publish: '' });
    expect(taken.outputs['error-code'], told(taken)).toBe('DOMAIN_TAKEN');

    const left = next.history.releases.filter(({ status }) => status === 'pending');
    expect(left).toEqual([]);

    const own = await run({
      image: APP_IMAGE,
      'edge-image': EDGE_IMAGE,
      manifests: writeManifests(),
      port: '3000',
      publish: String(PORT),
      'health-path': '/healthz',
      'health-interval': '200ms',
      watch: '1s',
    });
    expect(own.exitCode, told(own)).toBe(0);
    expect(await answer()).toBe('from the manifests');
    // Domains that are asked for no longer went with the release that was good without them.
    expect(cluster.kubectl(['--namespace', NAMESPACE, 'get', 'ingresses', '--output', 'name'])).toBe('');
    const back = await run({ command: 'rollback' });
    expect(back.exitCode, told(back)).toBe(0);
    expect(await answer()).toBe('v8');

    const gone = await run({ command: 'remove', force: 'true' });
    expect(gone.exitCode, told(gone)).toBe(0);
    const kinds = 'deployments,pods,services,configmaps,secrets,leases,poddisruptionbudgets,jobs,ingresses';
    expect(
      cluster.kubectl([
        '--namespace',
        NAMESPACE,
        'get',
        kinds,
        '--selector',
        'io.seatrial.app=shop',
        '--output',
        'name',
      ]),
    ).toBe('');
  });
});
