import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { type ActionResult, type RunOptions, runAction } from './action.ts';
import { type EngineProxy, type Fault, startEngineProxy } from './chaos-proxy.ts';
import { freePort } from './deploy.ts';
import { EDGE_IMAGE, NODE_IMAGE } from './images.ts';
import { startTraffic } from './traffic.ts';

/** An app in one line: tells its version and how often its health was asked; SICK makes it fail its probe. */
const SERVER = [
  "const http=require('node:http');let probed=0;const {VERSION,SICK,BOOT,CRASH}=process.env;",
  "const s=http.createServer((q,r)=>{r.setHeader('x-version',VERSION);",
  "if(q.url==='/healthz'){if(SICK){r.statusCode=500;return r.end('sick')}probed++;return r.end('ok')}",
  "r.setHeader('x-probed',probed);r.end(VERSION)});",
  'setTimeout(()=>s.listen(8080),Number(BOOT||0));',
  'if(CRASH)setTimeout(()=>process.exit(3),Number(CRASH));',
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
  app: string;
  current: string;
  releases: { release: string; status: string; image: string }[];
}

/** One app of its own on one engine, reached through a proxy that can do harm. */
export class Lab {
  readonly app = `lab-${randomBytes(4).toString('hex')}`;
  readonly proxy: EngineProxy;
  readonly port: number;
  #socket: string;

  private constructor(proxy: EngineProxy, port: number, socket: string) {
    this.proxy = proxy;
    this.port = port;
    this.#socket = socket;
  }

  static async open(socket = '/var/run/docker.sock'): Promise<Lab> {
    return new Lab(await startEngineProxy(socket), await freePort(), socket);
  }

  docker(...args: string[]): string {
    return execFileSync('docker', ['-H', `unix://${this.#socket}`, ...args], { encoding: 'utf8' }).trim();
  }

  /** Runs a command of action-deploy through the proxy. */
  async run(command: string, inputs: Record<string, string> = {}, options: RunOptions = {}): Promise<ActionResult> {
    return runAction(
      'deploy',
      { command, app: this.app, hosts: this.proxy.host, ...inputs },
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
      'health-interval': '100ms',
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

  /** Does `fault` to the n-th call of the next command. */
  harm(n: number, fault: Fault): void {
    this.proxy.reset();
    this.proxy.fault = (call) => (call.n === n ? fault : undefined);
  }

  /** Who answers at the front door now; each of `times` requests on a connection of its own. */
  async front(times = 6): Promise<string[]> {
    const seen: string[] = [];
    for (let i = 0; i < times; i++) {
      const answer = await request(`http://127.0.0.1:${this.port}/`, { reset: true, headersTimeout: 5000 });
      const text = await answer.body.text();
      seen.push(answer.statusCode === 200 ? text : `status ${answer.statusCode}`);
    }
    return seen;
  }

  /** Steady load that takes an answer for unfit when its version was never asked for its health before. */
  traffic(rate = 40) {
    return startTraffic(`http://127.0.0.1:${this.port}/`, {
      rate,
      reuse: false,
      unfit: (headers) => (Number(headers['x-probed']) > 0 ? undefined : `${headers['x-version']} was never probed`),
    });
  }

  /** The version that a release's containers were made with. */
  versionOf(release: string): string {
    const container = this.containers().find((c) => c.role === 'app' && c.release === release);
    if (!container) return `no container of ${release}`;
    const env = this.docker('inspect', '--format', '{{json .Config.Env}}', container.id);
    return (JSON.parse(env) as string[]).find((line) => line.startsWith('VERSION='))?.slice('VERSION='.length) ?? '';
  }

  containers(): SeenContainer[] {
    const format = '{{.ID}}\t{{.Names}}\t{{.State}}\t{{.Label "io.seatrial.role"}}\t{{.Label "io.seatrial.release"}}';
    const text = this.docker(
      'ps',
      '--all',
      '--no-trunc',
      '--filter',
      `label=io.seatrial.app=${this.app}`,
      '--format',
      format,
    );
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const [id = '', name = '', state = '', role = '', release = ''] = line.split('\t');
        return { id, name, state, role, release };
      });
  }

  /** What is wrong with the state a finished command left; empty when all is in order. */
  async faults(result: ActionResult): Promise<string[]> {
    const found: string[] = [];
    const history = JSON.parse(result.outputs.history ?? '{}') as HistoryOutput;
    const containers = this.containers();
    const count = (role: string) => containers.filter((c) => c.role === role).length;
    if (count('lock')) found.push('a lock is left');
    if (count('hook')) found.push('a hook container is left');
    if (count('edge') !== 1) found.push(`${count('edge')} edges`);
    const status = new Map(history.releases.map((r) => [r.release, r.status]));
    if (status.get(history.current) !== 'good')
      found.push(`current ${history.current} is ${status.get(history.current)}`);
    for (const [release, word] of status) if (word === 'pending') found.push(`${release} is still pending`);
    const apps = containers.filter((c) => c.role === 'app');
    for (const c of apps) {
      if (!status.has(c.release)) found.push(`${c.name} is of no release in the history`);
      if (c.state === 'created') found.push(`${c.name} was created and never started`);
      // One that was rolled back stays warm for a while; a bad one has no business to run.
      if (c.state === 'running' && status.get(c.release) === 'bad') found.push(`${c.name} runs and is bad`);
    }
    const running = new Set(apps.filter((c) => c.state === 'running').map((c) => c.release));
    if (running.size > 2) found.push(`${running.size} releases run`);
    if (!running.has(history.current)) found.push('the current release does not run');
    if (new Set(history.releases.map((r) => r.release)).size !== history.releases.length)
      found.push('a release is in the history twice');
    return found;
  }

  async close(): Promise<void> {
    await this.proxy.close();
    // A command that was killed a moment ago may have left the engine at work on a container.
    for (let tries = 0; tries < 5; tries++) {
      const ids = this.containers().map((c) => c.id);
      if (!ids.length) break;
      try {
        this.docker('rm', '--force', '--volumes', ...ids);
      } catch {
        await sleep(300); // removal in progress elsewhere: looked at again
      }
    }
    const own = (kind: string) =>
      this.docker(kind, 'ls', '--quiet', '--filter', `name=${this.app}`).split('\n').filter(Boolean);
    for (const id of own('network')) this.docker('network', 'rm', id);
    for (const id of own('volume')) this.docker('volume', 'rm', id);
  }
}
