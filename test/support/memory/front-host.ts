import { Duplex, Readable } from 'node:stream';
import * as tar from 'tar-stream';
import { parseStanding } from '../../../src/deploy/docker/front/standing.ts';
import type { Host } from '../../../src/deploy/docker/host.ts';
import { CLAIM_FILE, MOUNT } from '../../../src/deploy/docker/state/mount.ts';
import { type Claim, namesOf, type Standing } from '../../../src/deploy/front/claim.ts';
import { hostsOf } from '../../../src/deploy/front/domains.ts';
import {
  backendOf,
  certificateFile,
  FRONT,
  FRONT_FILE,
  FRONT_MOUNT,
  FRONT_NETWORK,
  FRONT_VOLUME,
} from '../../../src/deploy/front/names.ts';
import type { Clock } from '../../../src/lib/clock.ts';
import { type CallOptions, Engine } from '../../../src/lib/docker/engine.ts';

/*
 * A host with a front door, in memory: an engine that knows the calls the front is made with, and as much of HAProxy as
 * reads a configuration, its map and its certificates, and answers at its admin socket.
 */

/** At which call a run ends, and how; `midway` leaves half of the files that were sent. */
export interface FrontFate {
  at: number;
  how: 'die midway' | 'die after';
}

interface Box {
  id: string;
  name: string;
  running: boolean;
  labels: Record<string, string>;
  /** Volume by the folder it is mounted on. */
  mounts: Map<string, string>;
  /** Files of its own. */
  files: Map<string, string>;
  createdAt: number;
  /** Address by network. */
  networks: Map<string, string>;
  worker?: Worker;
}

/** What a HAProxy has read, and what it was told since. */
interface Worker {
  loaded: number;
  mapFile: string;
  routes: Map<string, string>;
  /** Address of the edge by backend. */
  backends: Map<string, string>;
  /** Serial of the certificate by host; none until an order is done. */
  certificates: Map<string, string>;
}

const CLAIM = `${MOUNT}/${CLAIM_FILE}`;

class Refusal extends Error {
  readonly statusCode: number;
  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

const frame = (text: string) => {
  const head = Buffer.alloc(8);
  head[0] = 1;
  head.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([head, Buffer.from(text)]);
};

export class FrontWorld {
  t = Date.parse('2026-11-30T08:00:00Z');
  readonly boxes = new Map<string, Box>();
  readonly volumes = new Map<string, Map<string, string>>();
  readonly networks = new Set<string>();
  #count = 0;

  readonly clock: Clock = {
    now: () => this.t,
    mono: () => this.t,
    sleep: async (ms) => {
      this.t += ms;
    },
  };

  find(name: string): Box | undefined {
    return this.boxes.get(name) ?? [...this.boxes.values()].find((box) => box.name === name);
  }

  volume(name: string): Map<string, string> {
    if (!this.volumes.has(name)) this.volumes.set(name, new Map());
    return this.volumes.get(name)!;
  }

  make(name: string, more: Partial<Box> = {}): Box {
    if (this.find(name)) throw new Refusal(409, `the name ${name} is taken`);
    const id = `${++this.#count}`.padStart(64, '0');
    const box: Box = {
      ...{ id, name, running: false, labels: {}, mounts: new Map(), files: new Map() },
      ...{ createdAt: this.t, networks: new Map() },
      ...more,
    };
    this.boxes.set(id, box);
    return box;
  }

  /** An app's edge, on its own network; it joins the front's by itself. */
  edge(app: string): Box {
    const labels = { 'io.seatrial.role': 'edge', 'io.seatrial.app': app };
    return this.make(`${app}-edge`, { running: true, labels });
  }

  /** What an edge keeps of its app's claim, for a front that has to be made anew. */
  keep(app: string, standing: Standing | undefined): void {
    const { files } = this.find(`${app}-edge`)!;
    if (standing) files.set(CLAIM, JSON.stringify({ format: 1, ...standing }));
    else files.delete(CLAIM);
  }

