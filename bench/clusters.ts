// A rollback on clusters under traffic: ours against `docker service rollback` and `kubectl rollout undo`, in one run. What
// is measured is the user's view: from the decision to the first answer of the old version and to the last of the new one,
// and what was lost meanwhile. Then one whole voyage of ours (blue-green, canary, promote, rollback) under as many requests
// as --requests says. Needs root, a Docker engine, dist/action-deploy and the Kubernetes binary (script/env.sh).
// Usage: node bench/clusters.ts [--rate 200] [--times 3] [--requests 30000] [--only swarm|kubernetes] [--json FILE]
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { runAction } from '../test/support/action.ts';
import { eventually } from '../test/support/daemon.ts';
import { APP_ARGS } from '../test/support/deploy-lab.ts';
import { EDGE_IMAGE, ensureImages, NODE_IMAGE } from '../test/support/images.ts';
import { Cluster } from '../test/support/kubernetes/cluster.ts';
import { startSwarm } from '../test/support/swarm.ts';
import { startTraffic } from '../test/support/traffic.ts';

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '200' },
    times: { type: 'string', default: '3' },
    requests: { type: 'string', default: '30000' },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
  },
});
const rate = Number(values.rate);
/** While it runs the clients go on: they live in this process. */
const beside = promisify(execFile);

interface Row {
  method: string;
  requests: number;
  lost: number;
  /** Milliseconds from the decision to the first answer of v1, and to the last of v2. */
  firstMs: number;
  lastMs: number;
  /** The longest time in which nobody was answered. */
  silentMs: number;
  /** Until the command was over. */
  commandMs: number;
}

interface Voyage {
  name: string;
  requests: number;
  lost: number;
  reasons: string;
  seconds: number;
}

/** One way to roll back an app of two versions. */
interface Method {
  name: string;
  /** v2 serves, v1 was before it. */
  setUp(): Promise<void>;
  back(): Promise<void>;
  tearDown(): Promise<void>;
}

type Where = { url: string; socketPath?: string };

/** Half of the clients keep their connections, half take a new one for each request. */
async function measure({ name, setUp, back, tearDown }: Method, { url, socketPath }: Where): Promise<Row> {
  try {
    await setUp();
    const seen: [atMs: number, version: string][] = [];
    const unfit = (headers: Record<string, unknown>) => {
      seen.push([performance.now(), String(headers['x-version'])]);
      return undefined;
    };
    const traffic = [true, false].map((reuse) =>
      startTraffic(url, { rate: rate / 2, reuse, unfit, ...(socketPath ? { socketPath } : {}) }),
    );
    await eventually('v2 answers', async () => seen.length > rate || undefined);
    const decided = performance.now();
    await back();
    const commandMs = performance.now() - decided;
    // v2 is gone when a second of answers is v1's alone.
    await eventually('only v1 answers', async () => {
      const recent = seen.filter(([at]) => at > performance.now() - 1000);
      return (recent.length > rate / 2 && recent.every(([, version]) => version === 'v1')) || undefined;
    });
    const counts = await Promise.all(traffic.map((one) => one.stop()));
    const after = seen.filter(([at]) => at > decided);
    const since = (found?: [number, string]) => Math.round((found?.[0] ?? Number.NaN) - decided);
    return {
      method: name,
      requests: counts.reduce((sum, { sent }) => sum + sent, 0),
      lost: counts.reduce((sum, { lost, errors5xx }) => sum + lost + errors5xx, 0),
      firstMs: since(after.find(([, version]) => version === 'v1')),
      lastMs: since(after.findLast(([, version]) => version === 'v2')),
      silentMs: Math.round(Math.max(...after.map(([at], n) => at - (after[n - 1]?.[0] ?? decided)))),
      commandMs: Math.round(commandMs),
    };
  } finally {
    await tearDown();
  }
}

