import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface SecondEngine {
  host: string;
  docker(args: string[]): string;
  stop(): Promise<void>;
}

const sh = (script: string) =>
  execFileSync('sh', ['-c', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();

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
  const stop = async () => {
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
  return { host: `unix://${socket}`, docker, stop };
}