  kept(app: string): Standing | undefined {
    return parseStanding(this.find(`${app}-edge`)?.files.get(CLAIM));
  }

  /** Where a path in a container leads to. */
  files(box: Box, path: string): [Map<string, string>, string] {
    for (const [at, volume] of box.mounts) {
      if (path.startsWith(`${at}/`)) return [this.volume(volume), path.slice(at.length + 1)];
    }
    return [box.files, path];
  }

  /** HAProxy reads its configuration; its complaint where it would not start. */
  load(box: Box, file: string): Worker | string {
    const read = (path: string) => {
      const [files, name] = this.files(box, path);
      return files.get(name);
    };
    const text = read(`${FRONT_MOUNT}/${file}`);
    if (text === undefined) return `${file} not found`;
    const mapFile = /map_beg\((\S+?)\)/.exec(text)?.[1] ?? '';
    const [map, list] = [read(mapFile), read(/crt-list (\S+)/.exec(text)?.[1] ?? '')];
    if (map === undefined || list === undefined || read(`${FRONT_MOUNT}/default.pem`) === undefined) {
      return 'a file of it not found';
    }
    const lines = (all: string) => all.split('\n').filter(Boolean);
    const certificates = new Map<string, string>();
    for (const line of lines(list)) {
      const [path = '', ...hosts] = line.split(' ');
      const kept = read(path);
      if (kept === undefined && !path.startsWith(`${FRONT_MOUNT}/cert-`)) return `${path} not found`;
      for (const host of hosts) if (kept) certificates.set(host, kept);
    }
    const backends = [...text.matchAll(/^backend (\S+)$(?:\n {2}.*$)*?\n {2}server edge \S+ init-addr (\S+)/gm)];
    return {
      loaded: Number(/setenv SEATRIAL_LOADED (\d+)/.exec(text)?.[1]),
      mapFile,
      routes: new Map(lines(map).map((line) => line.split(' ') as [string, string])),
      backends: new Map(backends.map(([, name, address]) => [name!, address!])),
      certificates,
    };
  }

  /** The authority has issued what was asked for: HAProxy holds it in memory alone. */
  issue(): void {
    const worker = this.find(FRONT)?.worker;
    const [files] = this.files(this.find(FRONT)!, `${FRONT_MOUNT}/x`);
    for (const line of (files.get(`certs-${worker?.loaded}.list`) ?? '').split('\n').filter(Boolean)) {
      for (const host of line.split(' ').slice(1)) {
        if (!worker!.certificates.has(host)) worker!.certificates.set(host, `issued for ${host}`);
      }
    }
  }

  answer(worker: Worker, command: string): string {
    const [verb, ...words] = command.split(' ');
    const key = words[2] ?? '';
    if (command === 'show env SEATRIAL_LOADED') return `SEATRIAL_LOADED=${worker.loaded}\n`;
    if (verb === 'show' && words[0] === 'map') {
      if (words[1] !== worker.mapFile) return 'Unknown map identifier.\n';
      return [...worker.routes].map(([name, value], i) => `0x${i} ${name} ${value}\n`).join('');
    }
    if (words[0] === 'map' && words[1] !== worker.mapFile) return 'Unknown map identifier.\n';
    if (words[0] === 'map' && verb === 'del') worker.routes.delete(key);
    else if (words[0] === 'map') worker.routes.set(key, words[3]!);
    else if (verb === 'set' && words[2] === 'addr') {
      const backend = words[1]!.split('/')[0]!;
      if (!worker.backends.has(backend)) return 'No such backend.\n';
      worker.backends.set(backend, words[3]!);
      return 'IP changed\n';
    }
    return '\n';
  }

