// What the records of the edge cost: CPU time of HAProxy a request, with the ring and without, and with a reader, in one run
// and by turns. Its time in the kernel is counted too. Needs haproxy on the PATH and Linux.
// Usage: npx node bench/edge-records.ts [--requests 40000] [--json FILE]
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, get } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { edgeFiles } from '../src/deploy/docker/edge/config.ts';
import { RING } from '../src/lib/haproxy.ts';
import { freePort } from '../test/support/ports.ts';

const { values } = parseArgs({ options: { requests: { type: 'string', default: '40000' }, json: { type: 'string' } } });
const BLOCK = 1000;
const rounds = Math.max(1, Math.round(Number(values.requests) / BLOCK));
const folder = mkdtempSync(join(tmpdir(), 'seatrial-ring-'));
const started: ChildProcess[] = [];

const app = createServer((_, answer) => answer.end('ok'));
app.listen(0, '127.0.0.1');
await once(app, 'listening');
const { port: appPort } = app.address() as AddressInfo;

/** The edge as it is deployed, but for the ports and the ring. */
async function startEdge(name: string, ring: boolean) {
  const [door, admin] = [await freePort(), await freePort()];
  const slots = { a: { release: 'r1', port: appPort, servers: ['127.0.0.1'], share: 1 }, b: null };
  const files = edgeFiles({ image: '', publish: '', sticky: false, room: 2, slots });
  for (const { name: file, content } of files) {
    const text = content
      .replaceAll('/seatrial/', `${folder}/${name}-`)
      .replace('bind :8080', `bind 127.0.0.1:${door}`)
      .replace('127.0.0.1:9999', `127.0.0.1:${admin}`);
    const kept = ring ? text : text.replace(/^ {2}(log ring@|log-format|http-request set-var\(txn\.kind\)).*\n/gm, '');
    writeFileSync(join(folder, `${name}-${file}`), kept);
  }
  const child = spawn('haproxy', ['-db', '-f', join(folder, `${name}-haproxy.cfg`)], { stdio: 'ignore' });
  started.push(child);
  /** Of all its threads, to the nanosecond: https://docs.kernel.org/scheduler/sched-stats.html */
  const cpuMs = () => {
    const tasks = readdirSync(`/proc/${child.pid}/task`).map((task) => `/proc/${child.pid}/task/${task}/schedstat`);
    return tasks.reduce((sum, file) => sum + Number(readFileSync(file, 'utf8').split(' ')[0]), 0) / 1e6;
  };
  return { name, door, admin, cpuMs, agent: new Agent({ keepAlive: true, maxSockets: 16 }), spentMs: 0 };
}

const ask = (port: number, agent: Agent) =>
  new Promise<void>((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/orders/17?q=1', agent }, (answer) => {
      answer.resume().once('end', resolve);
    }).once('error', reject);
  });

const edges = [await startEdge('without', false), await startEdge('ring', true), await startEdge('read', true)];
try {
  for (const { door, agent } of edges)
    for (let tries = 0; tries < 100; tries++)
      await ask(door, agent).then(
        () => (tries = 100),
        () => sleep(100),
      );
  let read = 0;
  const reader = connect(edges[2]!.admin, '127.0.0.1');
  reader.on('data', (chunk) => {
    read += chunk.toString('latin1').split('\nr1\t').length - 1;
  });
  reader.write(`show events ${RING} -w -n\n`);
  for (let round = 0; round < rounds; round++) {
    for (const edge of edges) {
      const before = edge.cpuMs();
      for (let i = 0; i < BLOCK; i += 16)
        await Promise.all(Array.from({ length: 16 }, () => ask(edge.door, edge.agent)));
      edge.spentMs += edge.cpuMs() - before;
    }
  }
  reader.destroy();
  const requests = rounds * Math.ceil(BLOCK / 16) * 16;
  const base = edges[0]!.spentMs;
  const result = edges.map(({ name, spentMs }) => ({
    edge: name,
    'µs CPU a request': Number(((spentMs * 1000) / requests).toFixed(1)),
    ratio: Number((spentMs / base).toFixed(3)),
  }));
  console.table(result);
  console.log(`${requests} requests each, ${read} records read, load ${loadavg()[0]!.toFixed(1)}`);
  if (values.json) writeFileSync(values.json, JSON.stringify({ requests, read, result }));
} finally {
  for (const child of started) child.kill();
  app.close();
  for (const { agent } of edges) agent.destroy();
  rmSync(folder, { recursive: true, force: true });
}
