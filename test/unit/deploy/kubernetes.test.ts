import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { schema } from '../../../src/deploy/inputs.ts';
import type { KubernetesHistory } from '../../../src/deploy/kubernetes/model.ts';
import { literal, podSpec, readiness } from '../../../src/deploy/kubernetes/objects/pod.ts';
import { deploymentOf, secretOf } from '../../../src/deploy/kubernetes/objects/release.ts';
import { openKubernetes } from '../../../src/deploy/kubernetes/open.ts';
import { ownerOf } from '../../../src/deploy/kubernetes/owner.ts';
import { lookOf } from '../../../src/deploy/kubernetes/pods.ts';
import { registryLogin } from '../../../src/deploy/kubernetes/registry.ts';
import { FURTHER_RIGHTS, RIGHTS, WAY_RIGHTS } from '../../../src/deploy/kubernetes/rights.ts';
import { type KubernetesSpec, specFrom } from '../../../src/deploy/kubernetes/spec.ts';
import { fitting } from '../../../src/deploy/kubernetes/state/history.ts';
import { rebuild } from '../../../src/deploy/kubernetes/state/rebuild.ts';
import { shortOf, troubleOf } from '../../../src/deploy/kubernetes/trouble.ts';
import type { Deployment, Pod } from '../../../src/lib/kubernetes/types.ts';

const base = { app: 'shop', hosts: 'kubernetes://lab/shop', kubeconfig: 'x', image: 'shop:1', port: '3000' };
const parse = (more: Record<string, string> = {}) => schema.safeParse({ ...base, ...more });
const specOf = (more: Record<string, string> = {}): KubernetesSpec => specFrom(schema.parse({ ...base, ...more }), '/');
const where = { app: 'shop', environment: 'production', sleeps: true, pullSecret: false };
const record = (more: Record<string, string> = {}) => ({
  release: '20261130-080000-abc1234',
  image: 'shop:1',
  status: 'pending' as const,
  at: '2026-11-30T08:00:00Z',
  by: 'lin',
  run: '',
  reason: '',
  commit: 'abc1234',
  spec: specOf(more),
  timings: {},
});

describe('inputs on Kubernetes', () => {
  it('need no publish for traffic, and take a NodePort', () => {
    expect(parse().success).toBe(true);
    expect(parse({ publish: '30080' }).success).toBe(true);
    expect(specOf().publish).toBe('ClusterIP');
  });
  it.each([
    [{ publish: '8080' }, 'publish', '30000 to 32767'],
    [{ publish: '127.0.0.1:30080' }, 'publish', 'every node'],
    [{ networks: 'front' }, 'networks', 'Services'],
    [{ pids: '50' }, 'pids', 'kubelet'],
    [{ 'log-driver': 'fluentd' }, 'log-driver', 'cluster'],
    [{ volumes: '/srv:/data' }, 'volumes', 'PersistentVolumeClaim'],
    [{ user: 'node' }, 'user', 'number'],
    [{ restart: 'no', strategy: 'recreate' }, 'restart', 'always restarted'],
    [{ 'stop-signal': 'SIGINT' }, 'stop-signal', 'STOPSIGNAL'],
    [{ app: '1shop' }, 'app', 'begin with a letter'],
    [{ 'keep-warm-as': 'paused' }, 'keep-warm-as', 'running or stopped'],
    [{ labels: 'team=a b' }, 'labels', 'no label of Kubernetes'],
  ])('%o is refused', (more, key, words) => {
    const result = parse(more as never);
    expect(result.error?.issues).toContainEqual(
      expect.objectContaining({ path: [key], message: expect.stringContaining(words) }),
    );
  });
  it('are as ever on Docker hosts', () => {
    const docker = { app: 'shop', image: 'shop:1', port: '3000', publish: '8080', networks: 'front', pids: '50' };
    expect(schema.safeParse(docker).success).toBe(true);
  });
});