/** All that a release lives through, until so many requests were sent; each kind of client has its half. */
async function voyage(name: string, { deploy, run, tearDown }: Ours, { url, socketPath }: Where): Promise<Voyage> {
  try {
    await deploy('v1');
    const begun = performance.now();
    const traffic = [true, false].map((reuse) =>
      startTraffic(url, { rate: rate / 2, reuse, ...(socketPath ? { socketPath } : {}) }),
    );
    const sent = () => traffic.reduce((sum, { counted }) => sum + counted.sent, 0);
    for (let n = 2; sent() < Number(values.requests); n += 3) {
      await deploy(`v${n}`);
      await deploy(`v${n + 1}`, { strategy: 'canary', 'canary-steps': '20%:1s,50%:1s,100%' });
      await deploy(`v${n + 2}`, { strategy: 'canary', 'canary-weight': '20%', promote: 'manual' });
      await run('promote', { watch: '0s' });
      await run('rollback', { watch: '0s' });
    }
    const counts = await Promise.all(traffic.map((one) => one.stop()));
    const reasons = counts.flatMap((one) => [...one.reasons]).map(([reason, n]) => `${n} × ${reason}`);
    const lost = counts.reduce((sum, one) => sum + one.lost + one.errors5xx, 0);
    const seconds = Math.round((performance.now() - begun) / 1000);
    return { name, requests: sent(), lost, reasons: reasons.join(', '), seconds };
  } finally {
    await tearDown();
  }
}

interface Ours extends Method {
  deploy(version: string, more?: Record<string, string>): Promise<void>;
  run(command: string, more?: Record<string, string>): Promise<void>;
}

/** The action, with what it needs on a cluster. */
function ours(name: string, inputs: Record<string, string>): Ours {
  const run = async (command: string, more: Record<string, string> = {}) => {
    const target = { hosts: inputs.hosts!, ...(inputs.kubeconfig ? { kubeconfig: inputs.kubeconfig } : {}) };
    const { errors } = await runAction('deploy', { command, app: 'ours', ...target, ...more });
    if (errors.length) throw new Error(errors.join('\n'));
  };
  const gate = { 'health-path': '/healthz', 'health-interval': '200ms', 'healthy-after': '1', watch: '0s' };
  const deploy = (version: string, more: Record<string, string> = {}) =>
    run('deploy', {
      ...{ ...inputs, ...gate, image: NODE_IMAGE, args: APP_ARGS, port: '8080', replicas: '2', memory: '128m' },
      ...{ 'stop-timeout': '2s', 'edge-image': EDGE_IMAGE, env: `VERSION=${version}` },
      ...more,
    });
  return {
    name,
    deploy,
    run,
    setUp: async () => {
      await deploy('v1');
      await deploy('v2');
    },
    back: () => run('rollback', { watch: '0s' }),
    tearDown: () => run('remove', { force: 'true' }),
  };
}

const voyages: Voyage[] = [];

async function onSwarm(): Promise<Row[]> {
  const [port, theirs] = [18_080, 18_081];
  const swarm = await startSwarm([NODE_IMAGE, EDGE_IMAGE], 2);
  try {
    const manager = swarm.nodes[0]!;
    const [ourDoor, theirDoor] = [await manager.door(port), await manager.door(theirs)];
    const service = (...args: string[]) => manager.docker(['service', ...args]);
    const probe = "fetch('http://127.0.0.1:8080/healthz').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))";
    const native: Method = {
      name: 'docker service rollback',
      setUp: async () => {
        // One task a node in host mode, as a published port of ours is; a node's port is free before the next task.
        const publish = `mode=host,published=${theirs},target=8080`;
        const health = ['--health-cmd', `node -e "${probe}"`, '--health-interval', '1s', '--stop-grace-period', '2s'];
        service(
          ...['create', '--quiet', '--name', 'theirs', '--mode', 'global', '--publish', publish, '--no-resolve-image'],
          ...[...health, '--env', 'VERSION=v1', NODE_IMAGE, ...APP_ARGS.split('\n')],
        );
        service('update', '--quiet', '--no-resolve-image', '--env-add', 'VERSION=v2', 'theirs');
      },
      back: async () => {
        await beside('docker', ['-H', `unix://${manager.socket}`, 'service', 'rollback', '--quiet', 'theirs']);
      },
      tearDown: async () => void service('rm', 'theirs'),
    };
    const hosts = { hosts: `swarm+unix://${manager.socket}`, publish: String(port) };
    const rows: Row[] = [];
    for (let n = 0; n < Number(values.times); n++) {
      rows.push(await measure(ours('Seatrial on a Swarm', hosts), { url: 'http://shop/', socketPath: ourDoor }));
      rows.push(await measure(native, { url: 'http://shop/', socketPath: theirDoor }));
    }
    const shop = ours('Seatrial on a Swarm', hosts);
    voyages.push(await voyage(shop.name, shop, { url: 'http://shop/', socketPath: ourDoor }));
    return rows;
  } finally {
    await swarm.stop();
  }
}

