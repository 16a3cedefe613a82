import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/* Engines that run in a network namespace of their own, and the way to what they publish there. */

export const sh = (script: string) =>
  execFileSync('sh', ['-c', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();

/** Listens on a unix socket and leads each connection to a port of the network it runs in. */
const DOOR = `const net = require('node:net'); const [path, port] = process.argv.slice(1);
net.createServer((a) => { const b = net.connect(port, '127.0.0.1'); a.pipe(b).pipe(a);
  for (const s of [a, b]) s.on('error', () => a.destroy()).on('close', () => { a.destroy(); b.destroy(); });
}).listen(path, () => console.log('open'));`;

/** Runs dockerd in a namespace, with all of its own below `folder`; `log` gives its last words. */
export function spawnEngine(namespace: string, folder: string): { child: ChildProcess; log: () => string } {
  const args = [
    ...[`--net=/var/run/netns/${namespace}`, 'dockerd', '-H', `unix://${socketOf(folder)}`],
    ...['--bip', '172.31.99.1/24', '--pidfile', join(folder, 'pid')],
    ...['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec')],
  ];
  const child = spawn('nsenter', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      log = (log + chunk).slice(-8192);
    });
  }
  return { child, log: () => log };
}

export const socketOf = (folder: string) => join(folder, 'docker.sock');

/** The docker command on one of them. */
export const dockerOn = (folder: string) => (args: string[]) =>
  execFileSync('docker', ['-H', `unix://${socketOf(folder)}`, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();

/** Unix sockets that lead to ports of a namespace's loopback, for traffic to what is published there. */
export function doorsOf(namespace: string, folder: string) {
  const all: ChildProcess[] = [];
  return {
    async open(port: number): Promise<string> {
      const path = join(folder, `door-${port}`);
      const args = [`--net=/var/run/netns/${namespace}`, process.execPath, '-e', DOOR, path, String(port)];
      const opened = spawn('nsenter', args, { stdio: ['ignore', 'pipe', 'inherit'] });
      all.push(opened);
      await once(opened.stdout, 'data');
      return path;
    },
    close() {
      for (const one of all) one.kill('SIGKILL');
    },
  };
}

/** Copies images from the machine's own engine. */
export const copyImages = (images: readonly string[], folder: string) =>
  sh(`docker save ${images.join(' ')} | docker -H unix://${socketOf(folder)} load`);
