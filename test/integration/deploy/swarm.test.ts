import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ActionResult, type RunOptions, runAction } from '../../support/action.ts';
import { selfSigned } from '../../support/certificate.ts';
import { type EngineProxy, startEngineProxy } from '../../support/chaos-proxy.ts';
import { APP_ARGS } from '../../support/deploy-lab.ts';
import { EDGE_IMAGE, ensureImages, FRONT_IMAGE, NODE_IMAGE } from '../../support/images.ts';
import { startSwarm, type TestSwarm } from '../../support/swarm.ts';
import { startTraffic, type Traffic } from '../../support/traffic.ts';

/*
 * A Swarm of three engines of their own: a manager and two workers. One app lives through all of this file, as a user's
 * does, under the traffic of two kinds of clients at two nodes: connections that are kept, and one for each request.
 */
const PORT = 18_080;
let swarm: TestSwarm;
let proxy: EngineProxy;
let doors: string[];

beforeAll(async () => {
  ensureImages('node', 'edge', 'front');
  swarm = await startSwarm([NODE_IMAGE, EDGE_IMAGE, FRONT_IMAGE], 3);
  proxy = await startEngineProxy(swarm.nodes[0]!.socket);
  doors = await Promise.all(swarm.nodes.slice(0, 2).map((node) => node.door(PORT)));
});
afterAll(async () => {
  await proxy?.close();
  await swarm?.stop();
});

const run = (command: string, inputs: Record<string, string> = {}, options: RunOptions = {}): Promise<ActionResult> =>
  runAction(
    'deploy',
    { command, app: 'shop', hosts: `swarm+${proxy.host}`, ...inputs },
    {
      ...options,
      onStart: (child) => {
        proxy.victim = child;
        options.onStart?.(child);
      },
    },
  );

const deploy = (version: string, { env = '', ...more }: Record<string, string> = {}, options: RunOptions = {}) =>
  run(
    'deploy',
    {
      image: NODE_IMAGE,
      args: APP_ARGS,
      port: '8080',
      publish: String(PORT),
      replicas: '2',
      memory: '128m',
      'edge-image': EDGE_IMAGE,
      'health-path': '/healthz',
      'health-interval': '200ms',
      'healthy-after': '1',
      'stop-timeout': '2s',
      'drain-timeout': '2s',
      'keep-releases': '2',
      'canary-match': 'header X-Canary: 1',
      watch: '0s',
      env: `VERSION=${version}\n${env}`,
      ...more,
    },
    options,
  );

/** Who answers at both nodes now. */
async function front(): Promise<string[]> {
  const clients = doors.map((socketPath) => startTraffic('http://shop/', { rate: 40, reuse: false, socketPath }));
  await Promise.all(
    clients.map(({ counted }) => expect.poll(() => counted.sent, { timeout: 120_000 }).toBeGreaterThan(8)),
  );
  const counts = await Promise.all(clients.map((client) => client.stop()));
  return [...new Set(counts.flatMap(({ versions, lost }) => [...versions.keys(), ...(lost ? ['lost'] : [])]))].sort();
}

/** No answer but of a version that was asked for its health before. */
const unfit = (headers: Record<string, unknown>) =>
  Number(headers['x-probed'] ?? 1) > 0 ? undefined : `${headers['x-version']} was never asked for its health`;

/** Who answers testers at both nodes, each asked so many times. */
async function asTester(times: number): Promise<string[]> {
  const agents = doors.map((socketPath) => new Agent({ connect: { socketPath } }));
  const ask = async (dispatcher: Agent) => {
    const { headers, body } = await request('http://shop/', { dispatcher, headers: { 'x-canary': '1' } });
    await body.dump();
    return String(headers['x-version']);
  };
  const told = await Promise.all(agents.flatMap((agent) => Array.from({ length: times }, () => ask(agent))));
  await Promise.all(agents.map((agent) => agent.close()));
  return [...new Set(told)];
}

const users = (more: { unfit?: typeof unfit } = { unfit }): Traffic[] =>
  doors.flatMap((socketPath) =>
    [true, false].map((reuse) => startTraffic('http://shop/', { rate: 60, reuse, socketPath, ...more })),
  );

async function lossOf(traffic: Traffic[]) {
  const counts = await Promise.all(traffic.map((one) => one.stop()));
  const sum = (of: (one: (typeof counts)[number]) => number) => counts.reduce((n, one) => n + of(one), 0);
  const reasons = counts.flatMap(({ reasons }) => [...reasons]);
  return { sent: sum((c) => c.sent), bad: sum((c) => c.lost + c.errors5xx + c.unfit), reasons };
}

