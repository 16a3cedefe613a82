import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface SecondEngine {
  host: string;
  docker(args: string[]): string;
  /** A unix socket that leads to `port` of this engine's own loopback, for traffic to what it publishes. */
  door(port: number): Promise<string>;
  stop(): Promise<void>;
}

const sh = (script: string) =>
  execFileSync('sh', ['-c', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();

/** Listens on a unix socket and leads each connection to a port of the network it runs in. */
const DOOR = `const net = require('node:net'); const [path, port] = process.argv.slice(1);
net.createServer((a) => { const b = net.connect(port, '127.0.0.1'); a.pipe(b).pipe(a);
  for (const s of [a, b]) s.on('error', () => a.destroy()).on('close', () => { a.destroy(); b.destroy(); });
}).listen(path, () => console.log('open'));`;

/**
 * A second whole Docker engine on this machine: in a network namespace of its own, where it may have bridges and
 * ports that the first one has too. `images` are copied from the first. Needs root.
 */
export async function startSecondEngine(images: string[]): Promise<SecondEngine> {
  const name = `seatrial${randomBytes(3).toString('hex')}`;
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-second-'));
  const socket = join(folder, 'docker.sock');
  sh(`ip netns add ${name} && ip -n ${name} link set lo up`);
  const child = spawn(
    'nsenter',
    [
      ...[`--net=/var/run/netns/${name}`, 'dockerd', '-H', `unix://${socket}`, '--bip', '172.31.99.1/24'],
      ...['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec'), '--pidfile', join(folder, 'pid')],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (log = (log + chunk).slice(-8192)));
  const docker = (args: string[]) =>
    execFileSync('docker', ['-H', `unix://${socket}`, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  const doors: ChildProcess[] = [];
  const door = async (port: number) => {
    const path = join(folder, `door-${port}`);
    const args = [`--net=/var/run/netns/${name}`, process.execPath, '-e', DOOR, path, String(port)];
    const opened = spawn('nsenter', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    doors.push(opened);
    await once(opened.stdout, 'data');
    return path;
  };
  const stop = async () => {
    for (const open of doors) open.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) {
      if (existsSync(socket)) {
        const left = docker(['ps', '-aq']).split('\n').filter(Boolean);
        if (left.length) docker(['rm', '-f', ...left]);
      }
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    sh(`ip netns del ${name}; mount | grep -o ' ${folder}[^ ]*' | xargs -r umount -l`);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const end = performance.now() + 30_000;
    while (!existsSync(socket)) {
      if (child.exitCode !== null || performance.now() > end) throw new Error(`dockerd did not start: ${log}`);
      await sleep(50);
    }
    sh(`docker save ${images.join(' ')} | docker -H unix://${socket} load`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { host: `unix://${socket}`, docker, door, stop };
}