it('one namespace is one host, whatever it is called by', async () => {
  const kubeconfig = JSON.stringify({
    'current-context': 'lab',
    contexts: [{ name: 'lab', context: { cluster: 'c', user: 'u', namespace: 'shop' } }],
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:6443' } }],
    users: [{ name: 'u', user: { token: 'a-token' } }],
  });
  const masked: string[] = [];
  const actions = { env: {}, mask: (secret: string) => masked.push(secret) } as never;
  const at = (hosts: string) => openKubernetes(actions, schema.parse({ ...base, hosts, kubeconfig }));
  await expect(at('kubernetes:///\nkubernetes://lab/shop')).rejects.toMatchObject({
    code: 'INPUT_INVALID',
    message: 'hosts: "kubernetes://lab/shop" is named twice.',
  });
  expect(masked).toContain('a-token');
  await (await at('kubernetes:///\nkubernetes://lab/blog')).close();
});

describe('the objects of a release', () => {
  it('are a Deployment scaled to nothing, with all that is needed to make it again', () => {
    const { metadata, spec } = deploymentOf(where, record({ secrets: 'KEY=value-of-it', env: 'A=1' }), 'before');
    expect(metadata.name).toBe('shop-20261130-080000-abc1234');
    expect(metadata.labels).toMatchObject({
      'app.kubernetes.io/name': 'shop',
      'app.kubernetes.io/managed-by': 'seatrial',
      'io.seatrial.release': '20261130-080000-abc1234',
    });
    expect(spec).toMatchObject({ replicas: 0, selector: { matchLabels: { 'io.seatrial.app': 'shop' } } });
    expect(JSON.stringify(metadata)).not.toContain('value-of-it');
    const history = rebuild(
      'shop',
      'production',
      [deploymentOf(where, record({ env: 'A=1' }), '')],
      undefined,
      new Map(),
    );
    expect(history.releases[0]!.spec).toEqual(record({ env: 'A=1' }).spec);
  });
  it('wait before they stop, are asked for their health, and set aside what they may use', () => {
    const spec = specOf({
      'health-path': '/healthz',
      'health-host': 'shop.test',
      memory: '64m',
      cpus: '0.5',
      'stop-timeout': '20s',
    });
    const pod = podSpec('shop', 'r1', spec, { ...where, serves: true });
    expect(pod).toMatchObject({
      terminationGracePeriodSeconds: 25,
      automountServiceAccountToken: false,
      containers: [
        {
          name: 'app',
          lifecycle: { preStop: { sleep: { seconds: 5 } } },
          readinessProbe: {
            httpGet: { path: '/healthz', port: 3000, httpHeaders: [{ name: 'Host', value: 'shop.test' }] },
          },
          resources: { limits: { cpu: '500m', memory: '67108864' }, requests: { cpu: '500m' } },
        },
      ],
    });
    const older = podSpec('shop', 'r1', spec, { ...where, serves: true, sleeps: false }) as { containers: unknown[] };
    expect(older.containers[0]).toMatchObject({ lifecycle: { preStop: { exec: { command: ['sleep', '5'] } } } });
  });
  it('ask by TCP where the kubelet would take another answer for well than the gate', () => {
    expect(readiness(specOf({ 'health-path': '/', 'health-status': '200,401' }))).toMatchObject({
      tcpSocket: { port: 3000 },
    });
    expect(readiness(specOf({ 'health-path': '/', 'health-status': '200-204' }))).toMatchObject({
      httpGet: { path: '/' },
    });
    expect(readiness(specOf({ 'health-command': 'check' }))).toMatchObject({
      exec: { command: ['sh', '-c', 'check'] },
    });
  });
  it('let no $(NAME) of a user be replaced', () => {
    expect(literal('a $(B) $C')).toBe('a $$(B) $C');
    const pod = podSpec('shop', 'r1', specOf({ env: 'CMD=echo $(date)' }), { ...where, serves: true });
    expect(JSON.stringify(pod)).toContain('echo $$(date)');
  });
  it('mount secrets as files, whose values stand in a Secret nobody can change', () => {
    const spec = specOf({ secrets: 'KEY=v1\nCERT=v2' });
    const pod = podSpec('shop', 'r1', spec, { ...where, serves: true });
    expect(pod).toMatchObject({
      volumes: [{ secret: { secretName: 'shop-r1', items: [{ key: 'CERT' }, { key: 'KEY' }] } }],
    });
    const secret = secretOf(
      where,
      'r1',
      spec.secrets,
      new Map([
        ['KEY', 'v1'],
        ['CERT', 'v2'],
      ]),
    );
    expect(secret).toMatchObject({ immutable: true, data: { KEY: Buffer.from('v1').toString('base64') } });
  });
  it('run as the restricted profile wants it where the inputs do', () => {
    const pod = podSpec('shop', 'r1', specOf({ user: '1000:1000', 'cap-drop': 'ALL' }), { ...where, serves: true });
    expect(pod).toMatchObject({
      securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        { securityContext: { runAsUser: 1000, runAsGroup: 1000, runAsNonRoot: true, allowPrivilegeEscalation: false } },
      ],
    });
  });
});

