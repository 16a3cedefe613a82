import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './ports.ts';
import { started } from './run/scope.ts';

export { freePort };

interface ManifestBody {
  config?: { digest: string };
  layers?: { digest: string; annotations?: Record<string, string> }[];
  annotations?: Record<string, string>;
  manifests?: { digest: string; platform?: { architecture: string } }[];
}

export interface Registry {
  /** `127.0.0.1:port`, as image names begin with it. */
  host: string;
  url: string;
  /** Tags of a repository; empty when the repository isn't there. */
  tags(repository: string): Promise<string[]>;
  repositories(): Promise<string[]>;
  manifest(repository: string, reference: string): Promise<{ digest: string; body: ManifestBody }>;
  stop(): Promise<void>;
}

const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

interface Login {
  username: string;
  htpasswd: string;
  password: string;
}

/** A registry's own way to tell who asks, and how this test asks it. */
interface Guard {
  auth: object;
  headers(): Record<string, string>;
}

/** Debian's docker-registry on a loopback port of its own, its storage in a folder that goes with it. */
export async function startRegistry(door?: Login | Guard): Promise<Registry> {
  const login = door && 'username' in door ? door : undefined;
  const guard = door && 'auth' in door ? door : undefined;
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-registry-'));
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const config = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
    http: { addr: host, secret: randomBytes(8).toString('hex') },
    ...(login ? { auth: { htpasswd: { realm: 'seatrial', path: join(folder, 'htpasswd') } } } : {}),
    ...(guard ? { auth: guard.auth } : {}),
  };
  writeFileSync(join(folder, 'config.yml'), JSON.stringify(config)); // JSON is YAML
  if (login) writeFileSync(join(folder, 'htpasswd'), `${login.username}:${login.htpasswd}\n`);
  const stopped = started('a registry', () => stop());
  const child = spawn('docker-registry', ['serve', join(folder, 'config.yml')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  const ended = new Promise<void>((done) => {
    child.once('error', (error) => {
      said += String(error);
      done();
    });
    child.once('exit', () => done());
  });
  const basic: Record<string, string> = login
    ? { authorization: `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}` }
    : {};
  const headers = () => guard?.headers() ?? basic;
  const url = `http://${host}`;
  const stop = async () => {
    stopped();
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const up = async () => {
    for (const end = Date.now() + 120_000; Date.now() < end && child.exitCode === null; ) {
      const answer = await fetch(`${url}/v2/`, { headers: headers() }).catch(() => undefined);
      if (answer?.ok) return true;
      await new Promise((done) => setTimeout(done, 25));
    }
    return false;
  };
  if (!(await up())) {
    await stop();
    throw new Error(`docker-registry did not come up: ${said}`);
  }
  const get = (path: string, accept = 'application/json') =>
    fetch(`${url}/v2/${path}`, { headers: { ...headers(), accept } });
  return {
    host,
    url,
    stop,
    async tags(repository) {
      const answer = await get(`${repository}/tags/list`);
      if (answer.status === 404) return [];
      return ((await answer.json()) as { tags: string[] | null }).tags ?? [];
    },
    async repositories() {
      return ((await (await get('_catalog')).json()) as { repositories: string[] }).repositories;
    },
    async manifest(repository, reference) {
      const answer = await get(`${repository}/manifests/${reference}`, ACCEPT);
      if (!answer.ok) throw new Error(`${repository}:${reference} answered ${answer.status}`);
      return {
        digest: answer.headers.get('docker-content-digest') ?? '',
        body: (await answer.json()) as ManifestBody,
      };
    },
  };
}
