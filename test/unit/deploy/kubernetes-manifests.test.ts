import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { schema } from '../../../src/deploy/inputs.ts';
import { choose } from '../../../src/deploy/kubernetes/manifests/choose.ts';
import type { Manifest } from '../../../src/deploy/kubernetes/manifests/model.ts';
import { hookPod, templateFor } from '../../../src/deploy/kubernetes/manifests/pod.ts';
import { readManifests } from '../../../src/deploy/kubernetes/manifests/read.ts';
import type { Autoscaler, Deployment } from '../../../src/lib/kubernetes/types.ts';
import { Lab } from '../../support/kubernetes/lab.ts';

const deployment = (name: string, image: string, more: object = {}): Manifest => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, labels: { team: 'sea' } },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name, 'app.kubernetes.io/name': name }, annotations: { note: 'theirs' } },
      spec: {
        serviceAccountName: 'shop',
        containers: [
          { name: 'proxy', image: 'envoy:1' },
          { name: 'web', image, command: ['serve'], env: [{ name: 'A', value: '1' }], readinessProbe: {}, ports: [] },
        ],
        initContainers: [{ name: 'migrate', image }],
        ...more,
      },
    },
  },
});
const configMap = (name: string, text: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data: { text },
});
const service = (name: string, port: number): Manifest => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { app: 'web' }, ports: [{ port, targetPort: 3000 }] },
});
const scaler: Manifest = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web' },
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, minReplicas: 1, maxReplicas: 5 },
};
const web = deployment('web', 'ghcr.io/acme/shop:dev');

let folder = '';
const write = (name: string, ...objects: unknown[]) =>
  writeFileSync(join(folder, name), objects.map((one) => stringify(one)).join('---\n'));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'manifests-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('manifests, as files', () => {
  const words = (path = folder) => readManifests(path, '/').then(String, (error) => `${error.code} ${error.message}`);
  it('are read in order, several documents and lists too', async () => {
    write('b.yaml', web);
    write('a.yml', configMap('x', ''), null, { apiVersion: 'v1', kind: 'List', items: [configMap('y', '')] });
    writeFileSync(join(folder, 'readme.md'), 'no YAML: {{');
    const names = (await readManifests(folder, '/')).map(({ metadata }) => metadata.name);
    expect(names).toEqual(['x', 'y', 'web']);
    expect(await readManifests(join(folder, 'b.yaml'), '/')).toEqual([web]);
  });
  it.each([
    ['kustomization.yaml', 'resources: []', /kustomize build/],
    ['Chart.yaml', 'name: x', /helm template/],
    ['a.yaml', 'a: {{ .Values.x }}: [', /a\.yaml: .*rendered first/],
    ['a.yaml', 'kind: ConfigMap\nmetadata: {name: x}', /a\.yaml: apiVersion/],
    ['a.yaml', '# nothing', /holds no object/],
  ])('%s with %s is refused', async (name, text, message) => {
    writeFileSync(join(folder, name), text);
    expect(await words()).toMatch(/^MANIFEST_INVALID /);
    expect(await words()).toMatch(message);
  });
  it('that are not there are told so', async () => expect(await words('/nowhere')).toMatch(/can't be read/));
});

