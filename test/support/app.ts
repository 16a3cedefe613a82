import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ensureImages } from './images.ts';

const sources = ['Dockerfile', 'server.mjs'].map((name) => readFileSync(new URL(`app/${name}`, import.meta.url)));
/** The image of test/support/app: an HTTP server on 3000 with faults to switch on. Its tag is what it is made of. */
export const APP_IMAGE = `seatrial.local/test-app:${createHash('sha256').update(Buffer.concat(sources)).digest('hex').slice(0, 12)}`;

const docker = (args: string[]) =>
  execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();

export { docker };

export function buildApp(): void {
  ensureImages('node', 'edge');
  // Two dozen files need it; a build that finds all in its cache still packs, sends and unpacks what it is made of.
  if (spawnSync('docker', ['image', 'inspect', APP_IMAGE], { stdio: 'ignore' }).status === 0) return;
  execFileSync('docker', ['build', '--quiet', '--tag', APP_IMAGE, 'test/support/app'], {
    env: { ...process.env, DOCKER_BUILDKIT: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/** Puts a file into a container, whether it runs or not. */
export function putFile(container: string, folder: string, name: string, text: string): void {
  const pack = 'd=$(mktemp -d); cat > "$d/$1"; tar -C "$d" -c "$1"; rm -r "$d"';
  const tar = execFileSync('sh', ['-c', pack, 'sh', name], { input: text });
  execFileSync('docker', ['cp', '-', `${container}:${folder}`], { input: tar, stdio: ['pipe', 'ignore', 'pipe'] });
}

/** Makes the app of a container crash: from within, since a kill by the engine is no crash to its restart policy. */
export function crash(container: string): void {
  const { status, stderr } = spawnSync('docker', ['exec', container, 'node', '-e', "process.kill(1, 'SIGHUP')"], {
    encoding: 'utf8',
  });
  // 137: it was gone before the command had told its end.
  if (status !== 0 && status !== 137) throw new Error(`docker exec ${container}: ${status} ${stderr}`);
}

const lines = (text: string) => text.split('\n').filter(Boolean);

/**
 * Removes everything an app of a test owns, by its label and names. A command that was killed a moment ago may have left
 * the engine at work on a container, and a busy engine lets go of a network late: then it is tried again.
 */
export function removeApp(app: string, socket?: string): void {
  for (let tries = 1; ; tries++) {
    try {
      removeOnce(app, socket);
      return;
    } catch (error) {
      if (tries === 20) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    }
  }
}

function removeOnce(app: string, socket?: string): void {
  const on = socket ? ['-H', `unix://${socket}`] : [];
  const ids = lines(docker([...on, 'ps', '-aq', '--filter', `label=io.seatrial.app=${app}`]));
  if (ids.length) docker([...on, 'rm', '-fv', ...ids]);
  for (const volume of lines(docker([...on, 'volume', 'ls', '-q', '--filter', `name=^${app}-seatrial$`])))
    docker([...on, 'volume', 'rm', volume]);
  for (const network of lines(docker([...on, 'network', 'ls', '-q', '--filter', `name=^${app}-net$`])))
    docker([...on, 'network', 'rm', network]);
  const tags = ['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}', '--filter', `reference=seatrial/${app}`];
  for (const tag of lines(docker([...on, ...tags]))) docker([...on, 'image', 'rm', tag]);
}