interface Told {
  kind: string;
  hosts: {
    host: string;
    edge: { container: string; published: string };
    slots: { release: string; weight: number; role: string; containers: { id: string; name: string }[] }[];
  }[];
}
const told = (result: ActionResult) => JSON.parse(result.outputs.deployment!) as Told;

it('ships by blue-green and canary, promotes, scales and rolls back, and no request is lost', async () => {
  const one = await deploy('v1');
  expect(one.errors).toEqual([]);
  expect(await front()).toEqual(['v1']);
  const traffic = users();
  const two = await deploy('v2', { strategy: 'canary', 'canary-steps': '20%:1s,100%' });
  expect([two.errors, two.outputs.state]).toEqual([[], 'good']);
  expect(two.outputs['previous-release']).toBe(one.outputs.release);
  const three = await deploy('v3', { strategy: 'canary', promote: 'manual', 'canary-weight': '25%' });
  expect([three.errors, three.outputs.state]).toEqual([[], 'pending']);
  const { hosts } = told(three);
  expect(told(three).kind).toBe('swarm');
  expect(hosts[0]).toMatchObject({ edge: { container: 'shop-edge', published: String(PORT) } });
  expect(hosts[0]!.slots.map(({ role, weight, containers }) => [role, weight, containers.length])).toEqual([
    ['current', 75, 2],
    ['candidate', 25, 2],
  ]);
  expect(hosts[0]!.slots[1]!.containers[0]!.name).toBe(`shop-${three.outputs.release}.1`);
  expect(await asTester(12)).toEqual(['v3']);
  // Each node's edge wrote down its own requests: all are judged by endpoint, none twice, and testers apart.
  const asked = () => traffic.reduce((sum, { counted }) => sum + counted.sent, 0);
  const before = asked();
  const verdict = await runAction('verify', {
    deployment: three.outputs.deployment!,
    duration: '4s',
    'warm-up': '0s',
    thresholds: 'error-rate <= 50%',
    'fail-on': 'none',
    'on-inconclusive': 'pass',
  });
  expect(verdict.exitCode, verdict.stdout).toBe(0);
  const [, judged = ''] = /the records of 3 edges: (\d+) of \d+ judged, on \d+ endpoint/.exec(verdict.summary) ?? [];
  expect(Number(judged), verdict.summary).toBeGreaterThan(20);
  expect(Number(judged)).toBeLessThanOrEqual(asked() - before);
  expect((await run('promote', { watch: '0s' })).outputs).toMatchObject({ state: 'good', 'error-code': '' });
  expect((await run('scale', { replicas: '3' })).errors).toEqual([]);
  expect((await run('scale', { replicas: '2' })).errors).toEqual([]);
  const back = await run('rollback');
  expect([back.errors, back.outputs.release, back.outputs['rolled-back']]).toEqual([[], two.outputs.release, 'true']);
  const { sent, bad, reasons } = await lossOf(traffic);
  expect([bad, reasons]).toEqual([0, []]);
  expect(sent).toBeGreaterThan(500);
  expect(await front()).toEqual(['v2']);
  const status = await run('status');
  expect(status.outputs).toMatchObject({ serving: two.outputs.release, state: 'good' });
});

/** The compose file of the same app: a cache in place, and a migration that asks it by its name and ends. */
function composeFile(version: string, cache: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'seatrial-stack-')), 'compose.json');
  const script = (code: string) => ['node', '-e', code];
  const say = `require('node:http').createServer((q,r)=>r.end(${JSON.stringify(cache)})).listen(80)`;
  const web = APP_ARGS.split('\n');
  const project = {
    name: 'stack',
    services: {
      web: {
        image: NODE_IMAGE,
        command: web,
        environment: { VERSION: version },
        ports: [`${PORT}:8080`],
        stop_grace_period: '2s',
        depends_on: {
          cache: { condition: 'service_started' },
          migrate: { condition: 'service_completed_successfully' },
        },
        deploy: { replicas: 2, resources: { limits: { memory: '128m' } }, update_config: { order: 'start-first' } },
      },
      cache: {
        image: NODE_IMAGE,
        command: script(say),
        stop_grace_period: '1s',
        configs: [{ source: 'word', target: '/etc/word' }],
        deploy: { placement: { max_replicas_per_node: 1 }, update_config: { order: 'start-first', monitor: '1s' } },
      },
      migrate: {
        image: NODE_IMAGE,
        command: script("(function ask(){fetch('http://cache').catch(()=>setTimeout(ask,200))})()"),
        depends_on: { cache: { condition: 'service_started' } },
        deploy: { restart_policy: { condition: 'none' } },
      },
    },
    configs: { word: { file: 'word.txt' } },
  };
  writeFileSync(file, JSON.stringify(project));
  writeFileSync(join(dirname(file), 'word.txt'), cache);
  return file;
}

