import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../daemon.ts';
import { RUN } from '../run/id.ts';
import { started } from '../run/scope.ts';
import { cgroupsOf, hierarchies, killIn, removeAll } from './cgroups.ts';
import { files, kubeconfig, PAUSE, parts, type Site } from './config.ts';

const BINARY = process.env.SEATRIAL_KUBERNETES ?? '';

const sh = (script: string) =>
  execFileSync('sh', ['-c', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();

/** A certificate authority, the API's certificate and one for a client that is an administrator. */
function makePki(folder: string, address: string): void {
  mkdirSync(join(folder, 'pki'), { recursive: true });
  const names = `subjectAltName=IP:${address},IP:127.0.0.1,IP:10.96.0.1,DNS:kubernetes.default.svc`;
  sh(`cd '${folder}/pki'
    new() { openssl ecparam -name prime256v1 -genkey -noout -out $1.key; }
    new ca; openssl req -x509 -new -key ca.key -subj /CN=ca -days 2 -out ca.crt
    sign() { new $1; openssl req -new -key $1.key -subj "$2" -out $1.csr; printf '%s\n' "$3" >$1.ext
      openssl x509 -req -in $1.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile $1.ext -out $1.crt; }
    sign server /CN=kube-apiserver '${names}'
    sign client /O=system:masters/CN=client 'extendedKeyUsage=clientAuth'`);
}

/** The pause image of every pod: a program that waits for a signal, and nothing else. */
function ensurePause(): void {
  const have = sh(`docker image inspect ${PAUSE} >/dev/null 2>&1 && echo yes || true`);
  if (have) return;
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-pause-'));
  sh(`cd '${folder}' && cp "$(command -v busybox)" busybox &&
    printf 'FROM scratch\\nCOPY busybox /busybox\\nENTRYPOINT ["/busybox","sh","-c","trap \\\\"exit 0\\\\" TERM INT; while :; do /busybox sleep 3600 & wait; done"]\\n' >Dockerfile &&
    DOCKER_BUILDKIT=0 docker build --quiet --tag ${PAUSE} .`);
  rmSync(folder, { recursive: true });
}

/** A network that no other node of this run has: two may be up beside each other. */
function ownNet(): [tail: Buffer, net: string] {
  for (;;) {
    const tail = randomBytes(2);
    // Beside the pods' 10.244 and the services' 10.96: a node with a pod's address answers nobody.
    const net = `10.${200 + (tail[0]! % 40)}.${tail[1]!}`;
    try {
      mkdirSync(join(tmpdir(), `seatrial-net-${net}`));
      return [tail, net];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** One real node of Kubernetes on this machine, in a network namespace of its own. Needs root. */
export class Cluster {
  readonly site: Site;
  readonly token = randomBytes(16).toString('hex');
  readonly #children: [name: string, child: ChildProcess][] = [];
  readonly #stopped: () => void;

  private constructor(site: Site) {
    this.site = site;
    this.#stopped = started('a Kubernetes node', () => this.stop());
  }

  /** `images` are taken from the Docker engine. */
  static async start(images: string[]): Promise<Cluster> {
    if (!BINARY) throw new Error('SEATRIAL_KUBERNETES is not set: run script/test, or source script/env.sh');
    const [tail, net] = ownNet();
    const cluster = new Cluster({
      folder: mkdtempSync(join(tmpdir(), 'seatrial-k8s-')),
      netns: `k8s-${RUN}-${tail.toString('hex')}`,
      here: `${net}.1`,
      there: `${net}.2`,
      cgroup: `seatrial-${RUN}-${tail.toString('hex')}`,
    });
    try {
      await cluster.#up(images);
      return cluster;
    } catch (error) {
      const said = cluster.logs();
      await cluster.stop();
      throw new Error(`Kubernetes did not start:\n${said}`, { cause: error });
    }
  }

  get server(): string {
    return `https://${this.site.there}:6443`;
  }

  pki(name: string): string {
    return readFileSync(join(this.site.folder, 'pki', name), 'utf8');
  }

  /** A kubeconfig for `user`, an administrator's token by default. */
  kubeconfig(user: object = { token: this.token }, namespace?: string): string {
    return kubeconfig('lab', this.server, this.pki('ca.crt'), user, namespace);
  }

  kubectl(args: string[], input?: string): string {
    const config = join(this.site.folder, 'admin.conf');
    return execFileSync(BINARY, ['kubectl', `--kubeconfig=${config}`, ...args], {
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
      input,
      env: { PATH: process.env.PATH, HOME: this.site.folder },
    }).trim();
  }

  get #ctr(): string {
    return `ctr --address '${this.site.folder}/containerd.sock' --namespace k8s.io`;
  }

  #spawn(name: string, command: string, args: string[]): void {
    const { netns, folder } = this.site;
    const child = spawn('nsenter', [`--net=/var/run/netns/${netns}`, command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH, HOME: folder, TMPDIR: process.env.TMPDIR, SEATRIAL_TEST_RUN: RUN },
    });
    const log = createWriteStream(join(folder, `${name}.log`));
    child.stdout!.pipe(log, { end: false });
    child.stderr!.pipe(log, { end: false });
    this.#children.push([name, child]);
  }

  async #up(images: string[]): Promise<void> {
    const { site } = this;
    const { folder, netns, here, there, cgroup } = site;
    const [near, far] = [`${RUN}${netns.slice(-4)}h`, `${RUN}${netns.slice(-4)}n`];
    sh(`ip netns add ${netns}; ip link add ${near} type veth peer name ${far} netns ${netns}
      ip addr add ${here}/30 dev ${near}; ip link set ${near} up
      ip -n ${netns} addr add ${there}/30 dev ${far}; ip -n ${netns} link set ${far} up; ip -n ${netns} link set lo up
      ip -n ${netns} route add default via ${here}
      nsenter --net=/var/run/netns/${netns} sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet'`);
    for (const root of hierarchies()) mkdirSync(join(root, cgroup), { recursive: true });
    // A cpuset without a CPU takes nobody in.
    for (const file of ['cpuset.cpus', 'cpuset.mems'])
      sh(`f=/sys/fs/cgroup/cpuset; [ ! -e $f/${file} ] || cat $f/${file} >$f/${cgroup}/${file}`);
    makePki(folder, there);
    ensurePause();
    for (const [name, text] of Object.entries(files(site, this.token))) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    writeFileSync(join(folder, 'admin.conf'), this.kubeconfig());
    this.#spawn('containerd', 'containerd', ['--config', join(folder, 'containerd.toml'), '--log-level', 'warn']);
    const imported = eventually('containerd answers', async () => sh(`${this.#ctr} version`)).then(async () => {
      const load = spawn('sh', ['-c', `docker save ${[PAUSE, ...images].join(' ')} | ${this.#ctr} images import -`], {
        stdio: 'ignore',
      });
      const [code] = await once(load, 'exit');
      if (code !== 0) throw new Error('the images could not be imported');
    });
    imported.catch(() => undefined); // heard below
    for (const [part, ...args] of parts(site)) {
      this.#spawn(part, BINARY, [part, ...args]);
      if (part === 'kube-apiserver')
        await eventually(
          'the API answers',
          async () => this.kubectl(['get', '--raw', '/readyz']) === 'ok' || undefined,
        );
    }
    await imported;
    const ready = ['get', 'node', 'node-1', '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'];
    await eventually('the node is ready', async () => this.kubectl(ready) === 'True' || undefined);
    await eventually('namespaces have accounts', async () => this.kubectl(['get', 'serviceaccount', 'default']));
  }

  /** The last lines of each part. */
  logs(): string {
    return this.#children
      .map(([name]) => `== ${name}\n${sh(`tail -n 15 '${join(this.site.folder, `${name}.log`)}'`)}`)
      .join('\n');
  }

  async stop(): Promise<void> {
    this.#stopped();
    const { folder, netns, cgroup } = this.site;
    const end = async (names: (name: string) => boolean) => {
      for (const [name, child] of this.#children) {
        if (!names(name) || child.exitCode !== null || child.signalCode !== null) continue;
        const gone = once(child, 'exit');
        child.kill('SIGKILL');
        await gone;
      }
    };
    // Nobody shall start anew what is ended: the kubelet goes first, then its containers, then who looks after them.
    await end((name) => name !== 'containerd');
    const deadline = performance.now() + 60_000;
    while (killIn(cgroupsOf(cgroup)) > 0 && performance.now() < deadline) await sleep(50);
    // Then containerd has them forgotten, and each shim takes its socket away.
    const shims = () =>
      sh(`pgrep --full 'containerd-shi[m].*${folder}/containerd.sock' || true`).split('\n').filter(Boolean);
    while (shims().length && performance.now() < deadline) await sleep(50);
    await end(() => true);
    for (const pid of shims()) sh(`kill -9 ${pid} 2>/dev/null || true`);
    sh(`cut -d' ' -f2 /proc/mounts | grep '^${folder}/' | sort -r | xargs -r -n1 umount -l || true`);
    while (removeAll(cgroupsOf(cgroup)).length && performance.now() < deadline) await sleep(50);
    sh(`ip netns del ${netns} 2>/dev/null || true`);
    rmSync(folder, { recursive: true, force: true });
  }
}

// By hand: node test/support/kubernetes/cluster.ts IMAGE… keeps one up until it is interrupted.
if (import.meta.main) {
  const begun = performance.now();
  const cluster = await Cluster.start(process.argv.slice(2));
  console.log(
    `${Math.round(performance.now() - begun)} ms: ${join(cluster.site.folder, 'admin.conf')} ${cluster.site.there}`,
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => cluster.stop().then(() => process.exit(0)));
  await new Promise(() => setInterval(() => undefined, 1 << 30));
}
