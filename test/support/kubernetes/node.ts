import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../daemon.ts';
import { RUN } from '../run/id.ts';
import { cgroupsOf, hierarchies, killIn, removeAll } from './cgroups.ts';
import { files, PAUSE, type Site, workers } from './config.ts';

const BINARY = process.env.SEATRIAL_KUBERNETES ?? '';

export const sh = (script: string) =>
  execFileSync('sh', ['-c', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();

/** One node: containerd, kubelet and kube-proxy in a network namespace and a branch of the cgroups of its own. */
export class Node {
  readonly site: Site;
  readonly #children: [name: string, child: ChildProcess][] = [];

  constructor(site: Site) {
    this.site = site;
  }

  get #netns(): string {
    return `/var/run/netns/${this.site.netns}`;
  }

  get #cable() {
    const name = `${RUN}${this.site.netns.slice(-4)}`;
    return { near: `${name}h`, far: `${name}n` };
  }

  /** A program in the node's network; its output goes to `<name>.log` in the node's folder. */
  spawn(name: string, command: string, args: string[]): ChildProcess {
    const { folder } = this.site;
    const child = spawn('nsenter', [`--net=${this.#netns}`, command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, HOME: folder, TMPDIR: process.env.TMPDIR, SEATRIAL_TEST_RUN: RUN },
    });
    const log = createWriteStream(join(folder, `${name}.log`), { flags: 'a' });
    child.stdout!.pipe(log, { end: false });
    child.stderr!.pipe(log, { end: false });
    this.#children.push([name, child]);
    return child;
  }

  /** The namespace, with a cable from `from` (the machine itself, or the network of another node) and its files. */
  prepare(admin: string, from?: Site): void {
    const { site } = this;
    const { folder, netns, here, there, cgroup } = site;
    const { near, far } = this.#cable;
    const at = from ? `-n ${from.netns}` : '';
    sh(`ip netns add ${netns}; ip ${at} link add ${near} type veth peer name ${far} netns ${netns}
      ip ${at} addr add ${here}/30 dev ${near}; ip ${at} link set ${near} up
      ip -n ${netns} addr add ${there}/30 dev ${far}; ip -n ${netns} link set ${far} up; ip -n ${netns} link set lo up
      ip -n ${netns} route add default via ${here}
      nsenter --net=${this.#netns} sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet'`);
    // The machine reaches the others through the first, and so do they each other.
    if (from) sh(`ip ${at} route add ${site.pods} via ${there}; ip route add ${there}/32 via ${from.there}`);
    for (const root of hierarchies()) mkdirSync(join(root, cgroup), { recursive: true });
    // A cpuset without a CPU takes nobody in.
    for (const file of ['cpuset.cpus', 'cpuset.mems'])
      sh(`f=/sys/fs/cgroup/cpuset; [ ! -e $f/${file} ] || cat $f/${file} >$f/${cgroup}/${file}`);
    for (const [name, text] of Object.entries({ ...files(site), 'admin.conf': admin })) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
  }

  get #ctr(): string {
    return `ctr --address '${this.site.folder}/containerd.sock' --namespace k8s.io`;
  }

  startContainerd(): void {
    const { folder } = this.site;
    this.spawn('containerd', 'containerd', ['--config', join(folder, 'containerd.toml'), '--log-level', 'warn']);
  }

  /** Images of the Docker engine, as this node has them from then on. */
  async import(images: readonly string[]): Promise<void> {
    await eventually('containerd answers', async () => sh(`${this.#ctr} version`));
    const load = spawn('sh', ['-c', `docker save ${[PAUSE, ...images].join(' ')} | ${this.#ctr} images import -`], {
      stdio: 'ignore',
    });
    const [code] = await once(load, 'exit');
    if (code !== 0) throw new Error('the images could not be imported');
  }

  forget(image: string): void {
    sh(`${this.#ctr} images rm --sync ${image}`);
  }

  startWorkers(): void {
    for (const [part, ...args] of workers(this.site)) this.spawn(part, BINARY, [part, ...args]);
  }

  /** Its cable is drawn, as when its power is off; or put in again. */
  wire(connected: boolean): void {
    const { netns } = this.site;
    const { far } = this.#cable;
    sh(`ip -n ${netns} link set ${far} ${connected ? 'up' : 'down'}`);
    if (connected) sh(`ip -n ${netns} route replace default via ${this.site.here}`);
  }

  /** Ends parts of it, as `kill -9` does. */
  async end(names: (name: string) => boolean): Promise<void> {
    for (const [name, child] of this.#children) {
      if (!names(name) || child.exitCode !== null || child.signalCode !== null) continue;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
  }

  /** Kubelet and all containers die at once; its address still answers that nobody is there. */
  async crash(): Promise<void> {
    await this.end((name) => name === 'kubelet' || name === 'kube-proxy' || name === 'containerd');
    killIn(cgroupsOf(this.site.cgroup));
  }

  /** The last lines of each part. */
  logs(): string {
    return this.#children
      .map(([name]) => `== ${this.site.name} ${name}\n${sh(`tail -n 15 '${join(this.site.folder, `${name}.log`)}'`)}`)
      .join('\n');
  }

  async stop(): Promise<void> {
    const { folder, netns, cgroup } = this.site;
    // Nobody shall start anew what is ended: the kubelet goes first, then its containers, then who looks after them.
    await this.end((name) => name !== 'containerd');
    const deadline = performance.now() + 60_000;
    while (killIn(cgroupsOf(cgroup)) > 0 && performance.now() < deadline) await sleep(50);
    // Then containerd has them forgotten, and each shim takes its socket away.
    const shims = () =>
      sh(`pgrep --full 'containerd-shi[m].*${folder}/containerd.sock' || true`).split('\n').filter(Boolean);
    const live = this.#children.some(
      ([name, child]) => name === 'containerd' && child.exitCode === null && child.signalCode === null,
    );
    while (live && shims().length && performance.now() < deadline) await sleep(50);
    await this.end(() => true);
    for (const pid of shims()) sh(`kill -9 ${pid} 2>/dev/null || true`);
    sh(`cut -d' ' -f2 /proc/mounts | grep '^${folder}/' | sort -r | xargs -r -n1 umount -l || true`);
    while (removeAll(cgroupsOf(cgroup)).length && performance.now() < deadline) await sleep(50);
    sh(`ip netns del ${netns} 2>/dev/null || true`);
  }
}
