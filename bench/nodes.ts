/**
 * Three real nodes of Kubernetes on this machine, by hand and for minutes: node bench/nodes.ts
 * What users lose while a release is shipped, promoted, taken back, while a node is drained, and while one dies with all that
 * runs on it. Needs root and what script/bootstrap brings.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { runAction } from '../test/support/action.ts';
import { APP_IMAGE, buildApp } from '../test/support/app.ts';
import { eventually } from '../test/support/daemon.ts';
import { EDGE_IMAGE } from '../test/support/images.ts';
import { Cluster } from '../test/support/kubernetes/cluster.ts';
import { startTraffic } from '../test/support/traffic.ts';

const PORT = '30080';
const execute = promisify(execFile);

buildApp();
const cluster = await Cluster.start([APP_IMAGE, EDGE_IMAGE], { nodes: 3, whole: true });
const rows: Record<string, unknown>[] = [];
try {
  cluster.kubectl(['create', 'namespace', 'sea']);
  const run = async (inputs: Record<string, string>) => {
    const target = { app: 'shop', hosts: 'kubernetes://lab/sea', kubeconfig: cluster.kubeconfig() };
    const { outputs, stdout } = await runAction('deploy', { ...target, ...inputs });
    if (outputs['error-code']) throw new Error(stdout);
  };
  const deploy = (version: string, more: Record<string, string> = {}) =>
    run({
      image: APP_IMAGE,
      'edge-image': EDGE_IMAGE,
      port: '3000',
      publish: PORT,
      replicas: '3',
      'health-path': '/healthz',
      'health-interval': '200ms',
      'stop-timeout': '1s',
      memory: '96m',
      watch: '5s',
      env: `VERSION=${version}`,
      ...more,
    });
  const nodeOf = (selector: string) =>
    cluster
      .kubectl(['-n', 'sea', 'get', 'pods', '-l', selector, '-o', 'jsonpath={.items[*].spec.nodeName}'])
      .split(' ');
  /** Half of them keep their connections, a third opens one each. */
  const under = async (what: string, work: () => Promise<unknown>) => {
    const url = `http://${cluster.site.there}:${PORT}/`;
    const all = [startTraffic(url, { rate: 100 }), startTraffic(url, { rate: 50, reuse: false })];
    const begun = performance.now();
    await work();
    const counted = await Promise.all(all.map((one) => one.stop()));
    const sum = (of: 'sent' | 'lost' | 'errors5xx') => counted.reduce((n, one) => n + one[of], 0);
    const seconds = Math.round((performance.now() - begun) / 1000);
    rows.push({ what, seconds, sent: sum('sent'), lost: sum('lost'), errors5xx: sum('errors5xx') });
    console.error(rows.at(-1));
  };
  await deploy('v1');
  await under('canary, promote, rollback', async () => {
    await deploy('v2', { strategy: 'canary', promote: 'manual', 'canary-weight': '20%' });
    await run({ command: 'promote', watch: '5s' });
    await run({ command: 'rollback' });
  });
  const [drained] = nodeOf('io.seatrial.role=edge');
  await under('a drained node in the watch', async () => {
    const shipped = deploy('v3', { watch: '40s' });
    await eventually('v3 has its pods', async () => nodeOf('io.seatrial.role=app').length > 3 || undefined);
    await sleep(10_000);
    const config = join(cluster.site.folder, 'admin.conf');
    const words = ['--ignore-daemonsets', '--delete-emptydir-data', '--timeout=90s'];
    // Beside us: the traffic is ours to send meanwhile.
    const drain = execute(process.env.SEATRIAL_KUBERNETES!, [
      'kubectl',
      `--kubeconfig=${config}`,
      'drain',
      drained!,
      ...words,
    ]);
    await Promise.all([shipped, drain]);
  });
  cluster.kubectl(['uncordon', drained!]);
  await deploy('v4');
  const edges = nodeOf('io.seatrial.role=edge');
  const victim = cluster.nodes.find((node) => node !== cluster.first && !edges.includes(node.site.name));
  if (victim) {
    await under('a node without a pod of the edge dies', async () => {
      await victim.crash();
      await sleep(55_000);
    });
    await under('the next deploy, on the nodes that are left', () => deploy('v5'));
  }
} finally {
  await cluster.stop();
}
console.table(rows);
