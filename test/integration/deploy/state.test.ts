import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { APP_IMAGE, buildApp, docker, putFile } from '../../support/app.ts';
import { TestApp } from '../../support/deploy.ts';
import { startTraffic } from '../../support/traffic.ts';

const apps: TestApp[] = [];
const newApp = async () => {
  const one = await TestApp.create();
  apps.push(one);
  return one;
};
// One app lives through the file wherever a test can go on where the one before ended.
let app: TestApp;
beforeAll(async () => {
  buildApp();
  app = await newApp();
});
afterAll(() => {
  for (const one of apps) one.remove();
});
const serving = async () => (await app.run({ command: 'status' })).outputs.serving!;

const HISTORY = '/seatrial/history-production.json';
/** Puts a file into the app's volume through the edge. */
const putHistory = (app: TestApp, text: string) =>
  putFile(`${app.name}-edge`, '/seatrial', 'history-production.json', text);

async function sharesSeen(app: TestApp, requests: number): Promise<Map<string, number>> {
  const traffic = startTraffic(app.url, { rate: 200 });
  await expect.poll(() => traffic.counted.sent, { timeout: 120_000 }).toBeGreaterThanOrEqual(requests);
  return (await traffic.stop()).versions;
}

describe('what survives', () => {
  it('weights survive a restart of the edge, and an edge that was removed is replaced with them', async () => {
    const one = await app.deploy('v1');
    const two = await app.deploy('v2', { strategy: 'canary', promote: 'manual', 'canary-weight': '20%' });
    expect(two.outputs).toMatchObject({ state: 'pending', serving: one.outputs.release });
    expect(two.deployment.hosts[0]!.slots.map((s) => [s.role, s.weight]).sort()).toEqual([
      ['candidate', 20],
      ['current', 80],
    ]);
    docker(['restart', '-t', '2', `${app.name}-edge`]);
    await expect.poll(() => app.answer(), { timeout: 120_000 }).toMatch(/^v/);
    const seen = await sharesSeen(app, 200);
    expect(Math.abs(seen.get('v2')! / (seen.get('v1')! + seen.get('v2')!) - 0.2)).toBeLessThan(0.03);
    docker(['rm', '-f', `${app.name}-edge`]);
    const status = await app.run({ command: 'status' });
    expect(status.outputs).toMatchObject({ serving: '', state: 'pending' });
    const back = await app.run({ command: 'rollback' });
    expect(back.errors).toEqual([]);
    expect(back.outputs).toMatchObject({ state: 'good', serving: back.outputs.release });
    expect(await app.answer()).toBe('v1');
  });

  it('a container that comes back at another address is found there', async () => {
    // The place of the old one is free, and the engine gives it to whoever starts next.
    const two = await app.deploy('v3', { 'keep-warm': '0s' });
    const name = `${app.name}-${two.outputs.release}-1`;
    const address = () => docker(['inspect', '-f', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}', name]);
    const before = address();
    docker(['restart', '-t', '1', name]);
    expect(address()).not.toBe(before);
    await expect.poll(() => app.answer(), { timeout: 120_000 }).toBe('v3');
    // An edge that starts while the old one is stopped can't find its name, and takes its place all the same.
    docker(['restart', '-t', '1', `${app.name}-edge`]);
    const three = await app.deploy('v4');
    expect(three.errors).toEqual([]);
    expect(await app.answer()).toBe('v4');
    // What has the traffic and does not run serves nobody, whatever its weight.
    docker(['stop', '-t', '1', `${app.name}-${three.outputs.release}-1`]);
    const status = await app.run({ command: 'status' });
    expect(status.outputs).toMatchObject({ state: 'unchanged', release: three.outputs.release, serving: '' });
    expect(status.stdout.trim()).toMatch(/nothing serves: \S+ has the traffic and does not run\.$/);
    const back = await app.run({ command: 'rollback' });
    expect(back.outputs).toMatchObject({ state: 'good', serving: two.outputs.release });
    expect(await app.answer()).toBe('v3');
  });

  it('a history of a newer format is kept aside, never overwritten; one that was lost is rebuilt from the labels, and rollback still knows the last good', async () => {
    const other = await newApp();
    const one = await other.deploy('v1');
    putHistory(other, '{"format":7,"precious":true}');
    const two = await other.deploy('v2');
    expect(two.errors).toEqual([]);
    expect(two.stdout).toMatch(/::warning::.*newer than ours.*kept aside/);
    const files = docker(['exec', `${other.name}-edge`, 'ls', '/seatrial']).split('\n');
    const kept = files.find((file) => file.includes('.kept-'));
    expect(docker(['exec', `${other.name}-edge`, 'cat', `/seatrial/${kept}`])).toBe('{"format":7,"precious":true}');
    expect(two.history.releases.map((r) => r.status)).toEqual(['good', 'good']);
    // As root: the user of an edge's own image may not write there.
    docker(['exec', '-u', '0', `${other.name}-edge`, 'rm', HISTORY]);
    const status = await other.run({ command: 'status' });
    expect(status.outputs).toMatchObject({ state: 'good', release: two.outputs.release, serving: two.outputs.release });
    const back = await other.run({ command: 'rollback' });
    expect(back.errors).toEqual([]);
    expect(back.outputs).toMatchObject({ release: one.outputs.release, 'previous-release': two.outputs.release });
    expect(await other.answer()).toBe('v1');
  });
});

describe('the way back', () => {
  it.each(['paused', 'stopped'])('from a release kept %s', async (as) => {
    const one = await serving();
    const answer = await app.answer();
    const two = await app.deploy('v2', { 'keep-warm-as': as });
    expect(two.errors).toEqual([]);
    expect(app.containers()).toContain(`${app.name}-${one}-1 ${as === 'paused' ? 'paused' : 'exited'}`);
    const traffic = startTraffic(app.url, { rate: 100 });
    const back = await app.run({ command: 'rollback' });
    expect(await traffic.stop()).toMatchObject({ lost: 0, errors5xx: 0 });
    expect(back.errors).toEqual([]);
    expect(await app.answer()).toBe(answer);
  });
});

describe('a release whose container is gone', () => {
  it('is made anew with its secrets; without their values nothing is left half made', async () => {
    const secrets = { secrets: 'TOKEN=a-secret', env: 'READ_SECRET=TOKEN' };
    const one = await app.deploy('v1', secrets);
    const two = await app.deploy('v2', secrets);
    const gone = `${app.name}-${one.outputs.release}-1`;
    docker(['rm', '-f', gone]);
    const refused = await app.run({ command: 'rollback' });
    expect(refused.errors[0]).toMatch(/^SECRETS_NEEDED: .*TOKEN/);
    expect(await app.answer()).toBe('v2');
    expect(app.exists(gone)).toBe(false);
    // What a kill between create and the secrets leaves.
    const label = (name: string, value: string) => ['--label', `io.seatrial.${name}=${value}`];
    const spec = JSON.parse(docker(['inspect', `${app.name}-${two.outputs.release}-1`]))[0].Config.Labels[
      'io.seatrial.spec'
    ];
    docker([
      ...['create', '--name', gone, '--network', `${app.name}-net`],
      ...[...label('app', app.name), ...label('environment', 'production'), ...label('role', 'app')],
      ...[...label('release', one.outputs.release!), ...label('image', APP_IMAGE), ...label('spec', spec)],
      ...[...label('slot', 'a'), ...label('at', new Date(0).toISOString())],
      APP_IMAGE,
    ]);
    expect(app.exists(gone)).toBe(true);
    expect((await app.run({ command: 'rollback' })).outputs['error-code']).toBe('SECRETS_NEEDED');
    const back = await app.run({ command: 'rollback', secrets: secrets.secrets });
    expect(back.errors).toEqual([]);
    expect(await app.answer()).toBe('v1');
    expect(await fetch(`${app.url}secret`).then((r) => r.text())).toBe('8');
  });
});

describe('a canary', () => {
  it('goes through its steps; one with errors is taken back at the first, few requests hurt', async () => {
    const before = await serving();
    const traffic = startTraffic(app.url, { rate: 200 });
    const bad = await app.deploy('v2', { strategy: 'canary', 'canary-steps': '10%:120s,100%', env: 'ERRORS=30' });
    const counted = await traffic.stop();
    expect(bad.outputs).toMatchObject({
      state: 'rolled-back',
      'rolled-back': 'true',
      serving: before,
      'error-code': 'WATCH_FAILED',
    });
    expect(bad.errors[0]).toMatch(/requests \(\d+\.\d %\) failed/);
    expect(counted.lost).toBe(0);
    // A tenth of the traffic, of which three in ten fail, and only until it was taken back.
    expect(counted.errors5xx).toBeGreaterThan(0);
    expect(counted.errors5xx / counted.sent).toBeLessThan(0.04);
    expect(bad.stdout).not.toContain('has 100% of the traffic');
    const good = await app.deploy('v3', { strategy: 'canary', 'canary-steps': '10%:300ms,50%:300ms,100%' });
    expect(good.outputs.state).toBe('good');
    expect(good.stdout).toMatch(/10% of the traffic[\s\S]*50% of the traffic[\s\S]*100% of the traffic/);
  });

  it('with sticky keeps a browser on its release until that release has no traffic', async () => {
    await app.deploy('v1', { sticky: 'true' });
    const visit = async (cookie?: string) => {
      const response = await fetch(app.url, { headers: { connection: 'close', ...(cookie ? { cookie } : {}) } });
      return { version: await response.text(), cookie: response.headers.get('set-cookie')?.split(';')[0] };
    };
    const first = await visit();
    await app.deploy('v2', { sticky: 'true', strategy: 'canary', promote: 'manual', 'canary-weight': '90%' });
    for (let i = 0; i < 10; i++) expect((await visit(first.cookie)).version).toBe('v1');
    const promoted = await app.run({ command: 'promote', watch: '0s' });
    expect(promoted.errors).toEqual([]);
    expect(promoted.outputs).toMatchObject({ state: 'good', serving: promoted.outputs.release });
    expect(Number(promoted.outputs['switch-ms'])).toBeGreaterThan(0);
    expect((await visit(first.cookie)).version).toBe('v2');
  });
});
