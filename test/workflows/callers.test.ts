import { execFileSync } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ActRun, makeCaller, renderLibrary, runAct } from '../support/act.ts';
import { clearApp } from '../support/clear.ts';
import { EDGE_IMAGE, ensureImages, NODE_IMAGE } from '../support/images.ts';
import { strictReceivers } from '../support/receivers/index.ts';
import { type ReceiverServer, startReceivers } from '../support/receivers/server.ts';
import { freePort, type Registry, sharedRegistry } from '../support/registry.ts';
import { ownName } from '../support/run/id.ts';

// Every caller in examples/workflows that differs from the others is run as it stands, here and in watch.test.ts: only
// addresses, ports and the names of apps are this test's, and a seatrial.yml beside it makes the judging short. It may,
// because no workflow's default wins over the file. What they hand on is held without a run too (test/unit/house/examples.test.ts).
const tag = randomBytes(3).toString('hex');
/** Whose repositories they are. */
const acme = ownName('acme');
const apps = ['shop', 'admin', 'project', 'testing', 'staging', 'production'].map((name) => `${name}-${tag}`);
const TOKEN = `ghs_${randomBytes(12).toString('hex')}`;
const folders: string[] = [];
let registry: Registry;
let receivers: ReceiverServer;
let library: string;
let ports: number[];

beforeAll(async () => {
  ensureImages('node', 'edge');
  registry = await sharedRegistry();
  receivers = await startReceivers([strictReceivers.dingtalk!(), strictReceivers.feishu!(), strictReceivers.wecom!()]);
  library = renderLibrary();
  folders.push(library);
  ports = await Promise.all(Array.from({ length: 7 }, freePort));
});
afterAll(async () => {
  clearApp(`shop-${tag}-drill`);
  for (const app of apps) clearApp(app);
  for (const name of ['shop', 'admin']) clearApp(`${name}-${tag}`, `${registry?.host}/${acme}/${name}`);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  await receivers?.close();
});

beforeEach(() => void receivers.received.splice(0));

const config = () => `
build: { scan: false, cache: none, build-args: { BASE: ${NODE_IMAGE} } }
deploy: { edge-image: ${EDGE_IMAGE}, watch: 1s, health-interval: 200ms, healthy-after: 1, env: { SHOP_VERSION: 1 } }
verify: { duration: 2s, warm-up: 0s, rate: 20 }
`;

/** The example with this test's addresses for its own. */
function asHere(name: string, written = readFileSync(`examples/workflows/${name}.yml`, 'utf8')): string {
  let app = 0;
  let port = name === 'compose' ? 2 : 0;
  const text = written
    // One engine here is all the hosts there: what shares a name or a port on many needs its own.
    .replaceAll('app: shop', (own) => {
      if (name === 'compose') return 'app: project';
      return name === 'environments' ? `app: ${['testing', 'staging', 'production'][app++]}` : own;
    })
    .replaceAll(/publish: '80'/g, () => `publish: '127.0.0.1:${ports[name === 'environments' ? 4 + port++ : port]}'`)
    .replaceAll("port: '8080'\n      health-path", (own) =>
      name === 'drill' ? own.replace('\n', `\n      publish: '127.0.0.1:${ports[3]}'\n`) : own,
    )
    .replaceAll('watch: 60s', 'watch: 1s')
    // A release made to fail is asked as long as it is given, and never answers otherwise.
    .replaceAll(/^( *)health-path: \/healthz$/gm, (own, indent) =>
      name === 'drill' ? `${own}\n${indent}deploy-timeout: 5s` : own,
    )
    .replaceAll(/(ghcr\.io|registry\.example\.com)\/acme/g, `${registry.host}/${acme}`)
    .replaceAll(/ssh:\/\/deploy@fra-1\S+/g, 'unix:///run/docker.sock')
    .replaceAll(/ssh:\/\/deploy@\S+/g, 'unix:///var/run/docker.sock')
    .replaceAll(/http:\/\/preview\.example\.com/g, 'http://127.0.0.1')
    .replaceAll(/http:\/\/shop-1\.example\.com/g, `http://127.0.0.1:${ports[0]}`)
    .replaceAll(/app: (shop|admin|project|testing|staging|production)\b/g, `app: $1-${tag}`)
    .replaceAll(/publish: '8081'/g, `publish: '127.0.0.1:${ports[1]}'`);
  expect(text).not.toContain('example.com');
  return text;
}

