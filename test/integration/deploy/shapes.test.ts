import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { APP_IMAGE, buildApp, crash, docker } from '../../support/app.ts';
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

describe('shapes of an app', () => {
  it('more replicas than the edge has places for: it is reloaded without a lost request', async () => {
    const app = await newApp();
    await app.deploy('v1');
    const traffic = startTraffic(app.url, { rate: 200 });
    const two = await app.deploy('v2', { replicas: '3' });
    const counted = await traffic.stop();
    expect(two.errors).toEqual([]);
    expect(two.stdout).toContain('took on a new configuration');
    expect(counted).toMatchObject({ lost: 0, errors5xx: 0 });
    expect(two.deployment.hosts[0]!.slots.find((s) => s.role === 'current')!.containers).toHaveLength(3);
    expect(await app.answer()).toBe('v2');
  });

  it('a worker without a port: one at a time, watched, and back', async () => {
    const app = await newApp();
    const worker = {
      image: APP_IMAGE,
      strategy: 'recreate',
      'health-interval': '200ms',
      'healthy-after': '1',
      'stop-timeout': '2s',
      memory: '128m',
      watch: '1s',
    };
    const one = await app.run({ ...worker, env: 'VERSION=v1' });
    expect(one.errors).toEqual([]);
    expect(one.outputs).toMatchObject({ state: 'good', serving: one.outputs.release });
    const onLine = (line: string) => {
      if (line.includes(' watching ')) crash(app.running()[0]!);
    };
    const two = await app.run({ ...worker, env: 'VERSION=v2', watch: '60s' }, { onLine });
    expect(two.outputs).toMatchObject({
      state: 'rolled-back',
      serving: one.outputs.release,
      'error-code': 'WATCH_FAILED',
    });
    expect(app.running()).toEqual([`${app.name}-${one.outputs.release}-1`]);
    expect(app.exists(`${app.name}-edge`)).toBe(false);
  });

  it('without an edge: the container has the port itself', async () => {
    const app = await newApp();
    const alone = { edge: 'none', strategy: 'recreate' };
    const one = await app.deploy('v1', alone);
    expect(one.outputs['switch-ms']).toBe(''); // there is no edge that could switch
    expect(one.errors).toEqual([]);
    expect(await app.answer()).toBe('v1');
    const two = await app.deploy('v2', { ...alone, env: 'CRASH_AFTER_MS=1' });
    expect(two.outputs).toMatchObject({ state: 'bad', serving: one.outputs.release, 'error-code': 'DEPLOY_UNHEALTHY' });
    expect(await app.answer()).toBe('v1');
    const three = await app.deploy('v3', { ...alone, promote: 'manual' });
    expect(three.outputs).toMatchObject({ state: 'pending', serving: three.outputs.release });
    expect(three.deployment.hosts[0]!.slots.map((s) => [s.role, s.weight])).toEqual([['candidate', 100]]);
    expect((await app.run({ command: 'promote' })).outputs).toMatchObject({ state: 'good', 'switch-ms': '' });
    const back = await app.run({ command: 'rollback' });
    expect(back.errors).toEqual([]);
    expect(back.outputs['switch-ms']).toBe('');
    expect(back.stdout).toMatch(/the gap was \d+ ms/);
    await expect.poll(() => app.answer(), { timeout: 120_000 }).toBe('v1');
    expect(docker(['ps', '--filter', `name=${app.name}-edge`, '-q'])).toBe('');
  });
});
