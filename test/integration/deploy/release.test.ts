import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp, docker } from '../../support/app.ts';
import { startEngineProxy } from '../../support/chaos-proxy.ts';
import { TestApp } from '../../support/deploy.ts';
import { startGitHub } from '../../support/github-deployments.ts';
import { startTraffic } from '../../support/traffic.ts';

// One app lives through the file, each test going on where the one before ended; what decides which release serves is
// proved without an engine (test/unit/deploy/flows.test.ts).
const apps: TestApp[] = [];
const newApp = async () => {
  const app = await TestApp.create();
  apps.push(app);
  return app;
};
let app: TestApp;
beforeAll(async () => {
  buildApp();
  app = await newApp();
});
afterAll(() => {
  for (const one of apps) one.remove();
});

/** The release that serves, as the status of the app tells. */
const serving = async () => (await app.run({ command: 'status' })).outputs.serving!;
/** Runs something with the name of the container that came since, as soon as it is watched. */
const onceWatched = (act: (container: string) => void) => {
  const before = app.running();
  return (line: string) => {
    if (line.includes(' watching ')) act(app.running().find((name) => !before.includes(name))!);
  };
};

describe('a release', () => {
  it('goes live behind the edge, is replaced without a lost request, and comes back by rollback', async () => {
    const one = await app.deploy('v1', { watch: '300ms' });
    expect(one.errors).toEqual([]);
    expect(one.exitCode).toBe(0);
    expect(one.outputs).toMatchObject({
      state: 'good',
      'rolled-back': 'false',
      'previous-release': '',
      'error-code': '',
    });
    expect(one.outputs.serving).toBe(one.outputs.release);
    expect(await app.answer()).toBe('v1');
    expect(app.containers().sort()).toEqual(
      [`${app.name}-${one.outputs.release}-1 running`, `${app.name}-edge running`].sort(),
    );

    const traffic = startTraffic(app.url, { rate: 100 });
    const two = await app.deploy('v2', { watch: '300ms' });
    expect(two.outputs).toMatchObject({
      state: 'good',
      'previous-release': one.outputs.release,
      'rolled-back': 'false',
    });
    expect(await app.answer()).toBe('v2');
    const proxy = await startEngineProxy();
    const back = await app.run({ command: 'rollback', reason: 'a test', hosts: proxy.host });
    await proxy.close();
    const counted = await traffic.stop();

    expect(back.errors).toEqual([]);
    expect(back.outputs).toMatchObject({
      state: 'good',
      'rolled-back': 'true',
      release: one.outputs.release,
      serving: one.outputs.release,
      'previous-release': two.outputs.release,
    });
    expect(await app.answer()).toBe('v1');
    expect(counted).toMatchObject({ lost: 0, errors5xx: 0 });
    expect([...counted.versions.keys()].sort()).toEqual(['v1', 'v2']);
    // All that is asked of the edge goes through one session; an exec for each line would make the switch long.
    const asked = proxy.calls.map(({ what }) => what);
    expect(asked.filter((what) => what === 'WRITE prompt')).toHaveLength(1);
    expect(asked.filter((what) => /^WRITE set server \S+ weight/.test(what)).length).toBeGreaterThanOrEqual(2);
    expect(Number(back.outputs['switch-ms'])).toBeGreaterThan(0);
    expect(back.history.current).toBe(one.outputs.release);
    expect(back.history.releases.map((r) => [r.release, r.status, r.reason])).toEqual([
      [two.outputs.release, 'rolled-back', 'a test'],
      [one.outputs.release, 'good', ''],
    ]);
    const [host] = back.deployment.hosts;
    expect(host!.edge).toEqual({ container: `${app.name}-edge`, published: `127.0.0.1:${app.port}` });
    expect(host!.slots.map((s) => [s.release, s.role, s.weight])).toEqual([
      [one.outputs.release, 'current', 100],
      [two.outputs.release, 'warm', 0],
    ]);
    expect(back.stdout.trim().split('\n').pop()).toBe(`${proxy.host}: traffic is on ${one.outputs.release}.`);
  });

  it('that answers nobody any more is taken back, whether users ask it or not, and so is one that was removed', async () => {
    const before = await serving();
    /** Does something to the new container as soon as it is watched; nobody looks at it meanwhile. */
    const hurt = (version: string, ...command: string[]) => {
      let run: ChildProcess;
      const onLine = onceWatched((container) => {
        run.kill('SIGSTOP');
        docker([...command, container]);
        run.kill('SIGCONT');
      });
      return app.deploy(version, { watch: '10m', 'keep-warm': '0s' }, { onStart: (child) => (run = child), onLine });
    };
    const unasked = await hurt('v2', 'kill', '-s', 'USR2');
    expect(unasked.errors[0]).toMatch(
      /^WATCH_FAILED: .*does not answer well any more \(port 3000 refuses connections\)/,
    );
    expect(unasked.outputs).toMatchObject({ state: 'rolled-back', serving: before });
    const traffic = startTraffic(app.url, { rate: 100 });
    const asked = await hurt('v3', 'kill', '-s', 'USR2');
    const counted = await traffic.stop();
    expect(asked.errors[0]).toMatch(/^WATCH_FAILED: .* of \d+ requests .* failed/);
    expect(asked.outputs).toMatchObject({ state: 'rolled-back', serving: before });
    expect(counted.versions.has('v3')).toBe(true);
    const gone = await hurt('v4', 'rm', '-f');
    expect(gone.errors[0]).toMatch(/^WATCH_FAILED: .*is gone/);
    expect(await app.answer()).toBe('v1');
  });

  it('recreate stops the old before the new starts, and goes back when the new one fails', async () => {
    const two = await app.deploy('v2', { strategy: 'recreate', 'keep-warm': '0s' });
    expect(two.outputs).toMatchObject({ state: 'good', serving: two.outputs.release });
    expect(app.running()).toEqual([`${app.name}-${two.outputs.release}-1`]);
    expect(two.stdout).toMatch(/the gap was \d+ ms/);
    const three = await app.deploy('v3', { strategy: 'recreate', env: 'UNHEALTHY=1', 'deploy-timeout': '1s' });
    expect(three.errors).toEqual([
      expect.stringMatching(/^DEPLOY_UNHEALTHY: .*\/healthz answered 500.* traffic is on \S+\.$/),
    ]);
    expect(three.outputs).toMatchObject({ state: 'bad', 'rolled-back': 'false', serving: two.outputs.release });
    expect(app.running()).toEqual([`${app.name}-${two.outputs.release}-1`]);
    expect(await app.answer()).toBe('v2');
  });

  it('has safe defaults, its labels, and secrets as files that inspect does not show; another value asks for a new one', async () => {
    const sealed = await newApp();
    const secret = 'a-very-secret-value';
    const one = await sealed.deploy('v1', {
      secrets: `DB_PASSWORD=${secret}`,
      env: 'READ_SECRET=DB_PASSWORD',
      replicas: '2',
      pids: '100',
      cpus: '0.5',
    });
    expect(one.errors).toEqual([]);
    const raw = docker(['inspect', ...sealed.running()]);
    expect(raw).not.toContain(secret);
    expect(one.stdout.replace(/::add-mask::.*/g, '')).not.toContain(secret);
    const inspected = JSON.parse(raw);
    expect(inspected).toHaveLength(2);
    expect(inspected[0].HostConfig).toMatchObject({
      Memory: 128 * 1024 * 1024,
      NanoCpus: 5e8,
      PidsLimit: 100,
      RestartPolicy: { Name: 'unless-stopped' },
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
    });
    expect(inspected[0].Config.Labels).toMatchObject({
      'io.seatrial.app': sealed.name,
      'io.seatrial.environment': 'production',
      'io.seatrial.release': one.outputs.release,
    });
    const length = await fetch(`${sealed.url}secret`).then((r) => r.text());
    expect(length).toBe(String(secret.length));
    const history = docker(['exec', `${sealed.name}-edge`, 'cat', '/seatrial/history-production.json']);
    expect(history).toContain('DB_PASSWORD');
    expect(history).not.toContain(secret);
    const same = {
      secrets: `DB_PASSWORD=${secret}`,
      env: 'READ_SECRET=DB_PASSWORD',
      replicas: '2',
      pids: '100',
      cpus: '0.5',
    };
    const before = sealed.containers();
    const again = await sealed.deploy('v1', same);
    expect(again.errors).toEqual([]);
    expect(again.outputs).toMatchObject({
      state: 'unchanged',
      'rolled-back': 'false',
      release: one.outputs.release,
      serving: one.outputs.release,
      'switch-ms': '',
      'error-code': '',
    });
    expect(again.history).toEqual(one.history);
    expect(sealed.containers()).toEqual(before);
    const plain = await sealed.deploy('v1', { ...same, secrets: 'DB_PASSWORD=another', 'read-only': 'true' });
    expect(plain.errors).toEqual([]);
    expect(plain.outputs).toMatchObject({ state: 'good', 'previous-release': one.outputs.release });
    expect(await fetch(`${sealed.url}secret`).then((r) => r.text())).toBe('7');
  });

  it('runs pre-deploy once, shows it, and a failing one stops before traffic', async () => {
    // And GitHub is told, as test/unit/deploy/github.test.ts has it of every command.
    const github = await startGitHub({ token: 'ghs_0123456789abcdef', repository: 'acme/shop' });
    const one = await app.deploy(
      'v1',
      {
        'pre-deploy': 'echo migrated to $VERSION',
        'post-deploy': 'echo after $VERSION',
        'github-deployment': 'true',
        'github-token': 'ghs_0123456789abcdef',
      },
      { env: { GITHUB_API_URL: github.url, GITHUB_REPOSITORY: 'acme/shop', GITHUB_SHA: 'a'.repeat(40) } },
    );
    await github.stop();
    expect(github.deployments.map(({ statuses }) => statuses.map(({ state }) => state))).toEqual([
      ['in_progress', 'success'],
    ]);
    expect(one.stdout).toContain('migrated to v1');
    expect(one.stdout).toContain('after v1');
    const names = () => app.containers().map((line) => line.split(' ')[0]);
    const before = names();
    const two = await app.deploy('v2', { 'pre-deploy': 'echo trouble; exit 7' });
    expect(two.outputs).toMatchObject({
      state: 'bad',
      'rolled-back': 'false',
      serving: one.outputs.release,
      'error-code': 'HOOK_FAILED',
    });
    expect(two.stdout).toContain('trouble');
    expect(await app.answer()).toBe('v1');
    expect(names()).toEqual(before);
    const cut = (child: ChildProcess) => {
      let seen = '';
      child.stdout!.on('data', (text) => {
        seen += text;
        if (/^at work$/m.test(seen)) child.kill('SIGINT');
      });
    };
    const three = await app.deploy('v3', { 'pre-deploy': 'echo at work; sleep 1000' }, { onStart: cut });
    expect(three.errors[0]).toMatch(/^CANCELLED: .*traffic is on/);
    expect(three.outputs).toMatchObject({ state: 'bad', 'rolled-back': 'false', serving: one.outputs.release });
    expect(names()).toEqual(before);
    expect(await app.answer()).toBe('v1');
  });
});
