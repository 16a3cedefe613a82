import type { ChildProcess } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { buildApp, crash, docker } from '../../support/app.ts';
import { startEngineProxy } from '../../support/chaos-proxy.ts';
import { TestApp } from '../../support/deploy.ts';
import { startTraffic } from '../../support/traffic.ts';

const apps: TestApp[] = [];
const newApp = async () => {
  const app = await TestApp.create();
  apps.push(app);
  return app;
};
const cleanUp = () => {
  for (const app of apps.splice(0)) app.remove();
};
beforeAll(buildApp);
afterEach(cleanUp);
afterAll(cleanUp);

describe('a release', () => {
  it('goes live behind the edge, is replaced without a lost request, and comes back by rollback', async () => {
    const app = await newApp();
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

    const traffic = startTraffic(app.url, { rate: 200 });
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

  it('that is not healthy never has traffic, and the old one serves on', async () => {
    const app = await newApp();
    const one = await app.deploy('v1');
    const traffic = startTraffic(app.url, { rate: 200 });
    const two = await app.deploy('v2', { env: 'UNHEALTHY=1', 'deploy-timeout': '1s' });
    const counted = await traffic.stop();
    expect(two.exitCode).toBe(1);
    expect(two.errors).toHaveLength(1);
    expect(two.errors[0]).toMatch(/^DEPLOY_UNHEALTHY: .*\/healthz answered 500.* traffic is on \S+\.$/);
    expect(two.outputs).toMatchObject({
      state: 'bad',
      'rolled-back': 'false',
      serving: one.outputs.release,
      'error-code': 'DEPLOY_UNHEALTHY',
    });
    expect(two.stdout).toContain('starting v2');
    expect([...counted.versions.keys()]).toEqual(['v1']);
    expect(counted).toMatchObject({ lost: 0, errors5xx: 0 });
    expect(app.exists(`${app.name}-${two.outputs.release}-1`)).toBe(false);
    const back = await app.run({ command: 'rollback' });
    expect(back.outputs['error-code']).toBe('NO_ROLLBACK_TARGET');
  });

  it('that is the first ever and fails leaves nothing that serves or listens', async () => {
    const app = await newApp();
    const one = await app.deploy('v1', { env: 'CRASH_AFTER_MS=1' });
    expect(one.outputs).toMatchObject({
      state: 'bad',
      serving: '',
      'rolled-back': 'false',
      'error-code': 'DEPLOY_UNHEALTHY',
    });
    expect(one.errors[0]).toMatch(/nothing serves\.$/);
    expect(await app.answer()).toBe('no answer: ECONNREFUSED');
    expect(app.containers()).toEqual([]);
    const two = await app.deploy('v2');
    expect(two.outputs.state).toBe('good');
    expect(two.history.releases.map((r) => r.status)).toEqual(['good', 'bad']);
  });

  it('that crashes or answers 5xx while it is watched is taken back', async () => {
    const app = await newApp();
    const one = await app.deploy('v1');
    const old = `${app.name}-${one.outputs.release}-1`;
    const onLine = (line: string) => {
      if (line.includes(' watching ')) crash(app.running().find((name) => name !== old)!);
    };
    const crashed = await app.deploy('v2', { watch: '60s' }, { onLine });
    expect(Number(crashed.outputs['switch-ms'])).toBeGreaterThan(0);
    expect(crashed.outputs).toMatchObject({
      state: 'rolled-back',
      'rolled-back': 'true',
      serving: one.outputs.release,
      'error-code': 'WATCH_FAILED',
    });
    expect(await app.answer()).toBe('v1');
    const traffic = startTraffic(app.url, { rate: 200 });
    const errors = await app.deploy('v3', { env: 'ERRORS=30', watch: '60s' });
    const counted = await traffic.stop();
    expect(errors.outputs).toMatchObject({
      state: 'rolled-back',
      'rolled-back': 'true',
      serving: one.outputs.release,
      'error-code': 'WATCH_FAILED',
    });
    expect(errors.errors[0]).toMatch(/requests \(\d+\.\d %\) failed/);
    expect(counted.lost).toBe(0);
    // Over the whole watch it would be 3600.
    expect(counted.errors5xx).toBeLessThan(1200);
    expect(await app.answer()).toBe('v1');
  });

  it('that answers nobody any more is taken back, whether users ask it or not, and so is one that was removed', async () => {
    const app = await newApp();
    const one = await app.deploy('v1');
    const old = `${app.name}-${one.outputs.release}-1`;
    /** Watches long, and does something to the new container as soon as it is watched. */
    const hurt = (version: string, ...command: string[]) => {
      const onLine = (line: string) => {
        if (line.includes(' watching ')) docker([...command, app.running().find((name) => name !== old)!]);
      };
      return app.deploy(version, { watch: '60s', 'keep-warm': '0s' }, { onLine });
    };
    const unasked = await hurt('v2', 'kill', '-s', 'USR2');
    expect(unasked.errors[0]).toMatch(
      /^WATCH_FAILED: .*does not answer well any more \(port 3000 refuses connections\)/,
    );
    expect(unasked.outputs).toMatchObject({ state: 'rolled-back', serving: one.outputs.release });
    const traffic = startTraffic(app.url, { rate: 200 });
    const asked = await hurt('v3', 'kill', '-s', 'USR2');
    const counted = await traffic.stop();
    expect(asked.errors[0]).toMatch(/^WATCH_FAILED: .* of \d+ requests .* failed/);
    expect(asked.outputs).toMatchObject({ state: 'rolled-back', serving: one.outputs.release });
    expect(counted.versions.has('v3')).toBe(true);
    const gone = await hurt('v4', 'rm', '-f');
    expect(gone.errors[0]).toMatch(/^WATCH_FAILED: .*is gone/);
    const waits = await app.deploy('v5', { promote: 'manual' });
    docker(['rm', '-f', `${app.name}-${waits.outputs.release}-1`]);
    const promoted = await app.run({ command: 'promote' });
    expect(promoted.outputs).toMatchObject({
      'error-code': 'DEPLOY_UNHEALTHY',
      state: 'pending',
      release: waits.outputs.release,
    });
    expect((await app.run({ command: 'rollback' })).outputs).toMatchObject({
      state: 'good',
      serving: one.outputs.release,
    });
    expect(await app.answer()).toBe('v1');
  });

  it('gives way two good releases on two rollbacks, and with nowhere to go nothing changes', async () => {
    const app = await newApp();
    const [one, two, three] = [await app.deploy('v1'), await app.deploy('v2'), await app.deploy('v3')];
    expect((await app.run({ command: 'rollback' })).outputs.release).toBe(two.outputs.release);
    expect(await app.answer()).toBe('v2');
    const second = await app.run({ command: 'rollback' });
    expect(second.outputs).toMatchObject({
      release: one.outputs.release,
      state: 'good',
      'previous-release': two.outputs.release,
    });
    expect(await app.answer()).toBe('v1');
    const third = await app.run({ command: 'rollback' });
    expect(third.exitCode).toBe(1);
    expect(third.outputs).toMatchObject({
      'error-code': 'NO_ROLLBACK_TARGET',
      state: 'unchanged',
      'rolled-back': 'false',
      'previous-release': one.outputs.release,
      serving: one.outputs.release,
    });
    expect(await app.answer()).toBe('v1');
    const forth = await app.run({ command: 'rollback', to: three.outputs.release! });
    expect(forth.outputs).toMatchObject({ state: 'good', release: three.outputs.release });
    expect(await app.answer()).toBe('v3');
  });

  it('that serves already is left alone, unless a setting, a secret or force asks for a new one', async () => {
    const app = await newApp();
    const one = await app.deploy('v1', { secrets: 'TOKEN=first' });
    const before = app.containers();
    const again = await app.deploy('v1', { secrets: 'TOKEN=first' });
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
    expect(app.containers()).toEqual(before);
    const secret = await app.deploy('v1', { secrets: 'TOKEN=second' });
    expect(secret.outputs).toMatchObject({ state: 'good', 'previous-release': one.outputs.release });
    const forced = await app.deploy('v1', { secrets: 'TOKEN=second', force: 'true' });
    expect(forced.outputs).toMatchObject({ state: 'good', 'previous-release': secret.outputs.release });
    docker(['stop', '-t', '1', app.running().find((name) => name.includes(forced.outputs.release!))!]);
    const mended = await app.deploy('v1', { secrets: 'TOKEN=second' });
    expect(mended.outputs).toMatchObject({ state: 'good', serving: mended.outputs.release });
    expect(await app.answer()).toBe('v1');
  });

  it('waits at its weight with promote: manual, and is promoted or rolled back', async () => {
    const app = await newApp();
    const canary = { promote: 'manual', strategy: 'canary', 'canary-weight': '25%' };
    const first = await app.deploy('v0', canary);
    // Nobody is there to share with, and nobody to go back to.
    expect(first.outputs).toMatchObject({ state: 'pending', serving: first.outputs.release });
    expect(first.stdout).toMatch(/has 100% of the traffic/);
    expect((await app.run({ command: 'rollback' })).outputs).toMatchObject({ 'error-code': 'NO_ROLLBACK_TARGET' });
    const one = await app.deploy('v1');
    expect(one.history.releases.map((r) => r.status)).toEqual(['good', 'rolled-back']);
    const two = await app.deploy('v2', canary);
    expect(two.outputs).toMatchObject({
      state: 'pending',
      serving: one.outputs.release,
      'previous-release': one.outputs.release,
    });
    expect(two.deployment.hosts[0]!.slots.map((s) => [s.role, s.weight]).sort()).toEqual([
      ['candidate', 25],
      ['current', 75],
    ]);
    const traffic = startTraffic(app.url, { rate: 200 });
    await expect.poll(() => traffic.counted.sent, { timeout: 120_000 }).toBeGreaterThan(200);
    const counted = await traffic.stop();
    const share = counted.versions.get('v2')! / counted.sent;
    expect(Math.abs(share - 0.25)).toBeLessThan(0.02);
    const status = await app.run({ command: 'status' });
    expect(status.outputs).toMatchObject({
      state: 'pending',
      release: two.outputs.release,
      serving: one.outputs.release,
    });
    const back = await app.run({ command: 'rollback' });
    expect(back.outputs).toMatchObject({
      state: 'good',
      release: one.outputs.release,
      'previous-release': two.outputs.release,
      'rolled-back': 'true',
    });
    const three = await app.deploy('v3', { promote: 'manual' });
    expect(three.outputs).toMatchObject({ state: 'pending', serving: three.outputs.release });
    const dry = await app.run({ command: 'promote', 'dry-run': 'true' });
    expect(JSON.parse(dry.outputs.plan!)).toMatchObject({ command: 'promote', release: three.outputs.release });
    expect(dry.outputs).toMatchObject({ state: 'pending', serving: three.outputs.release });
    const promoted = await app.run({ command: 'promote' });
    expect(promoted.outputs).toMatchObject({
      state: 'good',
      release: three.outputs.release,
      serving: three.outputs.release,
      'previous-release': one.outputs.release,
      'switch-ms': '', // it had all traffic before
    });
    expect((await app.run({ command: 'promote' })).outputs['error-code']).toBe('NOTHING_PENDING');
    expect((await app.run({ command: 'status' })).outputs).toMatchObject({
      state: 'good',
      release: three.outputs.release,
    });
  });

  it('recreate stops the old before the new starts, and goes back when the new one fails', async () => {
    const app = await newApp();
    const one = await app.deploy('v1', { strategy: 'recreate' });
    const two = await app.deploy('v2', { strategy: 'recreate' });
    expect(two.outputs).toMatchObject({ state: 'good', serving: two.outputs.release });
    expect(app.running()).toEqual([`${app.name}-${two.outputs.release}-1`]);
    expect(two.stdout).toMatch(/the gap was \d+ ms/);
    const three = await app.deploy('v3', { strategy: 'recreate', env: 'UNHEALTHY=1', 'deploy-timeout': '1s' });
    expect(three.outputs).toMatchObject({ state: 'bad', 'rolled-back': 'false', serving: two.outputs.release });
    expect(await app.answer()).toBe('v2');
    const back = await app.run({ command: 'rollback' });
    expect(back.outputs).toMatchObject({ state: 'good', release: one.outputs.release });
    expect(app.running()).toEqual([`${app.name}-${one.outputs.release}-1`]);
    expect(await app.answer()).toBe('v1');
  });

  it('has safe defaults, its labels, and secrets as files that inspect does not show', async () => {
    const app = await newApp();
    const secret = 'a-very-secret-value';
    const one = await app.deploy('v1', {
      secrets: `DB_PASSWORD=${secret}`,
      env: 'READ_SECRET=DB_PASSWORD',
      replicas: '2',
      pids: '100',
      cpus: '0.5',
    });
    expect(one.errors).toEqual([]);
    const raw = docker(['inspect', ...app.running()]);
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
      'io.seatrial.app': app.name,
      'io.seatrial.environment': 'production',
      'io.seatrial.release': one.outputs.release,
    });
    const length = await fetch(`${app.url}secret`).then((r) => r.text());
    expect(length).toBe(String(secret.length));
    const history = docker(['exec', `${app.name}-edge`, 'cat', '/seatrial/history-production.json']);
    expect(history).toContain('DB_PASSWORD');
    expect(history).not.toContain(secret);
    const plain = await app.deploy('v2', {
      secrets: 'DB_PASSWORD=other',
      'read-only': 'true',
      env: 'READ_SECRET=DB_PASSWORD',
    });
    expect(plain.errors).toEqual([]);
    expect(await fetch(`${app.url}secret`).then((r) => r.text())).toBe('5');
  });

  it('runs pre-deploy once, shows it, and a failing one stops before traffic', async () => {
    const app = await newApp();
    const one = await app.deploy('v1', {
      'pre-deploy': 'echo migrated to $VERSION',
      'post-deploy': 'echo after $VERSION',
    });
    expect(one.stdout).toContain('migrated to v1');
    expect(one.stdout).toContain('after v1');
    const two = await app.deploy('v2', { 'pre-deploy': 'echo trouble; exit 7' });
    expect(two.outputs).toMatchObject({
      state: 'bad',
      'rolled-back': 'false',
      serving: one.outputs.release,
      'error-code': 'HOOK_FAILED',
    });
    expect(two.stdout).toContain('trouble');
    expect(await app.answer()).toBe('v1');
    expect(app.containers()).toHaveLength(2);
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
    expect(app.containers()).toHaveLength(2);
    expect(app.containers().filter((line) => /-lock|pre-deploy/.test(line))).toEqual([]);
    expect(await app.answer()).toBe('v1');
  });
});
