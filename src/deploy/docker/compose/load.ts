import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { SeatrialError } from '../../../lib/errors.ts';
import { bareEnv } from '../../../lib/process.ts';
import { compose, lastWords } from './cli.ts';
import { type Project, projectSchema } from './project.ts';
import { looksSecret, placeholder, type Sealed, seal } from './secrets.ts';

export interface LoadRequest {
  /** As the input says it, below `root`. */
  file: string;
  root: string;
  /** Project name where the file names none. */
  app: string;
  /** Plain variables: inputs env and env-file. */
  variables: Record<string, string>;
  secrets: ReadonlyMap<string, string>;
  /** The step's own environment; only variables the file asks for are taken from it. */
  env: Readonly<Record<string, string | undefined>>;
  signal?: AbortSignal;
}

export interface Loaded extends Sealed {
  /** Where relative paths of the file begin. */
  folder: string;
}

const TIMEOUT_MS = 30_000;
const invalid = (message: string, cause?: unknown) =>
  new SeatrialError('COMPOSE_INVALID', `compose-file: ${message}`, { cause });

/** The name the file itself gives its project; without one, compose would take the folder's, which is a runner's whim. */
async function ownName(file: string, asGiven: string): Promise<string | undefined> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw invalid(`"${asGiven}" can't be read; is the repository checked out?`, cause);
  }
  const { parse } = await import('yaml');
  try {
    const name: unknown = (parse(text) as { name?: unknown } | null)?.name;
    return typeof name === 'string' ? name : undefined;
  } catch (cause) {
    throw invalid('it is not valid YAML; check it with docker compose config.', cause);
  }
}

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

/** `NAME=value` lines as `config --environment` prints them. */
const parseEnvironment = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(/^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/gm)].map(([, name, value]) => [name, value]));

function readProject(json: string): Project {
  const parsed = projectSchema.safeParse(JSON.parse(json));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw invalid(`${issue?.path.join('.')}: ${issue?.message}`);
}

/**
 * Resolves a compose file by compose itself: includes, anchors, profiles, env files and variables. Secrets are never
 * in the answer, only their names: compose sees placeholders in their stead. Errors: COMPOSE_INVALID with compose's
 * own words, TOOL_MISSING.
 */
export async function loadProject(request: LoadRequest): Promise<Loaded> {
  const { secrets, env, signal, app } = request;
  const file = resolve(request.root, request.file);
  const folder = dirname(file);
  const base = ['-f', file, ...((await ownName(file, request.file)) ? [] : ['-p', app]), 'config'];
  // Nothing here talks to an engine, so none is named.
  const { DOCKER_HOST: _host, DOCKER_CONTEXT: _context, ...bare } = bareEnv(env, ['COMPOSE_PROFILES']);
  const ask = async (args: string[], variables: Record<string, string>): Promise<string> => {
    const options = { env: { ...bare, ...variables }, cwd: folder, timeoutMs: TIMEOUT_MS, signal };
    const { exitCode, stdout, stderr } = await compose([...base, ...args], options);
    if (exitCode === 0) return stdout;
    throw invalid(lastWords(stderr));
  };

  const given: Record<string, string> = { ...request.variables, ...Object.fromEntries(secrets) };
  const raw = ['--no-interpolate', '--no-env-resolution', '--no-path-resolution', '--format', 'json'];
  const [variables, plain] = await Promise.all([ask(['--variables', '--format', 'json'], given), ask(raw, given)]);
  const asWritten = JSON.parse(plain) as RawFile;
  const sources = new Set(sourcesOf(asWritten));
  const asked = new Set([...Object.keys(JSON.parse(variables) as object), ...passedThrough(asWritten), ...sources]);
  for (const name of asked) if (given[name] === undefined && env[name] !== undefined) given[name] = env[name];
  // A .env beside the file counts as well; compose knows how to read it.
  const read = { ...parseEnvironment(await ask(['--environment'], given)), ...given };
  const known = new Map<string, string>();
  for (const name of asked) {
    const value = read[name];
    if (value && (secrets.has(name) || sources.has(name) || looksSecret(name, value))) known.set(name, value);
  }
  const masked = Object.fromEntries([...known.keys()].map((name) => [name, placeholder(name)]));
  const resolved = await ask(['--no-path-resolution', '--format', 'json'], { ...given, ...masked });
  return { ...seal(readProject(resolved), known), folder };
}
