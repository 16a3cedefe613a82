import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ownName } from './run/id.ts';
import { started } from './run/scope.ts';

export interface SecondEngine {
  host: string;
  docker(args: string[]): string;
  /** A unix socket that leads to `port` of this engine's own loopback, for traffic to what it publishes. */
  door(port: number): Promise<string>;
  /** Ends the engine (SIGTERM as its service does it, SIGKILL as a crash) and starts it again on the same data. */
  restart(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Where it keeps its data. */
  data: string;
  stop(): Promise<void>;
}

const sh = (script: string) =>
  execFileSync('sh', ['-c', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();

/** Listens on a unix socket and leads each connection to a port of the network it runs in. */
const DOOR = `const net = require('node:net'); const [path, port] = process.argv.slice(1);
net.createServer((a) => { const b = net.connect(port, '127.0.0.1'); a.pipe(b).pipe(a);
  for (const s of [a, b]) s.on('error', () => a.destroy()).on('close', () => { a.destroy(); b.destroy(); });
}).listen(path, () => console.log('open'));`;

/** Whether an engine answers; after a kill its socket is there and nobody listens. */
const answers = (socketPath: string) =>
  new Promise<boolean>((done) => {
    const asked = get({ socketPath, path: '/_ping', timeout: 2000 }, (answer) => {
      answer.resume();
      done(answer.statusCode === 200);
    });
    asked.on('error', () => done(false)).on('timeout', () => asked.destroy());
  });

/**
 * A second whole Docker engine on this machine: in a network namespace of its own, where it may have bridges and
 * ports that the first one has too. `images` are copied from the first. Needs root.
 */
export async function startSecondEngine(images: string[]): Promise<SecondEngine> {
  const name = ownName('engine');
  const stopped = started('a second engine', () => stop());
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-second-'));
  const socket = join(folder, 'docker.sock');
  sh(`ip netns add ${name} && ip -n ${name} link set lo up`);
  let log = '';
  let child: ChildProcess;
  const start = async () => {
    child = spawn(
      'nsenter',
      [
        ...[`--net=/var/run/netns/${name}`, 'dockerd', '-H', `unix://${socket}`, '--bip', '172.31.99.1/24'],
        ...['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec'), '--pidfile', join(folder, 'pid')],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    for (const stream of [child.stdout!, child.stderr!])
      stream.on('data', (chunk) => (log = (log + chunk).slice(-8192)));
    const end = performance.now() + 120_000;
    while (!(await answers(socket))) {
      if (child.exitCode !== null || performance.now() > end) throw new Error(`dockerd did not start: ${log}`);
      await sleep(50);
    }
  };
  const restart = async (signal: 'SIGTERM' | 'SIGKILL') => {
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
    // A killed one leaves these, and a number in them may be another's by now.
    for (const pid of ['pid', 'exec/containerd/containerd.pid']) rmSync(join(folder, pid), { force: true });
    await start();
  };
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
    stopped();
    for (const open of doors) open.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) {
      if (existsSync(socket)) {
        const left = docker(['ps', '-aq']).split('\n').filter(Boolean);
        if (left.length) docker(['rm', '-f', ...left]);
      }
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    // What a crash left mounted may be listed twice.
    sh(`ip netns del ${name}; mount | grep -o ' ${folder}[^ ]*' | sort -u | xargs -r -n1 umount -l || true`);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await start();
    sh(`docker save ${images.join(' ')} | docker -H unix://${socket} load`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { host: `unix://${socket}`, docker, door, restart, data: join(folder, 'data'), stop };
}