const pod = (status: Pod['status'], more: Partial<Pod['metadata']> = {}): Pod => ({
  metadata: { name: 'shop-1', uid: 'u1', ...more },
  spec: { nodeName: 'n1', containers: [{ name: 'app', image: 'shop:1' }] },
  status,
});
const container = (more: object) => ({
  name: 'app',
  image: 'shop:1',
  imageID: '',
  ready: false,
  restartCount: 0,
  ...more,
});
const ready = { type: 'Ready', status: 'True' };

describe('what keeps pods from starting', () => {
  it('is too little of something', () => {
    const message = '0/3 nodes are available: 1 Insufficient memory, 3 Insufficient cpu. preemption: no.';
    const waits = pod({ conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }] });
    expect(troubleOf(undefined, [waits])).toMatchObject({
      code: 'NO_CAPACITY',
      why: expect.stringContaining('too little memory and cpu'),
    });
    expect(troubleOf(undefined, [waits])!.patienceMs).toBeLessThan(60_000);
  });
  it('is a quota, by its own words', () => {
    const message =
      'pods "x" is forbidden: exceeded quota: lab, requested: pods=1,requests.cpu=1, used: pods=2,requests.cpu=2, limited: pods=2,requests.cpu=2';
    expect(shortOf(message)).toEqual(['pods', 'requests.cpu']);
    const deployment = {
      metadata: { name: 'shop-r1' },
      spec: { replicas: 2 },
      status: { conditions: [{ type: 'ReplicaFailure', status: 'True', message }] },
    } as Deployment;
    expect(troubleOf(deployment, [])).toMatchObject({
      code: 'NO_CAPACITY',
      why: expect.stringContaining('pods and requests.cpu'),
    });
  });
  it.each([
    ['ErrImagePull', 'rpc error: code = NotFound desc = shop:1: not found', 'IMAGE_MISSING', 0],
    ['ErrImagePull', 'pull access denied, authorization failed', 'REGISTRY_LOGIN', 0],
    ['ImagePullBackOff', 'Back-off pulling image', 'IMAGE_MISSING', 15_000],
    ['CreateContainerConfigError', 'secret "x" not found', 'DEPLOY_UNHEALTHY', 3000],
  ])('%s: %s', (reason, message, code, patienceMs) => {
    const waits = pod({ containerStatuses: [container({ state: { waiting: { reason, message } } })] });
    expect(troubleOf(undefined, [waits])).toMatchObject({ code, patienceMs });
  });
  it('is nothing once its containers run', () => {
    expect(troubleOf(undefined, [pod({ containerStatuses: [container({ state: { running: {} } })] })])).toBeUndefined();
  });
});