it('ships a compose file: a release behind the edge and a stack in place, both of which go back', async () => {
  const compose = (version: string, cache: string) =>
    deploy(
      version,
      {
        ...{ image: '', args: '', port: '', publish: '', replicas: '', memory: '' },
        'compose-file': composeFile(version, cache),
      },
      { env: { DOCKER_CONFIG: process.env.DOCKER_CONFIG } },
    );
  const service = (name: string, format: string) =>
    swarm.nodes[0]!.docker(['service', 'inspect', '--format', format, name]);
  const words = () => service('stack_cache', '{{json .Spec.TaskTemplate.ContainerSpec.Args}}');
  const runs = () => swarm.nodes[0]!.docker(['service', 'ps', '-q', 'stack_migrate']).split('\n').length;
  const traffic = users();
  const one = await compose('v2', 'first');
  expect(one.errors).toEqual([]);
  const two = await compose('c2', 'second');
  expect([two.errors, two.outputs['previous-release']]).toEqual([[], one.outputs.release]);
  expect([words(), runs()]).toEqual([expect.stringContaining('second'), 1]);
  const back = await run('rollback', { to: one.outputs.release! });
  expect([back.errors, back.outputs.release]).toEqual([[], one.outputs.release]);
  expect([words(), runs()]).toEqual([expect.stringContaining('first'), 1]);
  expect(swarm.nodes[0]!.docker(['stack', 'services', '--format', '{{.Name}}', 'stack']).split('\n').sort()).toEqual([
    'stack_cache',
    'stack_migrate',
  ]);
  const { bad, reasons } = await lossOf(traffic);
  expect([bad, reasons]).toEqual([0, []]);
  expect(await front()).toEqual(['v2']);
});

it('leads by domains on the nodes with the label; another app comes and goes there, and no request is lost', async () => {
  const given = selfSigned('store.test', 'shared.test');
  const nodes = swarm.nodes.slice(0, 2);
  for (const { id } of nodes) swarm.nodes[0]!.docker(['node', 'update', '--label-add', 'io.seatrial.front=true', id]);
  const [plain, secure] = await Promise.all(
    [18_100, 18_143].map((port) => Promise.all(nodes.map((node) => node.door(port)))),
  );
  const ship = (app: string, version: string, more: Record<string, string>) =>
    deploy(version, {
      ...{ app, publish: '', replicas: '1', 'front-image': FRONT_IMAGE, 'front-http': '18100', 'front-https': '18143' },
      ...more,
    });
  const ask = async (url: string, socketPath: string) => {
    const agent = new Agent({ connect: { socketPath, ca: given.cert } });
    const { statusCode, headers, body } = await request(url, { dispatcher: agent });
    await body.dump();
    await agent.close();
    return [statusCode, headers['x-version'] ?? headers.location];
  };
  const own = { domains: 'store.test\nshared.test/store', tls: 'own', 'tls-certificate': `${given.cert}${given.key}` };
  const store = await ship('store', 's1', own);
  expect([store.errors, JSON.parse(store.outputs.deployment!).url]).toEqual([[], 'https://store.test:18143']);
  const traffic = secure!.flatMap((socketPath) =>
    [true, false].map((reuse) =>
      startTraffic('https://store.test/', { rate: 40, reuse, socketPath, connect: { ca: given.cert } }),
    ),
  );
  const cart = await ship('cart', 'c1', { domains: 'cart.test\nshared.test/cart', tls: 'off' });
  expect(cart.errors).toEqual([]);
  expect(await ask('https://shared.test/store', secure![1]!)).toEqual([200, 's1']);
  expect(await ask('http://shared.test/cart/x', plain![1]!)).toEqual([200, 'c1']);
  expect(await ask('http://store.test/x', plain![0]!)).toEqual([308, 'https://store.test:18143/x']);
  expect(await ask('http://nobody.test/', plain![0]!)).toEqual([404, undefined]);
  expect((await ship('shop', 'thief', { domains: 'cart.test', tls: 'off' })).outputs['error-code']).toBe(
    'DOMAIN_TAKEN',
  );
  expect((await run('remove', { app: 'cart', force: 'true' })).errors).toEqual([]);
  expect(await ask('http://cart.test/', plain![1]!)).toEqual([404, undefined]);
  const { bad, reasons } = await lossOf(traffic);
  expect([bad, reasons]).toEqual([0, []]);
  const [domain] = JSON.parse((await run('status', { app: 'store' })).outputs.deployment!).hosts[0].domains;
  expect(domain).toMatchObject({ domain: 'store.test', open: true, daysLeft: expect.any(Number) });
  expect((await run('remove', { app: 'store', force: 'true' })).errors).toEqual([]);
  expect(swarm.nodes[0]!.docker(['service', 'ls', '--filter', 'name=seatrial-front', '-q'])).toBe('');
  given.remove();
});

