// Removes what a run of the tests left behind: after a crash of a worker or of the whole run, when nobody else can.
// Everything a test starts bears the id of its run (id.ts); nothing else is looked at. Usage: node test/support/run/sweep.ts ID
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';

import { cgroupsOf, killIn, removeAll } from '../kubernetes/cgroups.ts';

const lines = (text: string) => text.split('\n').filter(Boolean);

/** What a command says; nothing when it fails, since there may be no engine, or no such tool. */
function ask(name: string, ...args: string[]): string[] {
  const { status, stdout } = spawnSync(name, args, { encoding: 'utf8', timeout: 300_000 });
  return status === 0 ? lines(stdout) : [];
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // ended in between
  }
}

/** A process and all above it. */
function ancestry(pid: number): number[] {
  const parent = Number(/^PPid:\s*(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
  return parent > 0 ? [pid, ...ancestry(parent)] : [pid];
}

/** Processes that were started with the run's id in their environment, but for this one, those above it and its own. */
function processes(run: string): { pid: number; args: string[] }[] {
  const above = new Set(ancestry(process.pid));
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && !above.has(Number(pid)))
    .filter((pid) => read(`/proc/${pid}/environ`).split('\0').includes(`SEATRIAL_TEST_RUN=${run}`))
    .filter((pid) => !ancestry(Number(pid)).includes(process.pid))
    .map((pid) => ({ pid: Number(pid), args: read(`/proc/${pid}/cmdline`).split('\0') }));
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Removes all that bears the id; answers what it was. */
export function sweep(run: string, folder: string): string[] {
  if (!/^r[0-9a-f]{8}$/.test(run)) throw new Error(`no id of a run: ${run}`);
  const found: string[] = [];
  for (const { pid, args } of processes(run)) {
    const engine = args.find((arg) => arg.startsWith('unix://'));
    // A dockerd that is killed leaves its containers running.
    if (args[0] === 'dockerd' && engine) {
      const left = ask('docker', '-H', engine, 'ps', '-aq');
      if (left.length) ask('docker', '-H', engine, 'rm', '-fv', ...left);
    }
    found.push(`process ${pid} ${args[0]}`);
    end(pid);
  }
  // Pods of a cluster have no environment of ours; the cgroup they are in bears the id.
  const cgroups = cgroupsOf(run);
  for (let tries = 0; tries < 20 && killIn(cgroups) > 0; tries++) spawnSync('sleep', ['0.1']);
  found.push(...removeAll(cgroups).map((path) => `${path}, which is not empty`));
  const own = (list: string[]) => list.filter((line) => line.includes(run));
  const containers = own(ask('docker', 'ps', '-a', '--format', '{{.Names}}'));
  if (containers.length) ask('docker', 'rm', '-fv', ...containers);
  const volumes = own(ask('docker', 'volume', 'ls', '--format', '{{.Name}}'));
  if (volumes.length) ask('docker', 'volume', 'rm', '-f', ...volumes);
  const networks = own(ask('docker', 'network', 'ls', '--format', '{{.Name}}'));
  if (networks.length) ask('docker', 'network', 'rm', ...networks);
  const images = own(ask('docker', 'images', '--format', '{{.Repository}}:{{.Tag}}'));
  if (images.length) ask('docker', 'rmi', '-f', ...images.filter((image) => !image.endsWith(':<none>')));
  found.push(...[...containers, ...volumes, ...networks, ...images].sort());
  const namespaces = own(ask('ip', '-o', 'netns', 'list')).map((line) => line.split(' ')[0]!);
  for (const name of namespaces) ask('ip', 'netns', 'del', name);
  const links = own(ask('ip', '-o', 'link', 'show', 'type', 'bridge')).map((line) => line.split(': ')[1]!);
  for (const name of links) ask('ip', 'link', 'del', name);
  found.push(...namespaces, ...links);
  const mounts = lines(read('/proc/mounts')).map((line) => line.split(' ')[1]!);
  // Deepest first; what a crash left mounted may be listed twice.
  for (const mount of own(mounts).sort().reverse()) ask('umount', '-l', mount);
  rmSync(folder, { recursive: true, force: true });
  return found;
}

if (import.meta.main) {
  const [run = '', folder = ''] = process.argv.slice(2);
  const found = sweep(run, folder);
  if (found.length) console.error(`Left behind by the tests, and removed now:\n  ${found.join('\n  ')}`);
}