describe('what is whose in them', () => {
  const asked = { app: 'shop', namespace: 'shop', image: 'ghcr.io/acme/shop@sha256:0' };
  const refused = (objects: Manifest[], more = {}) => {
    try {
      choose(objects, { ...asked, ...more });
      return '';
    } catch (error) {
      return `${(error as { code: string }).code} ${(error as Error).message}`;
    }
  };
  it('the one Deployment that runs the image is the app; the rest is as it is', () => {
    const worker = deployment('worker', 'ghcr.io/acme/worker:1');
    const { manifests, warnings } = choose([configMap('x', ''), worker, web, scaler], asked);
    expect(manifests.workload).toMatchObject({ name: 'web', container: 'web', inits: ['migrate'] });
    expect(manifests.others.map(({ metadata }) => metadata.name)).toEqual(['x', 'worker', 'web']);
    expect(warnings).toEqual([]);
  });
  it('a Service of our own name is ours where it has our port, and one past the edge is warned of', () => {
    const { manifests, warnings } = choose([web, service('shop', 80), service('pods', 3000)], asked);
    expect(manifests.others.map(({ metadata }) => metadata.name)).toEqual(['pods']);
    expect(warnings.join()).toMatch(/Service pods leads to pods of every release/);
  });
  it.each([
    [[deployment('web', 'other:1')], {}, /no Deployment has a container of ghcr.io\/acme\/shop .*web/],
    [[web, deployment('jobs', 'ghcr.io/acme/shop:dev')], {}, /web and jobs both run/],
    [[web], { service: 'api' }, /names the Deployment api, .* are web/],
    [[deployment('web', 'other:1')], { service: 'web' }, /no container of/],
    [[web, service('shop', 3000)], {}, /has port 80 alone/],
    [[web, configMap('shop-seatrial', '')], {}, /needs for its own/],
    [[web, configMap('x', ''), configMap('x', '')], {}, /there twice/],
    [[web, { ...configMap('x', ''), metadata: { name: 'x', namespace: 'kube-system' } }], {}, /namespace kube-system/],
    [[web, { ...configMap('x', ''), kind: 'Secret' }], {}, /make it in the cluster/],
    [[web, configMap('x', 'y'.repeat(300_000))], {}, /at most 250 kB/],
  ])('%# is refused', (objects, more, message) => {
    expect(refused(objects as Manifest[], more)).toMatch(/^MANIFEST_INVALID /);
    expect(refused(objects as Manifest[], more)).toMatch(message);
  });
  it('service tells two apart, and any word may stand for the image there', () => {
    const both = [web, deployment('jobs', 'ghcr.io/acme/shop:dev')];
    expect(choose(both, { ...asked, service: 'web' }).manifests.others.map(({ metadata }) => metadata.name)).toEqual([
      'jobs',
    ]);
    const placeholder = deployment('web', '', { containers: [{ name: 'c', image: 'IMAGE' }] });
    expect(choose([placeholder], { ...asked, service: 'web' }).manifests.workload.container).toBe('c');
  });

  it('pods are as the files say, but for the image and our labels', () => {
    const { manifests } = choose([web], asked);
    const ours = { 'io.seatrial.app': 'shop', 'app.kubernetes.io/name': 'shop', 'app.kubernetes.io/version': 'r1' };
    const made = templateFor(manifests, { image: 'new' }, ours, 'pull');
    expect(made).toEqual({
      metadata: {
        // Services and budgets of the author find pods by his labels.
        labels: {
          app: 'web',
          'app.kubernetes.io/name': 'web',
          'app.kubernetes.io/version': 'r1',
          'io.seatrial.app': 'shop',
        },
        annotations: { note: 'theirs', 'io.seatrial.container': 'web' },
      },
      spec: {
        serviceAccountName: 'shop',
        imagePullSecrets: [{ name: 'pull' }],
        containers: [
          { name: 'proxy', image: 'envoy:1' },
          {
            name: 'web',
            image: 'new',
            command: ['serve'],
            env: [{ name: 'A', value: '1' }],
            readinessProbe: {},
            ports: [],
          },
        ],
        initContainers: [{ name: 'migrate', image: 'new' }],
      },
    });
    const hook = hookPod(manifests, { image: 'new' }, { command: ['sh', '-c', 'x'] }, undefined);
    expect(hook).toEqual({
      serviceAccountName: 'shop',
      containers: [{ name: 'web', image: 'new', command: ['sh', '-c', 'x'], env: [{ name: 'A', value: '1' }] }],
    });
  });
});