  /** What a command does in the front; it has no other. */
  run(box: Box, cmd: readonly string[]): { exitCode: number; text: string } {
    const script = cmd.at(-1) ?? '';
    const [files] = this.files(box, `${FRONT_MOUNT}/x`);
    const saved = /^for file in (.*); do$/m.exec(cmd[2] ?? '')?.[1];
    if (saved !== undefined) {
      for (const [host, serial] of box.worker?.certificates ?? []) {
        const path = certificateFile(host);
        if (saved.split(' ').includes(path)) files.set(path.slice(FRONT_MOUNT.length + 1), serial);
      }
      return { exitCode: 0, text: '' };
    }
    if (script.includes('haproxy -c')) {
      const loaded = this.load(box, script.split('/').at(-1)!);
      return typeof loaded === 'string' ? { exitCode: 1, text: `[ALERT] ${loaded}` } : { exitCode: 0, text: '' };
    }
    const kept = /case "\$f" in (\S+)\)/
      .exec(script)?.[1]
      ?.split('|')
      .map((one) => one.replaceAll('*', ''));
    if (!kept) throw new Refusal(500, `nobody taught it "${script}"`);
    for (const name of files.keys()) {
      if (/^(routes|certs)-/.test(name) && !kept.some((part) => name.includes(part))) files.delete(name);
    }
    return { exitCode: 0, text: '' };
  }

  start(box: Box): void {
    const loaded = this.load(box, FRONT_FILE);
    box.running = typeof loaded !== 'string';
    box.worker = typeof loaded === 'string' ? undefined : loaded;
  }

  /** Docker's DNS has told the front where the edges are. */
  resolve(): void {
    const backends = this.find(FRONT)?.worker?.backends;
    for (const { labels, networks } of this.boxes.values()) {
      const [name, address] = [backendOf(labels['io.seatrial.app'] ?? ''), networks.get(FRONT_NETWORK)];
      if (address && backends?.has(name)) backends.set(name, address);
    }
  }

  /** What is wrong with how users are led to an app; empty where all is well. */
  astray(app: string, claim: Claim): string[] {
    const front = this.find(FRONT);
    const worker = front?.running ? front.worker : undefined;
    if (!worker) return ['there is no front'];
    const found: string[] = [];
    for (const name of claim.domains) {
      const [key] = [...worker.routes.keys()]
        .filter((one) => `${name}/`.startsWith(one))
        .sort((x, y) => y.length - x.length);
      const route = key && worker.routes.get(key);
      if (route !== backendOf(app)) found.push(`${name} leads to ${route}`);
    }
    const edge = this.find(`${app}-edge`);
    const address = worker.backends.get(backendOf(app));
    if (!address || address !== edge?.networks.get(FRONT_NETWORK)) found.push(`${app} is looked for at ${address}`);
    for (const host of claim.tls === 'off' ? [] : hostsOf(namesOf(claim))) {
      if (!worker.certificates.has(host)) found.push(`${host} has no certificate`);
    }
    return found;
  }

  /** A copy to try another fate in. */
  copy(): FrontWorld {
    const other = new FrontWorld();
    const { t, boxes, volumes, networks } = structuredClone({
      t: this.t,
      boxes: this.boxes,
      volumes: this.volumes,
      networks: this.networks,
    });
    other.t = t;
    for (const [id, box] of boxes) other.boxes.set(id, box);
    for (const [name, files] of volumes) other.volumes.set(name, files);
    for (const name of networks) other.networks.add(name);
    other.#count = this.#count;
    return other;
  }
}

/** One run's engine: its calls are counted, and it dies where its fate says. */
export class MemoryEngine extends Engine {
  readonly calls: string[] = [];
  readonly #world: FrontWorld;
  readonly #fate: FrontFate | undefined;
  readonly #after: (call: string) => void;
  #die: () => void = () => undefined;
  #midway = false;
  dead = false;
  readonly died: Promise<void>;

  /** `after` is told of each call that was done. */
  constructor(world: FrontWorld, after: (call: string) => void = () => undefined, fate?: FrontFate) {
    super({ label: 'memory', socketPath: '/nowhere' });
    this.#world = world;
    this.#fate = fate;
    this.#after = after;
    this.died = new Promise((resolve) => {
      this.#die = resolve;
    });
  }

