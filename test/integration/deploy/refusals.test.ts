import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { APP_IMAGE, buildApp, docker } from '../../support/app.ts';
import { TestApp } from '../../support/deploy.ts';
import { EDGE_IMAGE, NODE_IMAGE } from '../../support/images.ts';
import { startRegistry } from '../../support/registry.ts';
import { startTraffic } from '../../support/traffic.ts';

const apps: TestApp[] = [];
const newApp = async () => {
  const one = await TestApp.create();
  apps.push(one);
  return one;
};
/** One that v1 serves, and serves again at each test's end. */
let served: TestApp;
const serving = async () => (await served.run({ command: 'status' })).outputs.serving!;
beforeAll(async () => {
  buildApp();
  served = await newApp();
  expect((await served.deploy('v1')).errors).toEqual([]);
});
afterAll(() => {
  for (const one of apps) one.remove();
});

const traces = (app: TestApp) =>
  [
    ...app.containers(),
    docker(['volume', 'ls', '-q', '--filter', `name=^${app.name}-`]),
    docker(['network', 'ls', '-q', '--filter', `name=^${app.name}-`]),
  ].filter(Boolean);

describe('what is refused', () => {
  it('a dry run, a plan and a status touch nothing', async () => {
    const app = await newApp();
    const both: Record<string, string>[] = [{ 'dry-run': 'true' }, { command: 'plan' }];
    for (const inputs of both) {
      const planned = await app.deploy('v1', inputs);
      expect(planned.errors).toEqual([]);
      expect(planned.outputs).toMatchObject({ state: 'unchanged', release: '', serving: '' });
      expect(JSON.parse(planned.outputs.plan!)).toMatchObject({ app: app.name, from: '' });
      expect(planned.stdout).toMatch(/\+ image: .*test-app/);
    }
    const status = await app.run({ command: 'status' });
    expect(status.outputs).toMatchObject({ state: 'unchanged', release: '', serving: '', 'error-code': '' });
    for (const command of ['rollback', 'promote', 'prune', 'unlock']) {
      const result = await app.run({ command });
      expect(result.outputs['error-code']).toBe(
        { rollback: 'NO_ROLLBACK_TARGET', promote: 'NOTHING_PENDING' }[command] ?? '',
      );
    }
    expect(traces(app)).toEqual([]);
  });

  it('a missing image and an unreachable engine', async () => {
    const app = await newApp();
    const missing = await app.deploy('v1', { image: 'seatrial.local/no-such-image:1' });
    expect(missing.errors).toHaveLength(1);
    expect(missing.outputs).toMatchObject({ 'error-code': 'IMAGE_MISSING', state: 'unchanged' });
    expect(app.containers()).toEqual([]);
    const nowhere = await app.deploy('v1', { hosts: 'unix:///nowhere/docker.sock' });
    expect(nowhere.outputs).toMatchObject({ 'error-code': 'ENGINE_UNREACHABLE', state: 'unchanged', serving: '' });
    expect(nowhere.errors[0]).toContain('not known');
    const network = await app.deploy('v1', { networks: `${app.name}-nowhere` });
    expect(network.outputs).toMatchObject({ 'error-code': 'NETWORK_MISSING', state: 'unchanged' });
    const edge = await app.deploy('v1', { 'edge-image': NODE_IMAGE });
    expect(edge.outputs).toMatchObject({ 'error-code': 'EDGE_CONFIG', state: 'unchanged' });
    expect(edge.errors[0]).toContain('there is no haproxy');
    const wrong = await app.deploy('v1', { port: '99999' });
    expect(wrong.outputs).toMatchObject({ 'error-code': 'INPUT_INVALID', state: 'unchanged', 'rolled-back': 'false' });
    expect(app.containers()).toEqual([]);
  });

  it('a port that something else has', async () => {
    const app = await newApp();
    const server = createServer((_, response) => response.end('mine'));
    await new Promise<void>((resolve) => server.listen(app.port, '127.0.0.1', resolve));
    const taken = await app.deploy('v1');
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(taken.outputs).toMatchObject({ 'error-code': 'PORT_TAKEN', state: 'unchanged' });
    expect(app.containers()).toEqual([]);
    const other = served;
    const clash = await app.deploy('v1', { publish: `127.0.0.1:${other.port}` });
    expect(clash.outputs).toMatchObject({ 'error-code': 'PORT_TAKEN', state: 'unchanged' });
    expect(clash.errors[0]).toContain(`${other.name}-edge`);
    expect(traces(app).filter((t) => t.includes('edge'))).toEqual([]);
    // Its own edge has it as well; that is no reason to stop what serves.
    const without = await other.deploy('v2', { edge: 'none', strategy: 'recreate' });
    expect(without.outputs).toMatchObject({ 'error-code': 'PORT_TAKEN', state: 'unchanged' });
    expect(without.errors[0]).toContain('keep publish and edge: haproxy');
    expect(await other.answer()).toBe('v1');
  });

  it('an edge image without nc: said at once, and nothing is left', async () => {
    const app = await newApp();
    const image = `seatrial.local/${app.name}:edge`;
    const build = `printf 'FROM ${EDGE_IMAGE}\\nUSER 0\\nRUN rm /bin/nc\\n' | DOCKER_BUILDKIT=0 docker build --quiet --tag ${image} -`;
    execFileSync('sh', ['-c', build], { stdio: 'ignore' });
    try {
      const first = await app.deploy('v1', { 'edge-image': image });
      expect(first.errors).toHaveLength(1);
      expect(first.errors[0]).toMatch(/there is no nc in the image of the edge/);
      expect(first.outputs).toMatchObject({ 'error-code': 'EDGE_CONFIG', serving: '' });
      expect(app.containers()).toEqual([]);
    } finally {
      docker(['rmi', image]);
    }
  });

  it('another environment of the app on the same host', async () => {
    const app = served;
    const staging = await app.deploy('v2', { environment: 'staging' });
    expect(staging.outputs).toMatchObject({ 'error-code': 'ENVIRONMENT_CLASH', state: 'unchanged' });
    expect(await app.answer()).toBe('v1');
  });

  it('a cancel in the middle: the old release serves, the lock is free', async () => {
    const app = served;
    const before = await serving();
    const traffic = startTraffic(app.url, { rate: 50 });
    const cut = await app.deploy(
      'v2',
      { watch: '10m' },
      {
        onStart: (child) => {
          let seen = '';
          child.stdout!.on('data', (chunk) => {
            seen += chunk;
            if (/watching/.test(seen)) child.kill('SIGINT');
          });
        },
      },
    );
    const counted = await traffic.stop();
    expect(cut.errors[0]).toMatch(/^CANCELLED: /);
    expect(cut.outputs).toMatchObject({ state: 'rolled-back', 'rolled-back': 'true', serving: before });
    expect(counted).toMatchObject({ lost: 0, errors5xx: 0 });
    expect(app.exists(`${app.name}-lock`)).toBe(false);
    expect(cut.state.locks).toBe('[]');
    expect(await app.answer()).toBe('v1');
  });

  it('a kill in the middle: post takes over the lock and puts things in order', async () => {
    const app = served;
    const before = await serving();
    const killed = await app.deploy(
      'v2',
      { watch: '10m' },
      {
        onStart: (child) => {
          let seen = '';
          child.stdout!.on('data', (chunk) => {
            seen += chunk;
            if (/watching/.test(seen)) child.kill('SIGKILL');
          });
        },
      },
    );
    expect(killed.signal).toBe('SIGKILL');
    expect(await app.answer()).toBe('v2');
    expect(app.exists(`${app.name}-lock`)).toBe(true);
    const post = await app.deploy('v2', {}, { state: killed.state });
    expect(post.errors).toEqual([]);
    expect(post.stdout).not.toContain('warning');
    expect(await app.answer()).toBe('v1');
    expect(app.exists(`${app.name}-lock`)).toBe(false);
    const status = await app.run({ command: 'status' });
    expect(status.outputs).toMatchObject({ state: 'good', serving: before });
    expect(status.history.releases[0]).toMatchObject({ status: 'rolled-back' });
    expect(status.history.current).toBe(before);
  });

  it('prune keeps what a rollback needs', async () => {
    const app = await newApp();
    for (const version of ['v1', 'v2', 'v3']) await app.deploy(version, { 'keep-releases': '5' });
    const before = app.containers();
    const dry = await app.run({ command: 'prune', 'keep-releases': '2', 'dry-run': 'true' });
    expect(dry.stdout).toMatch(/would be removed: \S+$/m);
    expect(app.containers()).toEqual(before);
    const pruned = await app.run({ command: 'prune', 'keep-releases': '2' });
    expect(pruned.errors).toEqual([]);
    expect(app.containers().filter((line) => !line.includes('-edge'))).toHaveLength(2);
    const back = await app.run({ command: 'rollback' });
    expect(back.outputs.state).toBe('good');
    expect(await app.answer()).toBe('v2');
    // The containers of v1 are gone, its image is not: it is made anew from its record.
    const first = back.history.releases.at(-1)!;
    const far = await app.run({ command: 'rollback', to: first.release });
    expect(far.errors).toEqual([]);
    expect(await app.answer()).toBe('v1');
    expect(docker(['image', 'inspect', '-f', '{{.Id}}', APP_IMAGE])).toMatch(/^sha256:/);
  });
});

describe('a registry that refuses the login', () => {
  it('is an error, though the host has an image of that name', async () => {
    const registry = await startRegistry({
      username: 'sailor',
      password: 'correct horse battery',
      htpasswd: '$2b$04$f5mjQQ9yxwFe8zMAcpTaQ.l40J9ESGM6eGTbcaUs2cNMM5jC04izS', // bcrypt of that password
    });
    const image = `${registry.host}/shop:stale`;
    docker(['tag', APP_IMAGE, image]);
    try {
      const app = await newApp();
      const refused = await app.deploy('v1', { image, username: 'sailor', password: 'wrong password' });
      expect(refused.errors[0]).toMatch(/^REGISTRY_LOGIN: /);
      expect(refused.outputs).toMatchObject({ 'error-code': 'REGISTRY_LOGIN', state: 'unchanged', serving: '' });
      expect(refused.stdout.replace(/^::add-mask::.*$/gm, '')).not.toContain('wrong password');
      expect(app.containers()).toEqual([]);
    } finally {
      docker(['rmi', image]);
      await registry.stop();
    }
  });
});