describe('manifests, as an input', () => {
  const base = { app: 'shop', image: 'shop:1', port: '3000', manifests: 'k8s' };
  const cluster = { ...base, hosts: 'kubernetes://lab/shop', kubeconfig: 'x' };
  const issues = (inputs: Record<string, string>) =>
    (schema.safeParse(inputs).error?.issues ?? []).map(({ path, message }) => `${String(path[0])}: ${message}`);
  it('belong to Kubernetes, and say by themselves what inputs say elsewhere', () => {
    expect(issues({ ...cluster, service: 'web', replicas: '3', domains: 'a.example.com', gateway: 'g' })).toEqual([]);
    const said: Record<string, string> = { env: 'A=1', memory: '64m', volumes: 'c:/x', secrets: 'A=1', args: 'x' };
    for (const [key, value] of Object.entries(said)) {
      expect(issues({ ...cluster, [key]: value })).toContainEqual(
        expect.stringMatching(new RegExp(`^${key}: belongs into the manifests`)),
      );
    }
    expect(issues({ ...cluster, 'stop-timeout': '5s' })).toContainEqual(expect.stringMatching(/^stop-timeout: /));
    expect(issues({ ...cluster, manifests: '', service: 'web' })).toContainEqual(expect.stringMatching(/^service: /));
    expect(issues({ ...base, publish: '8080' })).toContainEqual(expect.stringMatching(/^manifests: .*Kubernetes/));
    const swarm = { ...base, publish: '8080', hosts: 'swarm+unix:///var/run/docker.sock' };
    expect(issues(swarm)).toContainEqual(expect.stringMatching(/^manifests: .*Kubernetes/));
  });
});

