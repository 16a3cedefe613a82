// What the records of the edge cost: CPU time of a HAProxy that has all it can do, a request, with the ring and without, and
// with a reader, in one run and by turns. Two edges without one tell how much the measure itself varies. The reader asks once
// a block; what that costs is told as a share of a core that is asked once a second, as a run does. Needs haproxy on the PATH
// and Linux.
// Usage: npx node bench/edge-records.ts [--rounds 60] [--block 4000] [--json FILE]
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { edgeFiles } from '../src/deploy/docker/edge/config.ts';
import { RING } from '../src/lib/haproxy.ts';
import { RingTail, readingOf } from '../src/verify/live/ring-tail.ts';
import { freePort } from '../test/support/ports.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '60' },
    block: { type: 'string', default: '4000' },
    json: { type: 'string' },
  },
});
const CLIENTS = 16;
const rounds = Number(values.rounds);
const each = Math.ceil(Number(values.block) / CLIENTS);
const folder = mkdtempSync(join(tmpdir(), 'seatrial-ring-'));
const started: ChildProcess[] = [];

function haproxy(file: string): ChildProcess {
  const child = spawn('haproxy', ['-db', '-f', join(folder, file)], { stdio: 'ignore' });
  started.push(child);
  return child;
}

/** The app is another HAProxy: it costs the least, so the edge is what everything waits for. */
const appPort = await freePort();
const APP = `defaults
  mode http
  timeout connect 1s
  timeout client 60s
  timeout server 60s
frontend app
  bind 127.0.0.1:${appPort}
  http-request return status 200 content-type text/plain string ok
`;
writeFileSync(join(folder, 'app.cfg'), APP);
haproxy('app.cfg');

async function listens(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const there = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (there) return;
    await sleep(100);
  }
}

/** The edge as it is deployed, but for the ports and the ring. */
async function startEdge(name: string, ring: boolean) {
  const own = name.replace(/\W+/g, '-');
  const [door, admin] = [await freePort(), await freePort()];
  const slots = { a: { release: 'r1', port: appPort, servers: ['127.0.0.1'], share: 1 }, b: null };
  const files = edgeFiles({ image: '', publish: '', sticky: false, room: 2, slots });
  for (const { name: file, content } of files) {
    const text = content
      .replaceAll('/seatrial/', `${folder}/${own}-`)
      .replace('bind :8080', `bind 127.0.0.1:${door}`)
      .replace('127.0.0.1:9999', `127.0.0.1:${admin}`)
      .replaceAll('src 127.0.0.1', 'src 127.9.9.9'); // users don't come from inside the edge, and we do
    const kept = ring ? text : text.replace(/^ {2}(log ring@|log-format|http-request set-var\(txn\.kind\)).*\n/gm, '');
    writeFileSync(join(folder, `${own}-${file}`), kept);
  }
  const child = haproxy(`${own}-haproxy.cfg`);
  /** Of all its threads, microseconds: https://docs.kernel.org/scheduler/sched-stats.html */
  const cpu = () => {
    const tasks = readdirSync(`/proc/${child.pid}/task`).map((task) => `/proc/${child.pid}/task/${task}/schedstat`);
    return tasks.reduce((sum, file) => sum + Number(readFileSync(file, 'utf8').split(' ')[0]), 0) / 1e3;
  };
  await listens(door);
  const clients: Socket[] = [];
  for (let i = 0; i < CLIENTS; i++) {
    const client = connect(door, '127.0.0.1').setNoDelay();
    await once(client, 'connect');
    clients.push(client);
  }
  return { name, admin, cpu, clients, spent: [] as number[] };
}

const REQUEST =
  'GET /orders/17?q=1 HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nAccept: */*\r\n\r\n';

/** One client asks so often, each time it has its answer. */
const asks = (client: Socket, times: number) =>
  new Promise<void>((resolve) => {
    let left = times;
    const answered = () => {
      if (--left > 0) return client.write(REQUEST);
      client.off('data', answered);
      return resolve();
    };
    client.on('data', answered);
    client.write(REQUEST);
  });

async function held(port: number): Promise<string> {
  const reader = connect(port, '127.0.0.1');
  reader.write(`show events ${RING};show info\n`);
  let text = '';
  for await (const chunk of reader) text += (chunk as Buffer).toString('latin1');
  return text;
}

const median = (list: readonly number[]) => list.toSorted((a, b) => a - b)[list.length >> 1]!;

try {
  const edges = [
    await startEdge('without', false),
    await startEdge('ring', true),
    await startEdge('ring, read', true),
    await startEdge('without, again', false),
  ];
  const tail = new RingTail(0);
  let read = 0;
  for (let round = -1; round < rounds; round++) {
    for (const edge of round % 2 ? edges.toReversed() : edges) {
      const before = edge.cpu();
      const all = Promise.all(edge.clients.map((client) => asks(client, each)));
      if (edge.name === 'ring, read') read += tail.take(readingOf(await held(edge.admin), Infinity))!.length;
      await all;
      if (round >= 0) edge.spent.push((edge.cpu() - before) / (each * CLIENTS));
    }
  }
  const base = edges[0]!.spent.map((spent, i) => (spent + edges[3]!.spent[i]!) / 2);
  const ratio = (spent: readonly number[]) => median(spent.map((us, i) => us / base[i]!));
  const [, ring, asked] = edges;
  const reading = (median(asked!.spent.map((us, i) => us - ring!.spent[i]!)) * each * CLIENTS) / 1000;
  const result = edges.map(({ name, spent }) => ({
    edge: name,
    'µs CPU a request': Number(median(spent).toFixed(2)),
    ratio: Number((name === asked!.name ? ratio(ring!.spent) + Math.max(0, reading) / 1000 : ratio(spent)).toFixed(3)),
  }));
  console.table(result);
  const requests = rounds * each * CLIENTS;
  const busy = loadavg()[0]!.toFixed(1);
  console.log(`a reading costs ${reading.toFixed(1)} ms; ${read} records read, ${tail.lost} lost`);
  console.log(`${requests} requests each; load ${busy}`);
  const worst = Math.max(...result.slice(1, 3).map(({ ratio }) => ratio));
  console.log(`goal: at most 1.03, ${worst <= 1.03 ? 'kept' : 'MISSED'}`);
  if (values.json) writeFileSync(values.json, JSON.stringify({ requests, read, lost: tail.lost, reading, result }));
  for (const { clients } of edges) for (const client of clients) client.destroy();
  if (worst > 1.03) process.exitCode = 1;
} finally {
  for (const child of started) child.kill();
  rmSync(folder, { recursive: true, force: true });
}
