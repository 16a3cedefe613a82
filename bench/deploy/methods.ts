import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runProcess } from '../../src/lib/process.ts';
import { APP_IMAGE } from '../../test/support/app.ts';
import { TestApp } from '../../test/support/deploy.ts';
import { EDGE_IMAGE } from '../../test/support/images.ts';
import { freePort } from '../../test/support/ports.ts';
import { Shop } from '../../test/support/shop.ts';

/** One way of replacing a release. `act` is what is measured; the app serves `v1` before it. */
export interface Method {
  name: string;
  setUp(env: string[]): Promise<string>;
  act(env: string[]): Promise<void>;
  tearDown(): Promise<void>;
}

/** Never the synchronous kind: the traffic lives in this process. */
async function docker(args: string[], env: Record<string, string> = {}): Promise<string> {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([, v]) => v !== undefined)) as Record<
    string,
    string
  >;
  const { exitCode, stdout, stderr } = await runProcess('docker', args, { env: { ...inherited, ...env } });
  if (exitCode !== 0) throw new Error(`docker ${args[0]}: ${stderr}`);
  return stdout.trim();
}

async function answering(url: string): Promise<void> {
  for (const end = performance.now() + 30_000; performance.now() < end; await sleep(50)) {
    const ok = await fetch(`${url}healthz`, { headers: { connection: 'close' } }).then(
      (r) => r.ok,
      () => false,
    );
    if (ok) return;
  }
  throw new Error(`${url} never answered`);
}

/** What most scripts over ssh do: stop, remove, run. */
export function recreate(): Method {
  const name = `bench${randomBytes(3).toString('hex')}`;
  let port = 0;
  const start = (env: string[]) =>
    docker(['run', '-d', '--name', name, '-p', `127.0.0.1:${port}:3000`, ...env.flatMap((e) => ['-e', e]), APP_IMAGE]);
  return {
    name: 'recreate (stop, rm, run)',
    async setUp(env) {
      port = await freePort();
      await start(env);
      await answering(`http://127.0.0.1:${port}/`);
      return `http://127.0.0.1:${port}/`;
    },
    async act(env) {
      await docker(['stop', name]);
      await docker(['rm', name]);
      await start(env);
    },
    tearDown: async () => void (await docker(['rm', '-fv', name])),
  };
}

const PROXY = `
global
  stats socket ipv4@127.0.0.1:9999 level admin
resolvers docker
  nameserver dns 127.0.0.11:53
  timeout resolve 500ms
  hold valid 1s
  hold nx 1s
  hold obsolete 1s
defaults
  mode http
  timeout connect 500ms
  timeout client 60s
  timeout server 60s
  retries 0
frontend public
  bind :8080
  default_backend app
backend app
  option httpchk GET /healthz
  default-server check inter 2s fall 1 rise 1 resolvers docker init-addr none
  server-template web 4 web:3000
`;

/**
 * The method of docker-rollout: scale to two, wait until the new container is healthy, stop and remove the old one. Its
 * usual proxy (Traefik: routes to healthy containers, learns of changes within its throttle of 2 s, tries nothing again)
 * is stood in for by HAProxy with those manners: a check each 2 s and no retry.
 */
export function rollout(): Method {
  let shop: Shop;
  let compose: (args: string[], env: string[]) => Promise<string>;
  return {
    name: "docker-rollout's method",
    async setUp(env) {
      shop = await Shop.create();
      const probe = "fetch('http://127.0.0.1:3000/healthz').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))";
      const file = {
        name: shop.name,
        services: {
          web: {
            image: APP_IMAGE,
            environment: ['VERSION', 'DELAY_MS'],
            healthcheck: { test: ['CMD', 'node', '-e', probe], interval: '1s', start_period: '5s' },
          },
          proxy: {
            image: EDGE_IMAGE,
            entrypoint: ['haproxy', '-W', '-db', '-f', '/proxy.cfg'],
            command: [],
            ports: [`127.0.0.1:${shop.port}:8080`],
            configs: [{ source: 'proxy', target: '/proxy.cfg' }],
          },
        },
        configs: { proxy: { content: PROXY.replaceAll('$', '$$$$') } },
      };
      const path = join(shop.folder, 'compose.json');
      writeFileSync(path, JSON.stringify(file));
      compose = (args, vars) =>
        docker(
          ['compose', '-f', path, ...args],
          Object.fromEntries(['DELAY_MS=0', ...vars].map((v) => v.split('=') as [string, string])),
        );
      await compose(['up', '-d'], env);
      await answering(shop.url);
      return shop.url;
    },
    async act(env) {
      const [old] = (await compose(['ps', '-q', 'web'], env)).split('\n');
      await compose(['up', '-d', '--no-deps', '--no-recreate', '--scale', 'web=2', 'web'], env);
      const fresh = (await compose(['ps', '-q', 'web'], env)).split('\n').find((id) => id !== old)!;
      while ((await docker(['inspect', '-f', '{{.State.Health.Status}}', fresh])) !== 'healthy') await sleep(1000);
      await docker(['stop', old!]);
      await docker(['rm', old!]);
    },
    tearDown: async () => shop.remove(),
  };
}

/** action-deploy, whole: the built bundle in a process of its own, as a runner starts it; or that of another `dist`. */
export function ours(name: 'blue-green' | 'canary' | 'rollback', dist?: string): Method {
  let app: TestApp;
  const settle = async (version: string, env: string[], more: Record<string, string> = {}) => {
    const result = await app.deploy(version, { env: env.join('\n'), ...more }, { dist });
    if (result.exitCode !== 0) throw new Error(result.errors.join());
  };
  const rest = (env: string[]) => env.filter((e) => !e.startsWith('VERSION='));
  return {
    name: `${dist ? 'other bundles' : 'action-deploy'}: ${name}`,
    async setUp(env) {
      app = await TestApp.create();
      await settle('v1', rest(env));
      if (name === 'rollback') await settle('v0', rest(env));
      await answering(app.url);
      return app.url;
    },
    async act(env) {
      if (name === 'blue-green') return settle('v2', rest(env), { watch: '1s' });
      if (name === 'canary')
        return settle('v2', rest(env), { strategy: 'canary', 'canary-steps': '5%:1s,25%:1s,100%:1s' });
      const result = await app.run({ command: 'rollback' }, { dist });
      if (result.exitCode !== 0) throw new Error(result.errors.join());
    },
    tearDown: async () => app.remove(),
  };
}
