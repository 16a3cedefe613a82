import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ActRun, makeCaller, renderLibrary, runAct } from '../support/act.ts';
import { runAction } from '../support/action.ts';
import { APP_ARGS } from '../support/deploy-lab.ts';
import { EDGE_IMAGE, ensureImages, NODE_IMAGE } from '../support/images.ts';
import { Cluster } from '../support/kubernetes/cluster.ts';
import { startSwarm, type TestSwarm } from '../support/swarm.ts';
import { startTraffic } from '../support/traffic.ts';

/*
 * One caller's workflow, as docs/scaling.md has it: the same file for one machine, for three, for a Swarm and for
 * Kubernetes. What differs is `hosts`, and on Kubernetes the port, which is one of its own range.
 */
const folders: string[] = [];
let library: string;
let swarm: TestSwarm;
let cluster: Cluster;

beforeAll(async () => {
  ensureImages('node', 'edge');
  library = renderLibrary();
  folders.push(library);
  const images = [NODE_IMAGE, EDGE_IMAGE];
  [swarm, cluster] = await Promise.all([startSwarm(images, 3), Cluster.start(images)]);
  cluster.kubectl(['create', 'namespace', 'sea']);
});
afterAll(async () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  await Promise.all([swarm?.stop(), cluster?.stop()]);
});

const config = {
  deploy: {
    ...{ 'edge-image': EDGE_IMAGE, args: APP_ARGS, env: { VERSION: 'v1' }, memory: '128m' },
    ...{ 'health-path': '/healthz', 'health-interval': '200ms', 'healthy-after': 1, watch: '1s', 'stop-timeout': '2s' },
  },
  verify: { duration: '2s', 'warm-up': '0s' },
};

async function ship(hosts: string[], publish = '18080'): Promise<ActRun> {
  const workflow = `
name: ship
on: push
permissions:
  contents: read
jobs:
  ship:
    uses: seatrial/seatrial/.github/workflows/deploy.yml@v0.1.0
    with:
      app: shop
      image: ${NODE_IMAGE}
      hosts: |
        ${hosts.join('\n        ')}
      port: '8080'
      publish: '${publish}'
    secrets: inherit
`;
  // JSON is YAML too.
  const caller = makeCaller({ '.github/workflows/ship.yml': workflow, 'seatrial.yml': JSON.stringify(config) });
  folders.push(caller);
  const secrets = { KUBECONFIG: cluster.kubeconfig() };
  return runAct({ caller, library, event: 'push', workflow: '.github/workflows/ship.yml', secrets });
}

const deploymentOf = (run: ActRun) =>
  JSON.parse(run.outputs.deploy?.deployment ?? '{}') as { kind: string; hosts: { host: string }[] };

async function answers(url: string, socketPath?: string): Promise<string[]> {
  const traffic = startTraffic(url, { rate: 20, ...(socketPath ? { socketPath } : {}) });
  await expect.poll(() => traffic.counted.sent, { timeout: 120_000 }).toBeGreaterThan(5);
  const { versions, lost } = await traffic.stop();
  return [...versions.keys(), ...(lost ? ['lost'] : [])];
}

it('ships to one host, then to three, to a Swarm and to Kubernetes, by changing hosts', async () => {
  const sockets = swarm.nodes.map(({ socket }) => `unix://${socket}`);
  const doors = await Promise.all(swarm.nodes.map((node) => node.door(18_080)));
  for (const hosts of [sockets.slice(0, 1), sockets]) {
    const run = await ship(hosts);
    expect(run.jobs, run.log).toMatchObject({ deploy: 'success' });
    expect(run.outputs.end).toMatchObject({ state: 'good', 'error-code': '' });
    expect(deploymentOf(run)).toMatchObject({
      kind: 'docker',
      hosts: hosts.map(() => ({ edge: { published: '18080' } })),
    });
    for (const door of doors.slice(0, hosts.length)) expect(await answers('http://shop/', door)).toEqual(['v1']);
  }
  // On real machines the Swarm's port would be another's until the hosts' own app is gone.
  const gone = await runAction('deploy', { command: 'remove', app: 'shop', hosts: sockets.join('\n'), force: 'true' });
  expect(gone.errors).toEqual([]);

  const onSwarm = await ship([`swarm+${sockets[0]}`]);
  expect(onSwarm.jobs, onSwarm.log).toMatchObject({ deploy: 'success' });
  expect(onSwarm.outputs.end).toMatchObject({ state: 'good', 'error-code': '' });
  expect(deploymentOf(onSwarm).kind).toBe('swarm');
  for (const door of doors) expect(await answers('http://shop/', door)).toEqual(['v1']);

  const onKubernetes = await ship(['kubernetes://lab/sea'], '30080');
  expect(onKubernetes.jobs, onKubernetes.log).toMatchObject({ deploy: 'success' });
  expect(onKubernetes.outputs.end).toMatchObject({ state: 'good', 'error-code': '' });
  expect(deploymentOf(onKubernetes).kind).toBe('kubernetes');
  expect(await answers(`http://${cluster.site.there}:30080/`)).toEqual(['v1']);
});