describe('manifests through the flows', () => {
  let lab: Lab;
  beforeEach(() => {
    lab = new Lab();
  });
  const image = (tag: string) => `ghcr.io/acme/shop:${tag}`;
  const deploy = (tag: string, more: Record<string, string> = {}) =>
    lab.run({ image: image(tag), manifests: folder, ...more });
  const text = (name: string) =>
    (lab.cluster.find('configmaps', name) as { data?: { text: string } } | undefined)?.data?.text;
  const served = () => [...lab.cluster.users().keys()][0];
  const scaled = () => lab.cluster.find<Autoscaler>('horizontalpodautoscalers', 'web')?.spec.scaleTargetRef.name;

  it('ship, roll back with what they bring, and go with the app', async () => {
    write('all.yaml', web, configMap('settings', 'one'), service('shop', 80), scaler, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'files' },
      spec: { accessModes: ['ReadWriteMany'] },
    });
    const first = await deploy('v1', { 'pre-deploy': 'migrate' });
    expect(first).toMatchObject({ end: 'ok', outputs: { state: 'good' }, users: [[image('v1'), 1]] });
    const made = lab.cluster.find<Deployment>('deployments', `shop-${served()}`)!;
    expect(made.spec.replicas).toBe(2);
    expect(made.metadata.labels).toMatchObject({ team: 'sea', 'io.seatrial.app': 'shop' });
    expect(made.spec.template?.spec).toMatchObject({ serviceAccountName: 'shop' });
    expect(lab.cluster.find('configmaps', 'settings')!.metadata.labels).toMatchObject({ 'io.seatrial.app': 'shop' });
    expect(scaled()).toBe(`shop-${served()}`);
    expect(await deploy('v1')).toMatchObject({ end: 'ok', outputs: { state: 'unchanged' } });

    write('all.yaml', web, configMap('settings', 'two'), configMap('more', 'x'), scaler);
    expect(await deploy('v2')).toMatchObject({ end: 'ok', users: [[image('v2'), 1]] });
    expect([text('settings'), text('more'), scaled()]).toEqual(['two', 'x', `shop-${served()}`]);
    const sick = await deploy('v3-sick');
    expect(sick).toMatchObject({ end: 'DEPLOY_UNHEALTHY', users: [[image('v2'), 1]] });
    expect(scaled()).toBe(`shop-${served()}`);

    expect(await lab.run({ command: 'rollback' })).toMatchObject({ end: 'ok', users: [[image('v1'), 1]] });
    expect([text('settings'), scaled()]).toEqual(['one', `shop-${served()}`]);
    expect((await lab.run({ command: 'remove', force: 'true' })).end).toBe('ok');
    // What holds data outlives the app.
    expect([...lab.cluster.objects.keys()]).toEqual(['persistentvolumeclaims/files']);
  });

  it('take on what was there by hand, and leave it when they go', async () => {
    write('all.yaml', web, configMap('settings', 'one'), configMap('own', 'mine'));
    lab.cluster.objects.set('configmaps/settings', { metadata: { name: 'settings' }, data: { text: 'by hand' } });
    expect((await deploy('v1')).end).toBe('ok');
    expect((await deploy('v2')).end).toBe('ok');
    expect(text('settings')).toBe('one');
    expect((await lab.run({ command: 'remove', force: 'true' })).end).toBe('ok');
    expect([...lab.cluster.objects.keys()]).toEqual(['configmaps/settings']);
  });

  it.each([
    ['of the whole cluster', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } }, 'MANIFEST_INVALID'],
    ['of a kind that is not known', { apiVersion: 'x.io/v1', kind: 'X', metadata: { name: 'x' } }, 'MANIFEST_INVALID'],
    ['that Argo CD keeps', configMap('kept', ''), 'OBJECT_OWNED'],
    ['of another app', configMap('shared', ''), 'OBJECT_OWNED'],
    ['we may not bring', { ...scaler, spec: {} }, 'ACCESS_MISSING'],
  ])('with an object %s are refused before anything is touched', async (_, object, end) => {
    write('all.yaml', web, object);
    const argo = { 'argocd.argoproj.io/tracking-id': 'x' };
    lab.cluster.objects.set('configmaps/kept', { metadata: { name: 'kept', annotations: argo } });
    const cart = { 'io.seatrial.app': 'cart' };
    lab.cluster.objects.set('configmaps/shared', { metadata: { name: 'shared', labels: cart } });
    lab.cluster.denied = new Set(['patch horizontalpodautoscalers']);
    const before = [...lab.cluster.objects.keys()];
    expect((await deploy('v1')).end).toBe(end);
    expect([...lab.cluster.objects.keys()]).toEqual(before);
  });

  it('come back whole for a release that had been pruned', async () => {
    write('all.yaml', web, configMap('settings-1', 'one'));
    await deploy('v1');
    write('all.yaml', web, configMap('settings-2', 'two'));
    await deploy('v2');
    for (const key of ['configmaps/settings-1', ...lab.cluster.objects.keys()]) {
      const old = /^deployments\/shop-(.+)$/.exec(key)?.[1];
      if (key === 'configmaps/settings-1' || (old && old !== served() && old !== 'edge'))
        lab.cluster.objects.delete(key);
    }
    const found: unknown[] = [];
    const back = await lab.run({ command: 'rollback' }, (what) => {
      if (/^PATCH apply deployments/.test(what)) found.push(text('settings-1'));
      return undefined;
    });
    expect(back).toMatchObject({ end: 'ok', users: [[image('v1'), 1]] });
    // It is there before the pods that read it.
    expect(found).toEqual(['one']);
  });

  it('lose with a release what it alone had brought', async () => {
    for (const n of ['1', '2', '3', '4']) {
      write('all.yaml', web, configMap(`settings-${n}`, n), configMap('shared', 'x'));
      expect((await deploy(`v${n}`, { 'keep-releases': '2' })).end).toBe('ok');
    }
    expect([1, 2, 3, 4].map((n) => text(`settings-${n}`))).toEqual([undefined, undefined, '3', '4']);
    expect(text('shared')).toBe('x');
  });
});
