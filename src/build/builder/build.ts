import { SeatrialError } from '../../lib/errors.ts';
import { runProcess } from '../../lib/process.ts';
import type { ImageConfig } from '../lint/process.ts';
import type { Builder } from './builder.ts';
import { type BuildRequest, buildArguments, type CachePlan, secretVariable, splitBuildArgs } from './plan.ts';

export interface BuildEffects {
  env: Record<string, string>;
  /** Values of the build secrets, in the order of `secretIds`. */
  secrets: readonly string[];
  /** What GitHub's cache service is reached with; only for a gha cache. */
  cacheEnv: Record<string, string>;
  /** Seconds since 1970 that stand for the time of the build; undefined for the clock's. */
  epoch?: string;
  onLine: (line: string) => void;
  signal?: AbortSignal;
}

/**
 * The lines worth quoting of a failed build. BuildKit repeats the output of the step that failed between dashes and
 * ends with what went wrong; other builders just stop.
 */
export function lastLines(output: string, count = 15): string {
  const lines = output
    .split(/\r?\n/)
    .map((line) => line.replace(/^#\d+ (\d+\.\d+ )?/, '').trimEnd())
    .filter((line) => line.trim() !== '');
  const repeated = lines.indexOf('------');
  const told = (repeated >= 0 ? lines.slice(repeated) : lines).filter(
    (line) =>
      !/^-+$/.test(line) &&
      !/^(View build details|DEPRECATED|BuildKit is currently disabled|environment-variable|Install the buildx|DONE |CACHED|transferring )/.test(
        line.trim(),
      ),
  );
  return told.slice(-count).join('\n').slice(-2000);
}

/** Runs one build. Error: BUILD_FAILED with the last lines the builder said. */
export async function runBuild(
  builder: Builder,
  request: BuildRequest,
  cache: CachePlan,
  output: string[],
  { env, secrets, cacheEnv, epoch, onLine, signal }: BuildEffects,
): Promise<void> {
  const usesService = [...cache.from, ...cache.to].some((ref) => ref.startsWith('type=gha'));
  const result = await runProcess('docker', buildArguments(builder, request, cache, output), {
    env: {
      ...splitBuildArgs(request.buildArgs).env,
      ...env,
      DOCKER_BUILDKIT: builder.backend === 'classic' ? '0' : '1',
      ...Object.fromEntries(secrets.map((value, n) => [secretVariable(n), value])),
      ...(usesService ? cacheEnv : {}),
      // buildx hands it on to the builder (https://reproducible-builds.org/specs/source-date-epoch/).
      ...(epoch ? { SOURCE_DATE_EPOCH: epoch } : {}),
    },
    onLine,
    signal,
  });
  if (result.exitCode === 0) return;
  throw new SeatrialError(
    'BUILD_FAILED',
    `The build failed; nothing was pushed. The builder's last lines:\n${lastLines(`${result.stdout}\n${result.stderr}`)}`,
  );
}

interface Inspected {
  Id: string;
  Size: number;
  Os?: string;
  Architecture?: string;
  Config?: Omit<ImageConfig, 'os'>;
}

export interface EngineImage {
  /** The engine's id: digest of the config, or of the manifest where the engine keeps images as containerd does. */
  id: string;
  size: number;
  platform: string;
  config: ImageConfig;
}

/** An image of the engine by name or id. */
export async function inspectImage(
  name: string,
  env: Record<string, string>,
  signal?: AbortSignal,
): Promise<EngineImage | undefined> {
  const { exitCode, stdout } = await runProcess('docker', ['image', 'inspect', name], { env, signal });
  if (exitCode !== 0) return undefined;
  const [found] = JSON.parse(stdout) as Inspected[];
  if (!found) return undefined;
  const { Id: id, Size: size, Os: os, Architecture: architecture, Config: config } = found;
  return { id, size, platform: `${os}/${architecture}`, config: { os, ...config } };
}

/** Gives an image of the engine another name. */
export async function tagImage(id: string, reference: string, env: Record<string, string>, signal?: AbortSignal) {
  const { exitCode, stderr } = await runProcess('docker', ['tag', id, reference], { env, signal });
  if (exitCode !== 0)
    throw new SeatrialError('ENGINE_REFUSED', `The engine can't name the image ${reference}: ${stderr.trim()}`);
}
