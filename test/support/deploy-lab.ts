import { Agent, request } from 'undici';
import { type ActionResult, type RunOptions, runAction } from './action.ts';
import { docker, removeApp } from './app.ts';
import { type EngineProxy, startEngineProxy } from './chaos-proxy.ts';
import { ENGINE_SOCKET } from './engine.ts';
import { EDGE_IMAGE, NODE_IMAGE } from './images.ts';
import { freePort } from './ports.ts';
import { ownName } from './run/id.ts';
import { started } from './run/scope.ts';
import type { SecondEngine } from './second-engine.ts';
import { startTraffic } from './traffic.ts';

/** An app in one line: tells its version and how often its health was asked; SICK makes it fail its probe, `/crash/VERSION` end. */
const SERVER = [
  "const http=require('node:http');let probed=0;const {VERSION,SICK,BOOT}=process.env;",
  "const s=http.createServer((q,r)=>{r.setHeader('x-version',VERSION);",
  "if(q.url==='/healthz'){if(SICK){r.statusCode=500;return r.end('sick')}probed++;return r.end('ok')}",
  "if(q.url==='/crash/'+VERSION)process.exit(3);r.setHeader('x-probed',probed);r.end(VERSION)});",
  'setTimeout(()=>s.listen(8080),Number(BOOT||0));',
  "process.on('SIGTERM',()=>{s.close(()=>process.exit(0));s.closeIdleConnections()});",
].join('');

/** The command of the app's containers, as the input `args`. */
export const APP_ARGS = `node\n-e\n${SERVER}`;

export interface SeenContainer {
  id: string;
  name: string;
  state: string;
  role: string;
  release: string;
}

interface HistoryOutput {
  current: string;
  releases: { release: string; status: string }[];
  hosts?: Record<string, HistoryOutput>;
}

/** One engine the app runs on, and how users get to what it publishes. */
interface Site {
  socket: string;
  proxy: EngineProxy;
  /** Leads into the engine's own network, where it has one. */
  door?: string;
}

/** One app of its own on one or two engines, reached through proxies that can do harm. */
export class Lab {
  readonly app = ownName('lab');
  readonly port: number;
  readonly #sites: Site[];
  readonly #closed = started(this.app, () => this.close());

  private constructor(port: number, sites: Site[]) {
    this.port = port;
    this.#sites = sites;
  }

  static async open(second?: SecondEngine): Promise<Lab> {
    const port = await freePort();
    const proxy = await startEngineProxy();
    const sites: Site[] = [{ socket: ENGINE_SOCKET, proxy }];
    if (second) {
      const socket = second.host.slice('unix://'.length);
      sites.push({ socket, proxy: await startEngineProxy(socket, proxy), door: await second.door(port) });
    }
    return new Lab(port, sites);
  }

  /** On the second engine alone, which may be harmed as this machine's may not. */
  static async on(second: SecondEngine): Promise<Lab> {
    const port = await freePort();
    const socket = second.host.slice('unix://'.length);
    return new Lab(port, [{ socket, proxy: await startEngineProxy(socket), door: await second.door(port) }]);
  }

  /** Counts the calls to all engines; its faults hold for all. */
  get proxy(): EngineProxy {
    return this.#sites[0]!.proxy;
  }

  get hosts(): string[] {
    return this.#sites.map(({ proxy }) => proxy.host);
  }

  /** Runs a command of action-deploy through the proxies. */
  async run(command: string, inputs: Record<string, string> = {}, options: RunOptions = {}): Promise<ActionResult> {
    return runAction(
      'deploy',
      { command, app: this.app, hosts: this.hosts.join('\n'), ...inputs },
      {
        ...options,
        onStart: (child) => {
          this.proxy.victim = child;
          options.onStart?.(child);
        },
      },
    );
  }

  /** Inputs of a quick deploy of `version`. */
  inputs(version: string, more: Record<string, string> = {}): Record<string, string> {
    const { env = '', ...rest } = more;
    return {
      image: NODE_IMAGE,
      args: APP_ARGS,
      port: '8080',
      publish: `127.0.0.1:${this.port}`,
      'edge-image': EDGE_IMAGE,
      memory: '128m',
      'health-path': '/healthz',
      'health-interval': '200ms',
      'healthy-after': '1',
      'stop-timeout': '2s',
      'drain-timeout': '1s',
      watch: '0s',
      'keep-releases': '2',
      env: `VERSION=${version}\n${env}`,
      ...rest,
    };
  }

  deploy(version: string, more: Record<string, string> = {}, options: RunOptions = {}): Promise<ActionResult> {
    return this.run('deploy', this.inputs(version, more), options);
  }

