import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { eventually } from '../daemon.ts';
import { RUN } from '../run/id.ts';
import { started } from '../run/scope.ts';
import { kubeconfig, MORE_CONTROLLERS, PAUSE, rulers, type Site } from './config.ts';
import { Node, sh } from './node.ts';

const BINARY = process.env.SEATRIAL_KUBERNETES ?? '';

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

interface ClusterOptions {
  /** Beside the first, which also rules. */
  nodes?: number;
  /** Autoscalers, volumes and the eviction from nodes that are gone work too. */
  whole?: boolean;
}

/** Real nodes of Kubernetes on this machine, each in a network namespace of its own. Needs root. */
export class Cluster {
  readonly nodes: Node[];
  readonly token = randomBytes(16).toString('hex');
  readonly #options: ClusterOptions;
  readonly #stopped: () => void;

  private constructor(sites: Site[], options: ClusterOptions) {
    this.nodes = sites.map((site) => new Node(site));
    this.#options = options;
    this.#stopped = started('a cluster of Kubernetes', () => this.stop());
  }

  /** `images` are taken from the Docker engine, by every node. */
  static async start(images: string[], options: ClusterOptions = {}): Promise<Cluster> {
    if (!BINARY) throw new Error('SEATRIAL_KUBERNETES is not set: run script/test, or source script/env.sh');
    const [tail, net] = ownNet();
    const folder = mkdtempSync(join(tmpdir(), 'seatrial-k8s-'));
    const word = tail.toString('hex');
    const site = (n: number): Site => ({
      name: `node-${n}`,
      folder: n === 1 ? folder : join(folder, `node-${n}`),
      netns: `k8s-${RUN}-${word}${n}`,
      here: `${net}.${4 * n - 3}`,
      there: `${net}.${4 * n - 2}`,
      pods: `10.244.${n - 1}.0/24`,
      cgroup: `seatrial-${RUN}-${word}-${n}`,
    });
    const sites = Array.from({ length: options.nodes ?? 1 }, (_, i) => site(i + 1));
    const cluster = new Cluster(sites, options);
    try {
      await cluster.#up(images);
      return cluster;
    } catch (error) {
      const said = cluster.logs();
      await cluster.stop();
      throw new Error(`Kubernetes did not start:\n${said}`, { cause: error });
    }
  }

  get first(): Node {
    return this.nodes[0]!;
  }

  get site(): Site {
    return this.first.site;
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
      env: { PATH: process.env.PATH, HOME: this.site.folder, GOGC: process.env.GOGC },
    }).trim();
  }

  async #startRuler([part, ...args]: string[]): Promise<void> {
    this.first.spawn(part!, BINARY, [part!, ...args]);
    if (part !== 'kube-apiserver') return;
    await eventually('the API answers', async () => this.kubectl(['get', '--raw', '/readyz']) === 'ok' || undefined);
  }

  get #rulers() {
    return rulers(this.site, this.#options.whole ? MORE_CONTROLLERS : '');
  }

  /** One of those that rule is gone for a while, as in an upgrade. */
  async restart(part: 'etcd' | 'kube-apiserver', away: () => Promise<void>): Promise<void> {
    await this.first.end((name) => name === part);
    await away();
    await this.#startRuler(this.#rulers.find(([name]) => name === part)!);
  }

  async #up(images: string[]): Promise<void> {
    const { first, site } = this;
    makePki(site.folder, site.there);
    ensurePause();
    writeFileSync(join(site.folder, 'tokens.csv'), `${this.token},admin,admin,"system:masters"\n`);
    for (const node of this.nodes) {
      node.prepare(this.kubeconfig(), node === first ? undefined : site);
      node.startContainerd();
    }
    const imported = Promise.all(this.nodes.map((node) => node.import(images)));
    imported.catch(() => undefined); // heard below
    for (const part of this.#rulers) await this.#startRuler(part);
    for (const node of this.nodes) node.startWorkers();
    await imported;
    for (const node of this.nodes) {
      const { name } = node.site;
      const ready = ['get', 'node', name, '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'];
      await eventually(`${name} is ready`, async () => this.kubectl(ready) === 'True' || undefined);
    }
    await eventually('namespaces have accounts', async () => this.kubectl(['get', 'serviceaccount', 'default']));
  }

  logs(): string {
    return this.nodes.map((node) => node.logs()).join('\n');
  }

  async stop(): Promise<void> {
    this.#stopped();
    for (const node of [...this.nodes].reverse()) await node.stop();
    rmSync(this.site.folder, { recursive: true, force: true });
  }
}

// By hand: node test/support/kubernetes/cluster.ts [--nodes=3] [--whole] IMAGE… keeps one up until it is interrupted.
if (import.meta.main) {
  const begun = performance.now();
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { nodes: { type: 'string', default: '1' }, whole: { type: 'boolean', default: false } },
  });
  const cluster = await Cluster.start(positionals, { nodes: Number(values.nodes), whole: values.whole });
  console.log(
    `${Math.round(performance.now() - begun)} ms: ${join(cluster.site.folder, 'admin.conf')} ${cluster.site.there}`,
  );
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => cluster.stop().then(() => process.exit(0)));
  await new Promise(() => setInterval(() => undefined, 1 << 30));
}
