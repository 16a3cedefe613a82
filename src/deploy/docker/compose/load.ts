import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { SeatrialError } from '../../../lib/errors.ts';
import { bareEnv } from '../../../lib/process.ts';
import { compose, lastWords } from './cli.ts';
import { namesItself } from './name.ts';
import { type Project, projectSchema } from './project.ts';
import { isVariable, looksSecret, placeholder, type Sealed, seal } from './secrets.ts';

export interface LoadRequest {
  /** As the input says them, below `root`; a later one is laid over those before. */
  files: readonly string[];
  /** Below `root`, with compose's own quoting; it takes the place of a .env beside the file. */
  envFile?: string;
  root: string;
  /** Project name where the file names none. */
  app: string;
  /** Plain variables: the input env. */
  variables: Record<string, string>;
  secrets: ReadonlyMap<string, string>;
  /** The step's own environment; only variables the file asks for are taken from it. */
  env: Readonly<Record<string, string | undefined>>;
  signal?: AbortSignal;
}

export interface Loaded extends Sealed {
  /** Where relative paths of the file begin. */
  folder: string;
  /** The name compose itself would give the project, which is its folder's where the file is silent. */
  byItself: string;
}

const TIMEOUT_MS = 30_000;
const invalid = (message: string, cause?: unknown) =>
  new SeatrialError('COMPOSE_INVALID', `compose-file: ${message}`, { cause });

interface RawFile {
  services?: Record<string, { environment?: unknown }>;
  secrets?: Record<string, { environment?: string }>;
  configs?: Record<string, { environment?: string }>;
}

/** Variables that secrets and configs are filled from. */
const sourcesOf = ({ secrets = {}, configs = {} }: RawFile): string[] =>
  [...Object.values(secrets), ...Object.values(configs)].flatMap(({ environment }) => environment ?? []);

/** Variables that a service takes from the environment by their bare name (`environment: [TOKEN]`). */
function passedThrough({ services = {} }: RawFile): string[] {
  return Object.values(services).flatMap(({ environment }) => {
    if (Array.isArray(environment)) return environment.filter((entry: string) => !entry.includes('='));
    return Object.entries(environment ?? {}).flatMap(([name, value]) => (value === null ? [name] : []));
  });
}

/** A project that says what variables hold: compose alone knows how to read a .env, quotes and lines included. */
const askFor = (names: Iterable<string>) =>
  JSON.stringify({
    name: 'seatrial',
    services: {
      a: { image: 'a', environment: Object.fromEntries([...names].map((name) => [name, `\${${name}-}`])) },
    },
  });

function readProject(json: string): Project {
  const parsed = projectSchema.safeParse(JSON.parse(json));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw invalid(`${issue?.path.join('.')}: ${issue?.message}`);
}

function check(path: string, input: string, root: string): string {
  const whole = resolve(root, path);
  if (existsSync(whole)) return whole;
  throw new SeatrialError(
    input === 'env-file' ? 'INPUT_INVALID' : 'COMPOSE_INVALID',
    `${input}: "${path}" can't be read; is the repository checked out?`,
  );
}

/**
 * Resolves compose files by compose itself: includes, anchors, profiles, env files and variables. Secrets are never
 * in the answer, only their names: compose sees placeholders in their stead. Errors: COMPOSE_INVALID with compose's
 * own words, INPUT_INVALID without the env-file, TOOL_MISSING.
 */
export async function loadProject(request: LoadRequest): Promise<Loaded> {
  const { secrets, env, signal, app, root } = request;
  const files = request.files.map((file) => check(file, 'compose-file', root));
  const folder = dirname(files[0]!);
  const where = request.envFile ? ['--env-file', check(request.envFile, 'env-file', root)] : [];
  const them = [...where, ...files.flatMap((file) => ['-f', file])];
  // Nothing here talks to an engine, so none is named.
  const { DOCKER_HOST: _host, DOCKER_CONTEXT: _context, ...bare } = bareEnv(env, ['COMPOSE_PROFILES']);
  const ask = async (args: string[], variables: Record<string, string>, input?: string): Promise<string> => {
    const options = { env: { ...bare, ...variables }, cwd: folder, timeoutMs: TIMEOUT_MS, signal, input };
    const { exitCode, stdout, stderr } = await compose(args, options);
    if (exitCode === 0) return stdout;
    throw invalid(lastWords(stderr));
  };

  const given: Record<string, string> = { ...request.variables, ...Object.fromEntries(secrets) };
  const raw = ['--no-interpolate', '--no-env-resolution', '--no-path-resolution', '--format', 'json'];
  const [variables, plain] = await Promise.all([
    ask([...them, 'config', '--variables', '--format', 'json'], given),
    ask([...them, 'config', ...raw], given),
  ]);
  const asWritten = JSON.parse(plain) as RawFile & { name: string };
  const named = await namesItself(asWritten.name, folder, (args) => ask([...args, ...them, 'config', ...raw], given));
  const sources = new Set(sourcesOf(asWritten));
  const asked = new Set([...Object.keys(JSON.parse(variables) as object), ...passedThrough(asWritten), ...sources]);
  for (const name of asked) if (given[name] === undefined && env[name] !== undefined) given[name] = env[name];
  const read = await ask(
    [...where, '--project-directory', folder, '-f', '-', 'config', '--format', 'json'],
    given,
    askFor([...asked].filter(isVariable)),
  );
  const values = (JSON.parse(read) as { services: { a: { environment?: Record<string, string> } } }).services.a;
  const known = new Map<string, string>();
  // What no file can ask for as a variable stands in the answer as it is, and is taken out of there.
  for (const name of [...asked].filter(isVariable)) {
    const value = given[name] ?? values.environment?.[name]?.replaceAll('$$', '$');
    if (value && (secrets.has(name) || sources.has(name) || looksSecret(name, value))) known.set(name, value);
  }
  const masked = Object.fromEntries([...known.keys()].map((name) => [name, placeholder(name)]));
  const resolved = await ask(
    [...them, ...(named ? [] : ['-p', app]), 'config', '--no-path-resolution', '--format', 'json'],
    { ...given, ...masked },
  );
  return { ...seal(settled(readProject(resolved)), known), folder, byItself: asWritten.name };
}

/**
 * What is in the answer is of an active profile, and has the labels of its files; named again, compose would ask for the
 * profile and read the files each time, which another checkout may not have.
 */
function settled(project: Project): Project {
  for (const service of Object.values(project.services)) {
    delete service.profiles;
    delete service.label_file;
  }
  return project;
}