  #never(): Promise<never> {
    this.dead = true;
    this.#die();
    return new Promise(() => undefined);
  }

  override async call<T>(
    name: string,
    body: (docker: never, signal: AbortSignal) => Promise<T>,
    options?: CallOptions,
  ): Promise<T> {
    if (this.dead) return this.#never();
    this.calls.push(name);
    const fate = this.calls.length === this.#fate?.at ? this.#fate.how : undefined;
    this.#midway = fate === 'die midway';
    this.#world.t += 2;
    try {
      return await super.call(name, (_, signal) => body(this.#docker() as never, signal), options);
    } finally {
      this.#midway = false;
      if (!this.dead) this.#after(name);
      // biome-ignore lint/correctness/noUnsafeFinally: the dead say nothing.
      if (fate) return this.#never();
    }
  }

  override async ping() {
    return { apiVersion: '1.41', version: '20.10', dateMs: this.#world.t };
  }

  #docker() {
    const world = this.#world;
    return {
      createContainer: async ({ name, Labels, HostConfig }: Created) => {
        const mounts = (HostConfig?.Binds ?? []).map((line) => line.split(':').reverse() as [string, string]);
        for (const [, volume] of mounts) world.volume(volume);
        return { id: world.make(name, { labels: Labels ?? {}, mounts: new Map(mounts) }).id };
      },
      getContainer: (name: string) => this.#container(name),
      listContainers: async ({ filters }: { filters?: { label: string[] } }) =>
        [...world.boxes.values()]
          .filter(({ labels }) =>
            (filters?.label ?? []).every((line) => labels[line.split('=')[0]!] === line.split('=')[1]),
          )
          .map((box) => listed(box)),
      getNetwork: (name: string) => ({
        inspect: async () => {
          if (!world.networks.has(name)) throw new Refusal(404, 'no such network');
        },
        connect: async ({ Container }: { Container: string }) => {
          const box = world.find(Container)!;
          if (box.networks.has(name)) throw new Refusal(403, 'endpoint already exists');
          box.networks.set(name, `10.9.0.${Number(box.id)}`);
        },
        disconnect: async ({ Container }: { Container: string }) => void world.find(Container)!.networks.delete(name),
      }),
      createNetwork: async ({ Name }: { Name: string }) => void world.networks.add(Name),
      info: async () => ({ KernelVersion: '6.1.0', DefaultRuntime: 'runc' }),
      getImage: () => ({ inspect: async () => ({ Id: 'sha256:0' }) }),
    };
  }

  #container(name: string) {
    const world = this.#world;
    const box = () => {
      const found = world.find(name);
      if (!found) throw new Refusal(404, `no such container ${name}`);
      return found;
    };
    return {
      inspect: async () => inspected(box()),
      start: async () => {
        const one = box();
        if (one.mounts.has(FRONT_MOUNT)) {
          const other = [...world.boxes.values()].find((x) => x !== one && x.running && x.mounts.has(FRONT_MOUNT));
          if (other) throw new Refusal(500, 'port is already allocated');
          world.start(one);
        }
      },
      stop: async () => void Object.assign(box(), { running: false, worker: undefined }),
      kill: async ({ signal }: { signal: string }) => {
        const one = box();
        if (signal === 'SIGUSR1') Object.assign(one, { running: false, worker: undefined });
        else {
          const fresh = world.load(one, FRONT_FILE);
          // A master that can't load it goes on with the worker it has.
          if (typeof fresh !== 'string') one.worker = fresh;
        }
      },
      remove: async () => void world.boxes.delete(box().id),
      rename: async ({ name: next }: { name: string }) => {
        if (world.find(next)) throw new Refusal(409, `the name ${next} is taken`);
        box().name = next;
      },
      putArchive: async (body: Buffer, { path }: { path: string }) => {
        const sent = await unpacked(body);
        const some = this.#midway ? sent.slice(0, Math.floor(sent.length / 2)) : sent;
        for (const [file, content] of some) {
          const [files, at] = world.files(box(), `${path}/${file}`.replace('//', '/'));
          files.set(at, content);
        }
        // The engine takes a file away before it writes it anew.
        const [cut] = sent.slice(some.length);
        if (cut) {
          const [files, at] = world.files(box(), `${path}/${cut[0]}`.replace('//', '/'));
          files.delete(at);
        }
      },
      getArchive: async ({ path }: { path: string }) => {
        const [files, at] = world.files(box(), path);
        const content = files.get(at);
        if (content === undefined) throw new Refusal(404, `no ${path}`);
        const pack = tar.pack();
        pack.entry({ name: path.split('/').at(-1)! }, content);
        pack.finalize();
        return pack;
      },
      logs: async () => Buffer.alloc(0),
      exec: async ({ Cmd }: { Cmd: string[] }) => {
        let exitCode = 0;
        return {
          start: async () => {
            if (Cmd[0] === 'nc') return session(world, box());
            const done = world.run(box(), Cmd);
            ({ exitCode } = done);
            return Readable.from(done.text ? [frame(done.text)] : []);
          },
          inspect: async () => ({ ExitCode: exitCode, Running: false }),
        };
      },
    };
  }
}