async function onKubernetes(): Promise<Row[]> {
  const [port, theirs] = [30_080, 30_081];
  const cluster = await Cluster.start([NODE_IMAGE, EDGE_IMAGE]);
  try {
    cluster.kubectl(['create', 'namespace', 'sea']);
    const kubectl = (args: string[], input?: string) => cluster.kubectl(['--namespace', 'sea', ...args], input);
    const apply = (version: string) => {
      const readinessProbe = { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 1 };
      const [command, ...args] = APP_ARGS.split('\n');
      const container = {
        ...{ name: 'app', image: NODE_IMAGE, imagePullPolicy: 'Never', command: [command], args, readinessProbe },
        env: [{ name: 'VERSION', value: version }],
      };
      const labels = { app: 'theirs' };
      // The test's cluster publishes no root certificate, which a token's volume waits for.
      const spec = { automountServiceAccountToken: false, terminationGracePeriodSeconds: 5, containers: [container] };
      const template = { metadata: { labels }, spec };
      const deployment = {
        ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'theirs' } },
        spec: { replicas: 2, selector: { matchLabels: labels }, template },
      };
      const service = {
        ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'theirs' } },
        spec: { type: 'NodePort', selector: labels, ports: [{ port: 80, targetPort: 8080, nodePort: theirs }] },
      };
      kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [deployment, service] }));
      kubectl(['rollout', 'status', 'deployment/theirs', '--timeout', '300s']);
    };
    const native: Method = {
      name: 'kubectl rollout undo',
      setUp: async () => {
        apply('v1');
        apply('v2');
      },
      back: async () => {
        const on = [
          'kubectl',
          `--kubeconfig=${join(cluster.site.folder, 'admin.conf')}`,
          '--namespace',
          'sea',
          'rollout',
        ];
        await beside(process.env.SEATRIAL_KUBERNETES!, [...on, 'undo', 'deployment/theirs']);
        await beside(process.env.SEATRIAL_KUBERNETES!, [...on, 'status', 'deployment/theirs', '--timeout', '300s']);
      },
      tearDown: async () => void kubectl(['delete', 'deployment/theirs', 'service/theirs']),
    };
    const hosts = { hosts: 'kubernetes://lab/sea', kubeconfig: cluster.kubeconfig(), publish: String(port) };
    const rows: Row[] = [];
    for (let n = 0; n < Number(values.times); n++) {
      const at = `http://${cluster.site.there}`;
      rows.push(await measure(ours('Seatrial on Kubernetes', hosts), { url: `${at}:${port}/` }));
      await sleep(1000);
      rows.push(await measure(native, { url: `${at}:${theirs}/` }));
    }
    const shop = ours('Seatrial on Kubernetes', hosts);
    voyages.push(await voyage(shop.name, shop, { url: `http://${cluster.site.there}:${port}/` }));
    return rows;
  } finally {
    await cluster.stop();
  }
}

ensureImages('node', 'edge');
const rows = [
  ...(values.only === 'kubernetes' ? [] : await onSwarm()),
  ...(values.only === 'swarm' ? [] : await onKubernetes()),
];
console.log(`a rollback under ${rate} requests a second, each ${values.times} times; load ${loadavg()[0]!.toFixed(1)}`);
console.table(rows);
console.log('whole voyages: blue-green, canary, promote and rollback, again until all were sent');
console.table(voyages);
if (values.json) writeFileSync(values.json, `${JSON.stringify({ rows, voyages })}\n`);