interface Options {
  event?: 'push' | 'workflow_dispatch' | 'schedule' | 'pull_request';
  payload?: object;
  inputs?: Record<string, string>;
  files?: Record<string, string>;
  env?: Record<string, string>;
  /** Whether the repository has secrets of channels. */
  channels?: boolean;
}

async function call(
  name: string,
  { event = 'push', payload, inputs, files = {}, env, channels = true }: Options = {},
): Promise<ActRun> {
  const workflow = `.github/workflows/${name}.yml`;
  const caller = makeCaller(
    { [workflow]: asHere(name), 'seatrial.yml': config(), ...files },
    { '.': 'examples/shop', shop: 'examples/shop', admin: 'examples/shop' },
  );
  folders.push(caller);
  const told = {
    DINGTALK_WEBHOOK: receivers.inputs['dingtalk-webhook']!,
    DINGTALK_SECRET: receivers.inputs['dingtalk-secret']!,
    FEISHU_WEBHOOK: receivers.inputs['feishu-webhook']!,
    FEISHU_SECRET: receivers.inputs['feishu-secret']!,
    WECOM_WEBHOOK: receivers.inputs['wecom-webhook']!,
  };
  const secrets = { GITHUB_TOKEN: TOKEN, ...(channels ? told : {}) };
  return runAct({ caller, library, event, payload, workflow, inputs, secrets, env });
}
/** Channels told since the last call, each as often as it was. */
const told = () =>
  receivers.received
    .splice(0)
    .filter(({ taken }) => taken)
    .map(({ channel }) => channel)
    .sort();