  /** Who answers at the front doors now: `times` requests to each, each on a connection of its own. */
  async front(times = 6): Promise<string[]> {
    const seen: string[] = [];
    for (const { door } of this.#sites) {
      const dispatcher = new Agent({ pipelining: 0, ...(door ? { connect: { socketPath: door } } : {}) });
      for (let i = 0; i < times; i++) {
        try {
          const answer = await request(`http://127.0.0.1:${this.port}/`, { dispatcher, headersTimeout: 60_000 });
          const text = await answer.body.text();
          seen.push(answer.statusCode === 200 ? text : `status ${answer.statusCode}`);
        } catch (error) {
          seen.push(`no answer: ${(error as NodeJS.ErrnoException).code ?? error}`);
        }
      }
      await dispatcher.close();
    }
    return seen;
  }

  /** Steady load that takes an answer for unfit when its version was never asked for its health before. */
  traffic(rate = 40): { stop(): Promise<string[]> } {
    const unfit = (headers: Record<string, unknown>) =>
      Number(headers['x-probed']) > 0 ? undefined : `${headers['x-version']} was never probed`;
    const streams = this.#sites.map(({ door }) =>
      startTraffic(`http://127.0.0.1:${this.port}/`, { rate, reuse: false, socketPath: door, unfit }),
    );
    return {
      /** What users met that they should not have. */
      stop: async () => {
        const all = await Promise.all(streams.map((stream) => stream.stop()));
        return all
          .filter((seen) => seen.lost || seen.errors5xx || seen.unfit)
          .map((seen) => `of ${seen.sent} users ${seen.errors5xx} met 5xx, ${JSON.stringify([...seen.reasons])}`);
      },
    };
  }

  /** The version that a release's containers were made with. */
  versionOf(release: string): string {
    for (const site of this.#sites) {
      const container = this.#seen(site).find((c) => c.role === 'app' && c.release === release);
      if (!container) continue;
      const env = docker(['-H', `unix://${site.socket}`, 'inspect', '--format', '{{json .Config.Env}}', container.id]);
      return (JSON.parse(env) as string[]).find((line) => line.startsWith('VERSION='))!.slice('VERSION='.length);
    }
    return `no container of ${release}`;
  }

  #seen({ socket }: Site): SeenContainer[] {
    const format = '{{.ID}}\t{{.Names}}\t{{.State}}\t{{.Label "io.seatrial.role"}}\t{{.Label "io.seatrial.release"}}';
    const filter = `label=io.seatrial.app=${this.app}`;
    const args = ['-H', `unix://${socket}`, 'ps', '--all', '--no-trunc', '--filter', filter, '--format', format];
    return docker(args)
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const [id = '', name = '', state = '', role = '', release = ''] = line.split('\t');
        return { id, name, state, role, release };
      });
  }

  /** Everything of the app on all its engines. */
  containers(): SeenContainer[] {
    return this.#sites.flatMap((site) => this.#seen(site));
  }

  /** What is wrong with the state a finished command left; empty when all is in order. */
  faults(result: ActionResult): string[] {
    const history = JSON.parse(result.outputs.history ?? '{}') as HistoryOutput;
    return this.#sites.flatMap((site, i) => {
      const own = history.hosts?.[site.proxy.host] ?? history;
      const found = faultsOf(own, this.#seen(site));
      if (own.current !== history.current) found.push(`current is ${own.current}, and elsewhere ${history.current}`);
      return i ? found.map((fault) => `second host: ${fault}`) : found;
    });
  }

  async close(): Promise<void> {
    this.#closed();
    for (const site of [...this.#sites].reverse()) {
      await site.proxy.close();
      removeApp(this.app, site.socket);
    }
  }
}

/** A lab for one test, closed whatever becomes of it. */
export async function inLab(body: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = await Lab.open();
  try {
    await body(lab);
  } finally {
    await lab.close();
  }
}

/** What a finished command must not leave on an engine. */
function faultsOf(history: HistoryOutput, containers: readonly SeenContainer[]): string[] {
  const found: string[] = [];
  const count = (role: string) => containers.filter((c) => c.role === role).length;
  if (count('lock')) found.push('a lock is left');
  if (count('hook')) found.push('a hook container is left');
  if (count('edge') !== 1) found.push(`${count('edge')} edges`);
  const status = new Map(history.releases.map((r) => [r.release, r.status]));
  if (status.size !== history.releases.length) found.push('a release is in the history twice');
  if (status.get(history.current) !== 'good')
    found.push(`current ${history.current} is ${status.get(history.current)}`);
  for (const [release, word] of status) if (word === 'pending') found.push(`${release} is still pending`);
  const apps = containers.filter((c) => c.role === 'app');
  for (const { name, release, state } of apps) {
    if (!status.has(release)) found.push(`${name} is of no release in the history`);
    if (state === 'created') found.push(`${name} was created and never started`);
    // One that was rolled back stays warm for a while; a bad one has no business to run.
    if (state === 'running' && status.get(release) === 'bad') found.push(`${name} runs and is bad`);
  }
  const running = new Set(apps.filter((c) => c.state === 'running').map((c) => c.release));
  if (running.size > 2) found.push(`${running.size} releases run`);
  if (!running.has(history.current)) found.push('the current release does not run');
  return found;
}
