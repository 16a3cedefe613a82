import { SeatrialError } from '../../lib/errors.ts';
import { runProcess } from '../../lib/process.ts';

export type Backend = 'buildx' | 'buildkit' | 'classic';

export interface Builder {
  /** buildx; or the BuildKit inside an engine by an old client; or the classic builder where there is neither. */
  backend: Backend;
  /** buildx's driver: `docker` builds in the engine, others (`docker-container`, `remote`, …) beside it. */
  driver: string;
  /** Name of the container builder, when it isn't the current one. */
  name?: string;
  /** What the log says of it. */
  label: string;
}

type Env = Record<string, string>;

const ask = (env: Env, args: string[], signal?: AbortSignal) => runProcess('docker', args, { env, signal });

/**
 * Builders as `docker buildx ls` lists them; an old buildx without JSON lists nothing we can choose from. Undefined
 * where there is no buildx.
 */
async function listBuilders(
  env: Env,
  signal?: AbortSignal,
): Promise<{ name: string; driver: string; current: boolean }[] | undefined> {
  const { exitCode, stdout } = await ask(env, ['buildx', 'ls', '--format', '{{json .}}'], signal);
  if (exitCode !== 0) return (await ask(env, ['buildx', 'version'], signal)).exitCode === 0 ? [] : undefined;
  const rows = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { Name?: string; Driver?: string; Current?: boolean });
  // A builder's nodes are rows of their own, without a driver.
  return rows
    .filter((row) => row.Driver)
    .map((row) => ({ name: row.Name ?? '', driver: row.Driver!, current: row.Current === true }));
}

export interface BuilderNeeds {
  /** Why the image must be written as files and not into the engine: several platforms, annotations, attestations. */
  layout?: string;
  secrets: boolean;
  /** The input a builder of this kind can't serve, if there is one. */
  beyond(backend: Backend): string | undefined;
}

/** Asks what there is to build with; it takes a while, and needs nothing that an input says but the builder's name. Error: TOOL_MISSING. */
export const askBuilders = (env: Env, signal?: AbortSignal) =>
  Promise.all([
    ask(env, ['version', '--format', '{{.Client.Version}} {{.Server.Version}}'], signal),
    listBuilders(env, signal),
  ]);

/**
 * Finds out what can build here, of what `askBuilders` was told. Errors: ENGINE_UNREACHABLE, NOT_SUPPORTED (nothing
 * here can build what was asked for).
 */
export function findBuilder(
  env: Env,
  [version, builders]: Awaited<ReturnType<typeof askBuilders>>,
  { layout, secrets, beyond }: BuilderNeeds,
): Builder {
  const [client = '', server = ''] = version.stdout.trim().split(' ');
  if (version.exitCode !== 0 || !server) {
    throw new SeatrialError(
      'ENGINE_UNREACHABLE',
      'The Docker engine does not answer; start it, or set DOCKER_HOST to the one to build on.',
    );
  }
  const impossible = (need: string) =>
    new SeatrialError(
      'NOT_SUPPORTED',
      `${need}; run docker/setup-buildx-action (driver docker-container) before this step.`,
    );
  if (builders) {
    const current = builders.find((builder) => builder.name === env.BUILDX_BUILDER) ?? builders.find((b) => b.current);
    const driver = current?.driver ?? 'docker';
    if (!layout || driver !== 'docker') {
      return { backend: 'buildx', driver, label: `buildx, driver ${driver}, engine ${server}` };
    }
    const other = builders.find((builder) => builder.driver !== 'docker');
    if (!other) throw impossible(`${layout} need a builder beside the engine, and there is none`);
    return { backend: 'buildx', driver: other.driver, name: other.name, label: `buildx, builder ${other.name}` };
  }
  if (layout) throw impossible(`${layout} need buildx, and it is not installed`);
  // From 23 on the client leaves BuildKit to buildx; before, it has its own door to the engine's.
  const backend = Number.parseInt(client, 10) < 23 ? 'buildkit' : 'classic';
  const missing = beyond(backend);
  if (missing) throw impossible(`${missing} needs buildx, and it is not installed`);
  if (backend === 'buildkit') return { backend: 'buildkit', driver: 'docker', label: `BuildKit of engine ${server}` };
  if (secrets) throw impossible('Build secrets need BuildKit, and this Docker client has none without buildx');
  return {
    backend: 'classic',
    driver: 'docker',
    label: `classic builder of engine ${server} (buildx is not installed)`,
  };
}
