import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { started } from './run/scope.ts';

/** A BuildKit beside the engine: what a `docker-container` builder is to a runner. */
export interface BuildKit {
  /** Makes `docker buildx` use it. */
  env: Record<string, string>;
  stop(): Promise<void>;
}

const VERSION = '0.32.2';

/** Where the pinned buildkitd of tools/buildkit is kept; undefined where it was not built. */
export function buildkitPath(): string | undefined {
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const places = [process.env.SEATRIAL_BUILDKITD, join(cache, 'seatrial', 'tools', `buildkit-${VERSION}`, 'buildkitd')];
  return places.find((place) => place && existsSync(place));
}

/** Starts a buildkitd on a socket of its own and a builder `seatrial` that means it, in a configuration of its own. */
export async function startBuildKit(): Promise<BuildKit> {
  const binary = buildkitPath();
  if (!binary) throw new Error('There is no buildkitd here; run script/bootstrap buildkit, or set SEATRIAL_BUILDKITD.');
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-buildkit-'));
  const address = `unix://${join(folder, 'sock')}`;
  const stopped = started('buildkitd', () => stop());
  const child = spawn(
    binary,
    [
      '--addr',
      address,
      '--root',
      join(folder, 'root'),
      '--containerd-worker=false',
      '--oci-worker-snapshotter',
      'native',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const stop = async () => {
    stopped();
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  for (
    const end = Date.now() + 120_000;
    !existsSync(join(folder, 'sock')) && Date.now() < end && child.exitCode === null;
  ) {
    await new Promise((done) => setTimeout(done, 25));
  }
  if (!existsSync(join(folder, 'sock'))) {
    await stop();
    throw new Error(`buildkitd did not come up: ${said}`);
  }
  const config = join(folder, 'buildx');
  mkdirSync(config);
  const env = { BUILDX_CONFIG: config, BUILDX_BUILDER: 'seatrial' };
  execFileSync('docker', ['buildx', 'create', '--name', 'seatrial', '--driver', 'remote', address], {
    env: { ...process.env, BUILDX_CONFIG: config },
    stdio: 'ignore',
  });
  return { env, stop };
}