it('tells what nothing will come of, and users stay where they are', async () => {
  const missing = await deploy('x', { image: 'seatrial.local/none:1' });
  expect(missing.outputs['error-code']).toBe('IMAGE_MISSING');
  // One that the manager has and the workers have not.
  swarm.nodes[0]!.docker(['tag', NODE_IMAGE, 'seatrial.local/half:1']);
  const nowhere = await deploy('x', { placement: 'node.labels.zone==moon' });
  expect(nowhere.errors.join()).toMatch(/^NO_CAPACITY: .*scheduling constraints not satisfied on 3 nodes/);
  const huge = await deploy('x', { cpus: '500' });
  expect(huge.errors.join()).toMatch(/^NO_CAPACITY: .*cpus 500/);
  const sick = await deploy('x', { env: 'SICK=1', 'deploy-timeout': '2s' });
  expect(sick.outputs).toMatchObject({ 'error-code': 'DEPLOY_UNHEALTHY', state: 'bad' });
  const hook = await deploy('x', { 'pre-deploy': '["node","-e","console.log(`moved 3 rows`);process.exit(4)"]' });
  expect(hook.outputs['error-code']).toBe('HOOK_FAILED');
  expect(hook.stdout).toContain('moved 3 rows');
  expect(hook.errors.join()).toContain('exited with code 4');
  expect(hook.outputs.serving).toBe((await run('status')).outputs.serving);
  expect(await front()).toEqual(['v2']);
});

it('a task that crashes while it is watched is taken back; another run meanwhile is told who has the lock', async () => {
  let second: Promise<ActionResult> | undefined;
  const crash = async () => {
    const dispatcher = new Agent({ connect: { socketPath: doors[0]! } });
    const survived = () =>
      request('http://shop/crash/v4', { dispatcher }).then(
        ({ statusCode, body }) => body.dump().then(() => statusCode === 200),
        () => false,
      );
    await expect.poll(survived, { timeout: 120_000 }).toBe(false);
    await dispatcher.close();
  };
  const crashing = await deploy(
    'v4',
    { watch: '10m' },
    {
      onLine: (line) => {
        if (!line.includes('watching')) return;
        second ??= deploy('v5').finally(crash);
      },
    },
  );
  expect(crashing.outputs).toMatchObject({ 'error-code': 'WATCH_FAILED', state: 'rolled-back' });
  expect((await second!).outputs['error-code']).toBe('LOCK_HELD');
  expect(await front()).toEqual(['v2']);
});

it.each([
  ['the release is started', /^POST \/services\/\w+\/update/],
  ['it gets traffic', /^WRITE set server app\/\w+ weight [1-9]/],
])('a run killed when %s: users are on the good one, and the next run repairs', async (_, call) => {
  const traffic = users();
  let done = false;
  proxy.fault = ({ what }) => {
    if (done || !call.test(what)) return undefined;
    done = true;
    return { kind: 'kill', when: 'after' };
  };
  const killed = await deploy('killed');
  proxy.reset();
  expect(killed.signal).toBe('SIGKILL');
  expect((await run('unlock', { force: 'true' })).errors).toEqual([]);
  const next = await run('prune');
  expect(next.errors).toEqual([]);
  expect(await front()).toEqual(['v2']);
  expect((await lossOf(traffic)).bad).toBe(0);
});

it('a node lost in the middle of a deploy: its tasks follow, and users of the other nodes are answered', async () => {
  // Tasks that the Swarm itself puts in the place of lost ones are of a release that passed; nobody of ours asks them.
  const traffic = users({});
  const lost = swarm.nodes[2]!;
  let killed = false;
  const result = await deploy(
    'v6',
    { replicas: '3', watch: '2s' },
    {
      onLine: (line) => {
        if (killed || !line.includes('watching')) return;
        killed = true;
        lost.kill();
      },
    },
  );
  expect([killed, result.errors.filter((line) => !/^WATCH_FAILED/.test(line))]).toEqual([true, []]);
  const after = await run('status');
  const version = result.outputs.state === 'good' ? 'v6' : 'v2';
  expect(await front()).toEqual([version]);
  expect(after.outputs.serving).toBe(result.outputs.serving);
  // What the lost node had in hand went with it; whoever comes now is answered. A third of all would fail if no edge noticed,
  // and one in twelve if they heard of it from the Swarm alone, which takes 15 s and more.
  const during = await lossOf(traffic);
  expect(during.bad / during.sent).toBeLessThan(0.05);
  const later = users({});
  await Promise.all(
    later.map(({ counted }) => expect.poll(() => counted.sent, { timeout: 120_000 }).toBeGreaterThan(100)),
  );
  expect((await lossOf(later)).bad).toBe(0);
});
