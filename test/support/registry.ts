import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from './daemon.ts';
import { NODE_IMAGE } from './images.ts';
import { freePort } from './ports.ts';
import { RUN } from './run/id.ts';
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

const configOf = (host: string, folder: string, auth?: object) =>
  // JSON is YAML.
  JSON.stringify({
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
    http: { addr: host, secret: randomBytes(8).toString('hex') },
    ...(auth ? { auth } : {}),
  });

async function up(url: string, headers: () => Record<string, string>, alive: () => boolean): Promise<boolean> {
  for (const end = Date.now() + 120_000; Date.now() < end && alive(); ) {
    const answer = await fetch(`${url}/v2/`, { headers: headers() }).catch(() => undefined);
    if (answer?.ok) return true;
    await new Promise((done) => setTimeout(done, 25));
  }
  return false;
}

/** Debian's docker-registry on a loopback port of its own, its storage in a folder that goes with it. */
export async function startRegistry(door?: Login | Guard): Promise<Registry> {
  const login = door && 'username' in door ? door : undefined;
  const guard = door && 'auth' in door ? door : undefined;
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-registry-'));
  const host = `127.0.0.1:${await freePort()}`;
  const htpasswd = { htpasswd: { realm: 'seatrial', path: join(folder, 'htpasswd') } };
  writeFileSync(join(folder, 'config.yml'), configOf(host, folder, guard?.auth ?? (login && htpasswd)));
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
  const stop = async () => {
    stopped();
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  if (!(await up(`http://${host}`, headers, () => child.exitCode === null))) {
    await stop();
    throw new Error(`docker-registry did not come up: ${said}`);
  }
  return asked(host, headers, stop);
}

/** Where this run's own registry is: in its folder, so that every file finds it, and what ends the run too. */
const SHARED = join(process.env.SEATRIAL_TEST_FOLDER ?? tmpdir(), `registry-${RUN}`);

/**
 * The one registry of this run. The engine packs a layer anew for each registry, and Node's takes it five seconds: whoever
 * comes first starts this one and pushes that layer. It ends with the run. Repositories in it bear the name of an app of
 * the test's own.
 */
export async function sharedRegistry(): Promise<Registry> {
  const known = join(SHARED, 'host');
  try {
    mkdirSync(SHARED);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const host = await eventually('the registry of this run', async () => readFileSync(known, 'utf8'));
    return asked(host);
  }
  const host = `127.0.0.1:${await freePort()}`;
  writeFileSync(join(SHARED, 'config.yml'), configOf(host, SHARED));
  const child = spawn('docker-registry', ['serve', join(SHARED, 'config.yml')], { stdio: 'ignore', detached: true });
  child.unref();
  writeFileSync(join(SHARED, 'pid'), String(child.pid));
  if (
    !(await up(
      `http://${host}`,
      () => ({}),
      () => child.exitCode === null,
    ))
  )
    throw new Error('docker-registry did not come up');
  const node = `${host}/node:24`;
  for (const words of [
    ['tag', NODE_IMAGE, node],
    ['push', '--quiet', node],
    ['rmi', node],
  ])
    await promisify(execFile)('docker', words);
  writeFileSync(`${known}.new`, host);
  renameSync(`${known}.new`, known);
  return asked(host);
}

/** When all files have run; answers when it is gone. */
export function endSharedRegistry(): void {
  try {
    const pid = Number(readFileSync(join(SHARED, 'pid'), 'utf8'));
    process.kill(pid, 'SIGKILL');
    for (let tries = 0; tries < 250; tries++) {
      process.kill(pid, 0);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  } catch (error) {
    if (!['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** What a test asks of one. */
function asked(host: string, headers: () => Record<string, string> = () => ({}), stop = async () => {}): Registry {
  const url = `http://${host}`;
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