interface Created {
  name: string;
  Labels?: Record<string, string>;
  HostConfig?: { Binds?: string[] };
}

const networksOf = ({ networks }: Box) => ({
  Networks: Object.fromEntries([...networks].map(([name, IPAddress]) => [name, { IPAddress }])),
});
const listed = (box: Box) => ({
  Id: box.id,
  Names: [`/${box.name}`],
  Labels: box.labels,
  State: box.running ? 'running' : 'created',
  NetworkSettings: networksOf(box),
});
const inspected = (box: Box) => ({
  Id: box.id,
  Name: `/${box.name}`,
  Created: new Date(box.createdAt).toISOString(),
  State: { Status: box.running ? 'running' : 'created', Running: box.running },
  RestartCount: 0,
  Config: { Labels: box.labels },
  NetworkSettings: networksOf(box),
});

async function unpacked(body: Buffer): Promise<[string, string][]> {
  const extract = tar.extract();
  extract.end(body);
  const found: [string, string][] = [];
  for await (const entry of extract) {
    const parts: Buffer[] = [];
    for await (const part of entry) parts.push(part as Buffer);
    found.push([entry.header.name, Buffer.concat(parts).toString('utf8')]);
  }
  return found;
}

/** HAProxy's admin socket in prompt mode, with the worker that answers at its opening. */
function session(world: FrontWorld, box: Box): Duplex {
  const { worker } = box;
  const stream = new Duplex({
    read() {},
    write(chunk: Buffer, _, done) {
      for (const line of chunk.toString('utf8').split('\n').filter(Boolean)) {
        if (worker) this.push(frame(line === 'prompt' ? '\n> ' : `${world.answer(worker, line)}\n> `));
      }
      if (!worker) this.destroy();
      done();
    },
  });
  return stream;
}

/** An app's run on such a host. */
export function frontHost(
  world: FrontWorld,
  engine: MemoryEngine,
  app: string,
  more: Record<string, string> = {},
): Host {
  const inputs = {
    'front-image': 'haproxy:3.4-alpine',
    'deploy-timeout': 120_000,
    command: 'deploy',
    ...more,
  };
  const edge = world.find(`${app}-edge`);
  const host = {
    engine,
    app,
    environment: 'production',
    label: 'memory',
    clock: world.clock,
    now: world.clock.now,
    guard: async () => undefined,
    say: () => undefined,
    login: () => ({}),
    listing: { edge: edge && listed(edge) },
    context: {
      inputs,
      actions: { warning: () => undefined, info: () => undefined },
      signal: new AbortController().signal,
    },
  };
  return host as unknown as Host;
}

/** Its files, as they are now. */
export const frontFilesOf = (world: FrontWorld) => world.volume(FRONT_VOLUME);
