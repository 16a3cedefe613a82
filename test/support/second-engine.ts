import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SecondEngine {
  /** For the input `hosts`. */
  host: string;
  socketPath: string;
  /** A unix socket that leads to `port` of this engine's own loopback: for traffic to what it publishes. */
  door(port: number): Promise<string>;
  stop(): Promise<void>;
}

const SOURCE = `const net = require('node:net');
const [path, port] = process.argv.slice(1);
net.createServer((a) => { const b = net.connect(port, '127.0.0.1'); a.pipe(b).pipe(a);
  for (const s of [a, b]) s.on('error', () => { a.destroy(); b.destroy(); }).on('close', () => { a.destroy(); b.destroy(); });
}).listen(path, () => console.log('open'));`;

const endOf = async (child: ReturnType<typeof spawn>, signal: NodeJS.Signals) => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
};

/**
 * Another dockerd in a network namespace of its own: its bridge and iptables rules can't meet those of the machine's
 * engine. Needs root. `images` are carried over from the machine's engine.
 */
export async function startSecondEngine(images: string[]): Promise<SecondEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-engine-'));
  const socketPath = join(folder, 'docker.sock');
  const paths = [
    '--data-root',
    join(folder, 'data'),
    '--exec-root',
    join(folder, 'exec'),
    '--pidfile',
    join(folder, 'pid'),
  ];
  const daemon = ['exec', 'dockerd', ...paths, '-H', `unix://${socketPath}`, '--bip', '172.31.255.1/24'].join(' ');
  const child = spawn('unshare', ['--net', 'sh', '-c', `ip link set lo up && ${daemon}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (log = (log + chunk).slice(-8192)));
  const doors: ReturnType<typeof spawn>[] = [];
  const docker = (...args: string[]) =>
    spawnSync('docker', ['-H', `unix://${socketPath}`, ...args], { encoding: 'utf8' });
  const stop = async () => {
    for (const door of doors) await endOf(door, 'SIGKILL');
    const left = docker('ps', '--all', '--quiet').stdout?.split('\n').filter(Boolean) ?? [];
    if (left.length) docker('rm', '--force', '--volumes', ...left);
    await endOf(child, 'SIGTERM');
    // What a killed container left mounted would make the removal fail.
    for (const line of execFileSync('cat', ['/proc/mounts'], { encoding: 'utf8' }).split('\n')) {
      const at = line.split(' ')[1];
      if (at?.startsWith(folder)) spawnSync('umount', ['--lazy', at]);
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const end = performance.now() + 30_000;
    while (!existsSync(socketPath) || docker('version').status !== 0) {
      if (child.exitCode !== null || performance.now() > end) throw new Error(`dockerd did not start: ${log}`);
      await new Promise((done) => setTimeout(done, 100));
    }
    if (images.length) {
      execFileSync('sh', ['-c', 'docker save "$@" | docker -H "$SECOND" load', 'sh', ...images], {
        env: { ...process.env, SECOND: `unix://${socketPath}` },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    host: `unix://${socketPath}`,
    socketPath,
    stop,
    async door(port) {
      const path = join(folder, `door-${port}.sock`);
      rmSync(path, { force: true });
      const args = ['--target', String(child.pid), '--net', process.execPath, '-e', SOURCE, path, String(port)];
      const door = spawn('nsenter', args, { stdio: ['ignore', 'pipe', 'inherit'] });
      doors.push(door);
      await once(door.stdout!, 'data');
      return path;
    },
  };
}
