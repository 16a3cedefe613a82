import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
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
  const child = spawn('nsenter', args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, GOGC: '400' } }); // as in script/bootstrap
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

/*
 * To save and load an image costs an engine some seconds of CPU, and a dozen of them start in a run. So the storage of the
 * first one that was given a set of images is kept, and whoever needs the same set begins with links to it. What an
 * engine has stored of an image it never writes to again: it removes it, or puts another file in its place.
 */
const STORED = ['image', 'overlay2'];
const ids = (images: readonly string[]) =>
  sh(`docker image inspect --format '{{.Id}} {{.RepoTags}}' ${images.join(' ')}`);
const kept = (images: readonly string[]) =>
  join(tmpdir(), `seatrial-stored-${createHash('sha256').update(ids(images)).digest('hex').slice(0, 16)}`);
const take = (how: string, from: string, to: string) =>
  sh(`mkdir -p '${to}' && cp ${how} ${STORED.map((of) => `'${from}/${of}'`).join(' ')} '${to}'`);

/** Before the engine below `folder` starts: gives it the images, if one had them before. */
export function plantImages(images: readonly string[], folder: string): boolean {
  const from = kept(images);
  if (!existsSync(from)) return false;
  take('-al', from, join(folder, 'data'));
  return true;
}

/** Copies images from the machine's own engine to one that has nothing yet, and keeps what it makes of them for the next. */
export function copyImages(images: readonly string[], folder: string): void {
  const to = kept(images);
  sh(`docker save ${images.join(' ')} | docker -H unix://${socketOf(folder)} load`);
  const making = `${to}-${randomBytes(3).toString('hex')}`;
  // A running engine has mounted its folder, and no link goes across a mount.
  take('-a', join(folder, 'data'), making);
  // Another engine may have been first.
  sh(`mv -T '${making}' '${to}' 2>/dev/null || true`);
  rmSync(making, { recursive: true, force: true });
}
