import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ActionResult, type RunOptions, runAction } from './action.ts';
import { APP_IMAGE, docker, removeApp } from './app.ts';
import { EDGE_IMAGE } from './images.ts';
import { freePort } from './ports.ts';
import { ownName } from './run/id.ts';
import { started } from './run/scope.ts';

export interface ShopSettings {
  /** YAML lines of the service web, indented by four. */
  web?: string;
  /** Command of the service cache, a JavaScript expression. */
  cache?: string;
  migrate?: string;
  /** More of the file's top level. */
  top?: string;
}

/** A compose project of a test: web (the app of test/support/app), a cache in place, and a migration that ends. */
export class Shop {
  readonly name = ownName('c');
  readonly folder = mkdtempSync(join(tmpdir(), 'seatrial-shop-'));
  readonly port: number;
  readonly #removed = started(this.name, () => this.remove());

  private constructor(port: number) {
    this.port = port;
  }

  static async create(): Promise<Shop> {
    return new Shop(await freePort());
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  write(settings: ShopSettings = {}): void {
    const { web = '', cache = 'setInterval(() => {}, 1000)', migrate = "console.log('migrated')", top = '' } = settings;
    const file = `
services:
  web:
    image: ${APP_IMAGE}
    environment: { VERSION: "\${VERSION}", UNHEALTHY: "\${UNHEALTHY:-}" }
    ports: ["127.0.0.1:${this.port}:3000"]
    depends_on: { cache: { condition: service_started }, migrate: { condition: service_completed_successfully } }
    stop_grace_period: 2s
${web}
  cache:
    image: seatrial.local/node:24
    command: ["node", "-e", ${JSON.stringify(cache)}]
    restart: unless-stopped
    stop_grace_period: 0s
  migrate:
    image: seatrial.local/node:24
    command: ["node", "-e", ${JSON.stringify(migrate)}]
${top}
`;
    writeFileSync(join(this.folder, 'compose.yaml'), file);
  }

  async run(inputs: Record<string, string>, options: RunOptions = {}): Promise<ActionResult> {
    const env = { DOCKER_CONFIG: process.env.DOCKER_CONFIG, ...options.env };
    return runAction('deploy', { app: this.name, ...inputs }, { cwd: this.folder, ...options, env });
  }

  async deploy(version: string, more: Record<string, string> = {}, options: RunOptions = {}): Promise<ActionResult> {
    const { env = '', ...rest } = more;
    return this.run(
      {
        'compose-file': 'compose.yaml',
        'edge-image': EDGE_IMAGE,
        'health-path': '/healthz',
        'health-interval': '200ms',
        'healthy-after': '1',
        'deploy-timeout': '120s',
        watch: '0s',
        env: `VERSION=${version}\n${env}`,
        ...rest,
      },
      options,
    );
  }

  /** What users get now: the version, or the error. */
  async answer(path = ''): Promise<string> {
    try {
      const response = await fetch(this.url + path, {
        headers: { connection: 'close' },
        signal: AbortSignal.timeout(60_000),
      });
      return response.ok ? await response.text() : `status ${response.status}`;
    } catch (error) {
      return `no answer: ${(error as Error).name}`;
    }
  }

  /** Id of the container of a service in place; empty when there is none. */
  idOf(service: string): string {
    return docker(['ps', '-aq', '--filter', `name=^${this.name}-${service}-1$`]);
  }

  inspect(container: string, format: string): string {
    return docker(['inspect', '--format', format, container]);
  }

  remove(): void {
    this.#removed();
    const lines = (text: string) => text.split('\n').filter(Boolean);
    const project = `label=com.docker.compose.project=${this.name}`;
    const ids = lines(docker(['ps', '-aq', '--filter', project]));
    if (ids.length) docker(['rm', '-fv', ...ids]);
    removeApp(this.name);
    for (const network of lines(docker(['network', 'ls', '-q', '--filter', project])))
      docker(['network', 'rm', network]);
    for (const volume of lines(docker(['volume', 'ls', '-q', '--filter', project]))) docker(['volume', 'rm', volume]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
