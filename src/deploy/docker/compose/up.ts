import { type Engine, statusOf } from '../../../lib/docker/engine.ts';
import { SeatrialError } from '../../../lib/errors.ts';
import { compose, lastWords } from './cli.ts';
import type { Project } from './project.ts';
import { secretNames } from './secrets.ts';

/** One engine, by its API and by the docker command. */
export interface ComposeHost {
  engine: Engine;
  /** The whole environment of the docker command, DOCKER_HOST included. */
  cli: Record<string, string>;
  /** The value of a secret by its name, where it is at hand. */
  secret: (name: string) => string | undefined;
  timeoutMs: number;
  signal?: AbortSignal;
  say: (line: string) => void;
}

/** The environment compose fills secrets in from; SECRETS_NEEDED when one is not at hand. */
function secretEnv(at: ComposeHost, project: Project): Record<string, string> {
  const values = secretNames(project).map((name) => [name, at.secret(name)] as const);
  const missing = values.flatMap(([name, value]) => (value === undefined ? [name] : []));
  if (missing.length) {
    throw new SeatrialError(
      'SECRETS_NEEDED',
      `Containers have to be made anew and need the secrets ${missing.join(', ')}; hand them over by the input secrets.`,
    );
  }
  return Object.fromEntries(values as [string, string][]);
}

async function run(at: ComposeHost, project: Project, args: string[]): Promise<string> {
  const { timeoutMs, signal, say } = at;
  const { exitCode, stdout, stderr } = await compose(['--progress', 'plain', '-p', project.name, '-f', '-', ...args], {
    env: { ...at.cli, ...secretEnv(at, project) },
    input: JSON.stringify(project),
    timeoutMs,
    signal,
    onLine: (line) => {
      // "Container shop-db-1 Started": what came about, not each stage on the way.
      if (/ (Started|Recreated|Removed|Exited|Healthy|Error.*)$/.test(line)) say(`compose: ${line.trim()}`);
    },
  });
  if (exitCode === 0) return stdout;
  throw new SeatrialError('COMPOSE_FAILED', `${at.engine.label}: docker compose ${args[0]}: ${lastWords(stderr)}`);
}

export interface UpOptions {
  /** Default: all. */
  services?: readonly string[];
  /** false creates the containers and leaves it at that. */
  start?: boolean;
  /** false takes containers as they are, whatever their configuration. */
  recreate?: boolean;
  /** Services wait for those they depend on. */
  wait?: boolean;
}

/** Brings services up. Images are there already: no registry is asked, and no login leaves this process. */
export async function up(at: ComposeHost, project: Project, options: UpOptions = {}): Promise<void> {
  const { services = [], start = true, recreate = true, wait = false } = options;
  const how = [start ? '-d' : '--no-start', ...(recreate ? [] : ['--no-recreate'])];
  await run(at, project, ['up', ...how, ...(wait ? [] : ['--no-deps']), '--no-build', '--pull', 'never', ...services]);
}

/** compose's own fingerprint of each service: what it writes on the containers it makes. */
export async function hashes(at: ComposeHost, project: Project): Promise<Map<string, string>> {
  const lines = (await run(at, project, ['config', '--hash', '*'])).trim().split('\n');
  return new Map(lines.map((line) => line.split(' ') as [string, string]));
}

/**
 * Makes the named volumes that are not there yet, labelled as the base project's own: compose makes none for a service
 * that has no container there, and a release's project must not own what outlives it.
 */
export async function ensureVolumes(at: ComposeHost, project: Project, keys: Iterable<string>): Promise<void> {
  for (const key of new Set(keys)) {
    const volume = (project.volumes[key] ?? {}) as {
      name?: string;
      external?: boolean;
      driver?: string;
      driver_opts?: Record<string, string>;
      labels?: Record<string, string>;
    };
    const name = volume.name ?? `${project.name}_${key}`;
    try {
      await at.engine.call(`look at volume ${name}`, (docker, abortSignal) =>
        docker.getVolume(name).inspect({ abortSignal }),
      );
      continue;
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
    }
    if (volume.external) {
      throw new SeatrialError(
        'COMPOSE_INVALID',
        `${at.engine.label}: the external volume ${name} is not on the host; create it first, or drop external.`,
      );
    }
    await at.engine.call(`create volume ${name}`, (docker, abortSignal) =>
      docker.createVolume({
        Name: name,
        Driver: volume.driver,
        DriverOpts: volume.driver_opts,
        Labels: {
          ...volume.labels,
          'com.docker.compose.project': project.name,
          'com.docker.compose.volume': key,
        },
        abortSignal,
      }),
    );
  }
}

/** Whether a network of the service, that compose would make, is not there. */
export async function networksMissing(at: ComposeHost, project: Project, service: string): Promise<boolean> {
  const there = await at.engine.call('list networks', (docker, abortSignal) =>
    docker.listNetworks({ abortSignal } as object),
  );
  const names = new Set(there.map((network) => network.Name));
  const used = Object.keys(project.services[service]?.networks ?? { default: null });
  return used.some((key) => !names.has(project.networks[key]?.name ?? `${project.name}_${key}`));
}
