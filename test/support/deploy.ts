import type { Deployment } from '../../src/lib/deployment.ts';
import { type ActionResult, type RunOptions, runAction } from './action.ts';
import { APP_IMAGE, docker, removeApp } from './app.ts';
import { EDGE_IMAGE } from './images.ts';
import { freePort } from './ports.ts';
import { ownName } from './run/id.ts';
import { started } from './run/scope.ts';

export interface History {
  current: string;
  releases: { release: string; status: string; reason: string; by: string }[];
}

export interface Deployed extends ActionResult {
  deployment: Deployment;
  history: History;
}

/** One app of a test: quick settings, a port of its own, and everything it owns removed by `remove`. */
export class TestApp {
  readonly name = ownName('t');
  readonly port: number;
  readonly #removed = started(this.name, () => removeApp(this.name));

  private constructor(port: number) {
    this.port = port;
  }

  static async create(): Promise<TestApp> {
    return new TestApp(await freePort());
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  async run(inputs: Record<string, string>, options: RunOptions = {}): Promise<Deployed> {
    const result = await runAction('deploy', { app: this.name, ...inputs }, options);
    const json = (name: string) => JSON.parse(result.outputs[name] || '{}');
    return { ...result, deployment: json('deployment'), history: json('history') };
  }

  /** A deploy of version `version` with quick health checks. */
  async deploy(version: string, more: Record<string, string> = {}, options: RunOptions = {}): Promise<Deployed> {
    const { env = '', ...rest } = more;
    return this.run(
      {
        image: APP_IMAGE,
        port: '3000',
        publish: `127.0.0.1:${this.port}`,
        'edge-image': EDGE_IMAGE,
        'health-path': '/healthz',
        'health-interval': '200ms',
        'healthy-after': '1',
        'stop-timeout': '2s',
        memory: '128m',
        watch: '0s',
        env: `VERSION=${version}\n${env}`,
        ...rest,
      },
      options,
    );
  }

  /** What users get now: the version, or the error. */
  async answer(): Promise<string> {
    try {
      const response = await fetch(this.url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(60_000) });
      return response.ok ? await response.text() : `status ${response.status}`;
    } catch (error) {
      return `no answer: ${((error as Error).cause as NodeJS.ErrnoException)?.code ?? (error as Error).name}`;
    }
  }

  containers(): string[] {
    return docker(['ps', '-a', '--filter', `label=io.seatrial.app=${this.name}`, '--format', '{{.Names}} {{.State}}'])
      .split('\n')
      .filter(Boolean);
  }

  /** Names of the app's containers in a state, without edge. */
  running(): string[] {
    return this.containers()
      .filter((line) => line.endsWith(' running') && !line.includes('-edge '))
      .map((line) => line.split(' ')[0]!);
  }

  exists(name: string): boolean {
    return this.containers().some((line) => line.startsWith(`${name} `));
  }

  remove(): void {
    removeApp(this.name);
    this.#removed();
  }
}