describe('a caller to copy', () => {
  it('minimal: five lines ship, with the seatrial.yml of the page for newcomers, and inherited secrets reach the channels', async () => {
    const [, page] = [...readFileSync('docs/getting-started.md', 'utf8').matchAll(/```yaml\n([\s\S]*?)```/g)];
    const files = { 'seatrial.yml': `${asHere('page', page![1])}${config()}` };
    const run = await call('minimal', { files });
    expect(run.jobs, run.log).toEqual({ build: 'success', deploy: 'success', notify: 'success' });
    expect(run.outputs.end).toMatchObject({ state: 'good', 'error-code': '' });
    expect(told()).toEqual(['dingtalk', 'feishu', 'wecom']);
  });

  it('ship: named secrets, and nothing else is told; an app that is down is mended', async () => {
    const serving = [
      'ps',
      '-q',
      '--filter',
      `label=io.seatrial.app=shop-${tag}`,
      '--filter',
      'label=io.seatrial.role=app',
    ];
    const ids = execFileSync('docker', serving, { encoding: 'utf8' }).split('\n').filter(Boolean);
    expect(ids).not.toEqual([]);
    execFileSync('docker', ['stop', '--time', '1', ...ids], { stdio: 'ignore' });
    const run = await call('ship');
    expect(run.outputs.before, run.log).toMatchObject({ 'error-code': 'EDGE_DOWN' });
    expect(run.outputs.end).toMatchObject({ state: 'good', 'error-code': '' });
    expect(run.jobs, run.log).toEqual({ build: 'success', deploy: 'success', notify: 'success' });
    expect(run.outputs.verify?.verdict).toMatch(/pass|inconclusive/);
    expect(told()).toEqual(['dingtalk']);
  });

  it('rollback: by hand, to the release before', async () => {
    const inputs = { environment: 'production', reason: 'drill by hand' };
    const run = await call('rollback', { event: 'workflow_dispatch', inputs });
    expect(run.jobs, run.log).toEqual({ rollback: 'success', notify: 'success' });
    expect(run.outputs.rollback).toMatchObject({ state: 'good', 'rolled-back': 'true' });
    expect(told()).toEqual(['dingtalk']);
  });

  it('self-hosted: the runner’s own engine, by a list of labels', async () => {
    const run = await call('self-hosted');
    expect(run.jobs, run.log).toEqual({ build: 'success', deploy: 'success', notify: 'success' });
    expect(told()).toHaveLength(3);
  });

  it('environments: one digest in three environments, one after the other', async () => {
    const run = await call('environments');
    expect(run.exitCode, run.log).toBe(0);
    const image = run.outputs.build!.image!;
    for (const name of ['testing', 'staging', 'production']) {
      const label = ['--filter', `label=io.seatrial.app=${name}-${tag}`, '--format', '{{.Label "io.seatrial.image"}}'];
      const of = execFileSync('docker', ['ps', ...label], { encoding: 'utf8' });
      expect(of, name).toContain(image.split('@')[1]);
    }
    expect(told()).toHaveLength(9);
  });

  it('regions: one image, each region in its turn', async () => {
    const run = await call('regions');
    expect(run.exitCode, run.log).toBe(0);
    // Both are one engine here, so the second finds the release of the first.
    expect(run.outputs.deploy?.state).toBe('unchanged');
    const serves = ['--filter', `label=io.seatrial.release=${run.outputs.deploy!.serving}`];
    const labels = ['ps', ...serves, '--format', '{{.Label "io.seatrial.image"}}'];
    expect(execFileSync('docker', labels, { encoding: 'utf8' })).toContain(run.outputs.build!.digest);
    const kept = Object.keys(run.artifacts).filter((name) => name.startsWith('seatrial-verify'));
    expect(kept, 'artifacts of regions have names of their own').toHaveLength(new Set(kept).size);
    expect(told()).toHaveLength(6);
  });

  it('compose: the image that was built is the one of its service; who gives no channel is told so, and stays green', async () => {
    const files = {
      'compose.yaml': `services:\n  web:\n    build: .\n    ports: ['8080']\n    mem_limit: 256m\n  cache:\n    image: ${NODE_IMAGE}\n    command: [node, -e, 'setInterval(() => 0, 1000)']\n    mem_limit: 128m\n`,
    };
    const run = await call('compose', { files, channels: false });
    expect(run.jobs, run.log).toEqual({ build: 'success', deploy: 'success', notify: 'success' });
    expect(run.outputs.deploy?.image).toBe(run.outputs.build?.image);
    expect(run.warnings.join()).toContain('NOTIFY_NO_TARGET: nobody was told');
    expect(told()).toEqual([]);
  });

  it('monorepo: two apps, and one message about both', async () => {
    const run = await call('monorepo');
    expect(run.exitCode, run.log).toBe(0);
    expect(run.jobs).toMatchObject({ tell: 'success' });
    const [message, ...more] = receivers.received.splice(0).filter(({ taken }) => taken);
    expect([message?.channel, more]).toEqual(['wecom', []]);
    for (const job of ['shop', 'admin']) expect(JSON.stringify(message?.message)).toContain(job);
  });

  it('ghes: the actions one by one', async () => {
    const run = await call('ghes');
    expect(run.jobs, run.log).toEqual({ release: 'success' });
    expect(told()).toEqual(['wecom']);
    const stopped = await call('ghes', {
      files: { Dockerfile: 'FROM scratch\nCOPY not-there /\n' },
    });
    expect(stopped.jobs, stopped.log).toEqual({ release: 'failure' });
    const [message] = receivers.received.splice(0).filter(({ taken }) => taken);
    for (const words of ['构建失败，未部署', '线上没有改动']) expect(JSON.stringify(message?.message)).toContain(words);
  });

  it('drill: every channel answers, and the way back holds, beside the users', async () => {
    const serving = async () => (await fetch(`http://127.0.0.1:${ports[0]}/version`)).text();
    const before = await serving();
    const run = await call('drill', { event: 'workflow_dispatch' });
    expect(run.jobs, run.log).toEqual({ alert: 'success', rollback: 'success' });
    expect(run.outputs.judge?.rollback).toBe('passed');
    expect(run.outputs.sick).toMatchObject({ state: 'bad', 'rolled-back': 'false', 'error-code': 'DEPLOY_UNHEALTHY' });
    expect(await serving()).toBe(before);
    const [message] = receivers.received.filter(({ taken }) => taken);
    for (const words of ['演练', 'passed']) expect(JSON.stringify(message?.message)).toContain(words);
    expect(told()).toEqual(['dingtalk']);
  });

  it('preview: beside, told on the pull request, and away when it is closed', async () => {
    // GitHub's comments, as https://docs.github.com/rest/issues/comments has them.
    const comments: { id: number; body: string }[] = [];
    let pull = 'open';
    const number = randomInt(1, 9999);
    const server = createServer(async (request, response) => {
      const chunks = await request.toArray();
      const body = chunks.length ? (JSON.parse(Buffer.concat(chunks).toString()) as { body: string }).body : '';
      const id = Number(/comments\/(\d+)$/.exec(request.url!)?.[1]);
      if (request.headers.authorization !== `Bearer ${TOKEN}`) return void response.writeHead(401).end('{}');
      if (request.url!.endsWith(`/pulls/${number}`)) {
        return void response.end(JSON.stringify({ state: pull, head: { sha: 'a'.repeat(40) } }));
      }
      if (request.method === 'POST') comments.push({ id: comments.length + 1, body });
      if (request.method === 'PATCH') comments.find((comment) => comment.id === id)!.body = body;
      response.writeHead(request.method === 'POST' ? 201 : 200).end(JSON.stringify(comments));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const env = { GITHUB_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
    const name = `shop-${tag}-pr-${number}`;
    apps.push(name);
    const payload = (action: string, repository = 'acme/shop') => ({
      action,
      repository: { full_name: 'acme/shop' },
      pull_request: { number, head: { sha: 'a'.repeat(40), ref: 'change', repo: { full_name: repository } } },
    });
    const left = () =>
      execFileSync('docker', ['ps', '-aq', '--filter', `label=io.seatrial.app=${name}`], { encoding: 'utf8' });
    try {
      const fork = await call('preview', { event: 'pull_request', payload: payload('opened', 'somebody/shop'), env });
      expect(fork.jobs.fork, fork.log).toBe('success');
      expect([fork.jobs.preview, fork.jobs.remove, comments]).toEqual([undefined, undefined, []]);

      const run = await call('preview', { event: 'pull_request', payload: payload('opened'), env });
      expect(run.jobs.preview, run.log).toBe('success');
      expect(run.outputs.deploy).toMatchObject({ state: 'good' });
      const url = `http://127.0.0.1:${20_000 + number}`;
      expect(comments.map(({ body }) => body)).toEqual([expect.stringContaining(url)]);
      expect((await fetch(`${url}/healthz`)).status).toBe(200);

      pull = 'closed';
      const closed = await call('preview', { event: 'pull_request', payload: payload('closed'), env });
      expect(closed.jobs.remove, closed.log).toBe('success');
      expect(comments.map(({ body }) => body)).toEqual([expect.stringContaining('taken away')]);
      expect(left()).toBe('');

      // A build that was under way when it was closed ends only now: nothing comes back, and nobody is told it had.
      const late = await call('preview', { event: 'pull_request', payload: payload('synchronize'), env });
      expect([late.jobs.preview, late.outputs.deploy?.state], late.log).toEqual(['success', undefined]);
      expect(comments.map(({ body }) => body)).toEqual([expect.stringContaining('taken away')]);
      expect(left()).toBe('');
    } finally {
      server.close();
    }
  });

  it('stands in the manual, and is run', () => {
    const manual = readFileSync('docs/workflows.md', 'utf8');
    const here = readFileSync('test/workflows/callers.test.ts', 'utf8');
    for (const name of readdirSync('examples/workflows')) {
      expect(manual, name).toContain(`examples/workflows/${name}`);
      // ghcr.yml is another's call but for the registry (test/unit/house/examples.test.ts), and no GitHub is here to log in to.
      if (!['watch.yml', 'ghcr.yml'].includes(name)) expect(here, name).toContain(`call('${name.replace('.yml', '')}'`);
    }
  });
});