describe('a look at a pod', () => {
  const look = (one: Pod | undefined, gate = false) => lookOf(one, { gate, judged: true });
  it('tells a crash by the restarts, whatever the Deployment calls available', () => {
    const crashed = pod({
      conditions: [ready],
      containerStatuses: [
        container({ restartCount: 1, state: { running: {} }, lastState: { terminated: { exitCode: 3 } } }),
      ],
    });
    expect(look(crashed)).toMatchObject({ running: true, restarts: 1, exitCode: 3, health: 'healthy' });
  });
  it('tells memory that ran out', () => {
    const killed = pod({
      containerStatuses: [
        container({ restartCount: 1, lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }),
      ],
    });
    expect(look(killed)).toMatchObject({ oomKilled: true });
  });
  it('has patience with one that comes, and none with one that was ready', () => {
    const unready = pod({ containerStatuses: [container({ state: { running: {} } })] });
    expect(look(unready, true).health).toBe('starting');
    expect(look(unready).health).toBe('unhealthy');
  });
  it('counts a sidecar and no init container that has done its work', () => {
    const inits = [
      { ...container({ name: 'migrate', ready: true, restartCount: 2 }) },
      { ...container({ name: 'proxy', ready: true, restartCount: 1 }) },
    ];
    const one = pod({
      conditions: [ready],
      initContainerStatuses: inits as never,
      containerStatuses: [container({ ready: true, state: { running: {} } })] as never,
    });
    one.spec.initContainers = [{ name: 'migrate' }, { name: 'proxy', restartPolicy: 'Always' }];
    expect(look(one).restarts).toBe(1);
  });
  it('is one at nothing where it is going', () => {
    expect(look(undefined)).toMatchObject({ gone: true });
    expect(look(pod({ containerStatuses: [] }, { deletionTimestamp: 'now' }))).toMatchObject({ gone: true });
  });
});

describe('the history in a ConfigMap', () => {
  const history = (n: number): KubernetesHistory => ({
    format: 1,
    rev: 1,
    app: 'shop',
    environment: 'production',
    current: 'r0',
    releases: Array.from({ length: n }, (_, i) => ({
      ...record({ env: `A=${'x'.repeat(1000)}` }),
      release: `r${i}`,
      status: 'good' as const,
    })),
  });
  it('stays below its limit: the oldest fall off, and none that is needed', () => {
    const { history: kept, text } = fitting(history(40), 30_000);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(30_000);
    expect(kept.releases[0]!.release).toBe('r0');
    expect(kept.releases.length).toBeLessThan(40);
    expect(kept.releases.map(({ release }) => release)).toContain('r1');
  });
  it('says so where what is needed alone is too large', () => {
    expect(() => fitting(history(2), 1000)).toThrow(expect.objectContaining({ code: 'HISTORY_TOO_LARGE' }));
  });
});

it('who else keeps an object is told by his marks', () => {
  const of = (labels: object, annotations = {}) =>
    ownerOf({ metadata: { name: 'x', labels: labels as never, annotations } });
  expect(of({ 'app.kubernetes.io/managed-by': 'Helm' }, { 'meta.helm.sh/release-name': 'x' })).toBe('Helm');
  expect(of({ 'kustomize.toolkit.fluxcd.io/name': 'apps' })).toBe('Flux');
  expect(of({}, { 'argocd.argoproj.io/tracking-id': 'x' })).toBe('Argo CD');
  expect(of({ 'app.kubernetes.io/managed-by': 'seatrial' })).toBeUndefined();
});

it('a login is for the registry of the image unless another is named', () => {
  const login = { registry: undefined, username: 'u', password: 'p' };
  expect(registryLogin(login, 'ghcr.io/acme/shop@sha256:0')?.registry).toBe('ghcr.io');
  expect(registryLogin(login, 'acme/shop')?.registry).toBe('https://index.docker.io/v1/');
  expect(registryLogin({ ...login, registry: 'docker.io' }, 'acme/shop')?.registry).toBe('https://index.docker.io/v1/');
  expect(registryLogin({ ...login, password: undefined }, 'acme/shop')).toBeUndefined();
});

it('the Role of the documentation is what is asked for, no more and no less', () => {
  const documents = parseAllDocuments(readFileSync('docs/kubernetes-role.yaml', 'utf8')).map((one) => one.toJS());
  const { rules } = documents.find(({ kind }) => kind === 'Role') as {
    rules: { apiGroups: string[]; resources: string[]; verbs: string[] }[];
  };
  const mine = rules.filter(({ apiGroups }) => apiGroups[0] !== 'metrics.k8s.io');
  expect(mine.map(({ apiGroups, resources, verbs }) => [apiGroups[0], resources[0], verbs])).toEqual(
    [...RIGHTS, ...FURTHER_RIGHTS, ...WAY_RIGHTS].map((right) => [...right]),
  );
});
