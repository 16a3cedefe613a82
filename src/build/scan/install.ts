import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { SeatrialError } from '../../lib/errors.ts';
import { bareEnv, runProcess } from '../../lib/process.ts';
import { type Attempt, withRetry } from '../../lib/retry.ts';
import { cacheRoot } from '../workspace.ts';
import { DEFAULT_TRIVY, PINS } from './pins.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface TrivyBinary {
  path: string;
  /** Where it came from, for the log. */
  origin: string;
}

export interface InstallOptions {
  /** The one asked for; undefined leaves it to us. */
  version?: string;
  path?: string;
  env: Env;
  arch: string;
  temp: string;
  info: (line: string) => void;
  signal?: AbortSignal;
}

/** Its own word on its version; undefined when it can't even say that. */
async function versionOf(path: string, env: Env, signal?: AbortSignal): Promise<string | undefined> {
  try {
    const { exitCode, stdout } = await runProcess(path, ['--version'], { env: bareEnv(env), signal });
    return exitCode === 0 ? /Version:\s*v?(\S+)/.exec(stdout)?.[1] : undefined;
  } catch {
    signal?.throwIfAborted();
    return undefined; // not runnable here: the next place is asked
  }
}

type Fetched = { archive: Buffer } | { status: number } | { fault: unknown };

/** Follows the release's redirects; the hash below is what makes the source trustworthy. */
async function fetchOnce(url: string, signal?: AbortSignal): Promise<Fetched> {
  const { fetch, EnvHttpProxyAgent } = await import('undici');
  const deadline = AbortSignal.timeout(300_000);
  try {
    const answer = await fetch(url, {
      dispatcher: new EnvHttpProxyAgent(),
      signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
    });
    return answer.ok ? { archive: Buffer.from(await answer.arrayBuffer()) } : { status: answer.status };
  } catch (fault) {
    signal?.throwIfAborted();
    return { fault };
  }
}

/** Tries again on 429, 5xx and faults of the network; what is not there or forbidden is final. Error: SCAN_FAILED. */
async function download(url: string, info: (line: string) => void, signal?: AbortSignal): Promise<Buffer> {
  const { value, attempts } = await withRetry<Fetched>(
    async (n): Promise<Attempt<Fetched>> => {
      if (n > 1) info('Trying the download again');
      const got = await fetchOnce(url, signal);
      if ('archive' in got) return { done: true, value: got };
      return { done: false, value: got, retry: !('status' in got) || got.status === 429 || got.status >= 500 };
    },
    { tries: 4, budgetMs: 600_000, baseMs: 1000, signal },
  );
  if ('archive' in value) return value.archive;
  const why = 'status' in value ? `status ${value.status}` : 'no connection, or it broke';
  throw new SeatrialError(
    'SCAN_FAILED',
    `Trivy could not be downloaded from ${new URL(url).host} (${why}, ${attempts} tries); install it, or give trivy-path. Nothing was pushed.`,
    { cause: 'fault' in value ? value.fault : undefined },
  );
}

async function fetchPinned(
  { version = DEFAULT_TRIVY, env, arch, temp, info, signal }: InstallOptions,
  target: string,
): Promise<void> {
  const pin = PINS[version]?.[arch];
  if (!pin) {
    throw new SeatrialError(
      'NOT_SUPPORTED',
      `No Trivy ${version} is pinned for ${arch}; install it yourself and give trivy-path.`,
    );
  }
  const mirror = (env.SEATRIAL_TRIVY_MIRROR || 'https://github.com/aquasecurity/trivy/releases/download').replace(
    /\/$/,
    '',
  );
  info(`Downloading Trivy ${version}`);
  const archive = await download(`${mirror}/v${version}/${pin.file}`, info, signal);
  const sha256 = createHash('sha256').update(archive).digest('hex');
  if (sha256 !== pin.sha256) {
    throw new SeatrialError(
      'TRIVY_CHECKSUM',
      `The downloaded Trivy ${version} is not the pinned one (SHA-256 ${sha256.slice(0, 12)}…, wanted ${pin.sha256.slice(0, 12)}…); nothing was unpacked. Don't go on before you know why.`,
    );
  }
  const packed = join(temp, pin.file);
  writeFileSync(packed, archive);
  mkdirSync(dirname(dirname(target)), { recursive: true });
  const fresh = mkdtempSync(`${dirname(target)}-`);
  const unpacked = await runProcess('tar', ['-xzf', packed, '-C', fresh, 'trivy'], { env: bareEnv(env), signal });
  rmSync(packed);
  if (unpacked.exitCode !== 0)
    throw new SeatrialError('SCAN_FAILED', `Trivy could not be unpacked: ${unpacked.stderr.trim()}`);
  chmodSync(join(fresh, 'trivy'), 0o755);
  // Another job may have been faster: what it put there had to pass the same check.
  if (existsSync(dirname(target))) rmSync(fresh, { recursive: true });
  else renameSync(fresh, dirname(target));
}

/**
 * Finds or brings Trivy: `trivy-path`, then the PATH if it is the version wanted, then what an earlier run kept, then
 * the release archive whose SHA-256 is pinned. Errors: TRIVY_CHECKSUM, TRIVY_VERSION, SCAN_FAILED, NOT_SUPPORTED.
 */
export async function ensureTrivy(options: InstallOptions): Promise<TrivyBinary> {
  const { version = DEFAULT_TRIVY, path, env, signal } = options;
  if (path) {
    if (!existsSync(path)) {
      throw new SeatrialError(
        'SCAN_FAILED',
        'There is no file at trivy-path, so nothing was scanned and nothing pushed; mend the path.',
      );
    }
    const found = options.version ? await versionOf(path, env, signal) : undefined;
    if (options.version && found !== version) {
      throw new SeatrialError(
        'TRIVY_VERSION',
        `trivy-path is ${found ? `Trivy ${found}` : 'no Trivy that says its version'}, and trivy-version asks for ${version}; make them agree. Nothing was pushed.`,
      );
    }
    return { path, origin: 'trivy-path' };
  }
  const name = `trivy-${version}`;
  const kept = [env.RUNNER_TOOL_CACHE, join(cacheRoot(env), 'tools')].flatMap((root) =>
    root ? [join(root, name, 'trivy')] : [],
  );
  const onPath = (env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'trivy'));
  for (const place of [...onPath, ...kept]) {
    if (existsSync(place) && (await versionOf(place, env, signal)) === version) {
      return { path: place, origin: kept.includes(place) ? 'kept from an earlier run' : 'PATH' };
    }
  }
  const target = kept[0]!;
  await fetchPinned(options, target);
  return { path: target, origin: 'release archive, SHA-256 checked' };
}
