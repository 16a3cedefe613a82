import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { SeatrialError } from '../../lib/errors.ts';
import { bareEnv, runProcess } from '../../lib/process.ts';
import { configKey } from './reference.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface Credentials {
  username: string;
  password: string;
  /** A token to be exchanged for one of the registry's (`az acr login`), instead of a password. */
  identityToken?: string;
}

interface StoredAuth {
  auth?: string;
  username?: string;
  password?: string;
  identitytoken?: string;
}

interface DockerConfig {
  auths?: Record<string, StoredAuth>;
  credHelpers?: Record<string, string>;
  credsStore?: string;
  [key: string]: unknown;
}

const userConfig = (env: Env) => env.DOCKER_CONFIG || join(env.HOME || homedir(), '.docker');

function readConfig(folder: string): DockerConfig {
  const file = join(folder, 'config.json');
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as DockerConfig;
  } catch (cause) {
    throw new SeatrialError('DOCKER_CONFIG_INVALID', 'Docker’s config.json is not JSON; mend it or log in again.', {
      cause,
    });
  }
}

/** Name of our helper, and the variables it answers from. */
const HELPER = 'seatrial-build';
const HELPER_SCRIPT = `#!/bin/sh
# Docker asks for a login by "get" and the registry's name; this answers from the environment of the one who asked.
read -r asked
n=0
while [ "$1" = get ]; do
  eval "key=\\\${SEATRIAL_LOGIN_KEY_$n-}"
  [ -n "$key" ] || break
  if [ "$asked" = "$key" ]; then eval "printf '%s' \\"\\$SEATRIAL_LOGIN_$n\\""; exit 0; fi
  n=$((n + 1))
done
echo 'credentials not found in native keychain'
exit 1
`;

/** A login for one registry. */
export interface Login extends Credentials {
  registry: string;
}

/**
 * The environment for Docker's commands: the machine's own, or with logins a private configuration folder (0700, in
 * the run's temp) that names a credential helper for these registries beside what the user's holds. The helper answers
 * from the environment, so a password is in no argument and in no file, and a run that is killed leaves none behind.
 */
export function dockerEnv(env: Env, temp: string, logins: readonly Login[], keep: readonly string[] = []) {
  const base = bareEnv(env, [
    'BUILDX_BUILDER',
    'BUILDX_CONFIG',
    'BUILDKIT_HOST',
    'DOCKER_TLS_VERIFY',
    'DOCKER_CERT_PATH',
    'XDG_RUNTIME_DIR',
    ...keep,
  ]);
  if (logins.length === 0) return base;
  const from = userConfig(env);
  const to = join(temp, 'docker');
  const helpers = join(temp, 'helpers');
  for (const folder of [to, helpers]) mkdirSync(folder, { mode: 0o700 });
  const config = readConfig(from);
  const own = Object.fromEntries(logins.map(({ registry }) => [configKey(registry), HELPER]));
  writeFileSync(
    join(to, 'config.json'),
    JSON.stringify({ ...config, credHelpers: { ...config.credHelpers, ...own } }),
    { mode: 0o600 },
  );
  writeFileSync(join(helpers, `docker-credential-${HELPER}`), HELPER_SCRIPT, { mode: 0o700 });
  // Plugins, contexts and the rest stay the user's: a private folder would hide them.
  if (existsSync(from)) {
    for (const name of readdirSync(from)) if (name !== 'config.json') symlinkSync(join(from, name), join(to, name));
  }
  return {
    ...base,
    PATH: [helpers, base.PATH].filter(Boolean).join(delimiter),
    DOCKER_CONFIG: to,
    BUILDX_CONFIG: base.BUILDX_CONFIG ?? join(from, 'buildx'),
    ...Object.fromEntries(
      logins.flatMap(({ registry, username, password }, n) => {
        const key = configKey(registry);
        const answer = JSON.stringify({ ServerURL: key, Username: username, Secret: password });
        return [
          [`SEATRIAL_LOGIN_KEY_${n}`, key],
          [`SEATRIAL_LOGIN_${n}`, answer],
        ];
      }),
    ),
  };
}

/** A credential helper's answer; one that has none, or isn't installed, leaves us without a login. */
async function askHelper(
  command: string,
  key: string,
  env: Env,
  signal?: AbortSignal,
): Promise<Credentials | undefined> {
  try {
    const answer = await runProcess(command, ['get'], { env: bareEnv(env), input: key, signal });
    if (answer.exitCode !== 0) return undefined;
    const found = JSON.parse(answer.stdout) as { Username?: string; Secret?: string };
    if (!found.Secret) return undefined;
    // By this name a helper says that the secret is an identity token (docker-credential-helpers).
    if (found.Username === '<token>') return { username: '', password: '', identityToken: found.Secret };
    return { username: found.Username ?? '', password: found.Secret };
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof SyntaxError || (error instanceof SeatrialError && error.code === 'TOOL_MISSING'))
      return undefined;
    throw error;
  }
}

/** A key of `auths` as Docker matches it: older clients wrote the whole address (`https://registry/v2/`). */
const hostOfKey = (key: string) =>
  key
    .replace(/^https?:\/\//, '')
    .replace(/\/.*$/, '')
    .toLowerCase();

/** What one entry of `auths` says; one that says nothing leaves us without a login. */
function readAuth({ auth, username, password, identitytoken }: StoredAuth): Credentials | undefined {
  if (identitytoken) return { username: '', password: '', identityToken: identitytoken };
  const [user = '', ...rest] = Buffer.from(auth ?? '', 'base64')
    .toString('utf8')
    .split(':');
  // Docker's own padding; a login without a colon is none.
  const stored = rest.length ? { username: user, password: rest.join(':').replace(/\0+$/, '') } : undefined;
  return stored ?? (username && password ? { username, password } : undefined);
}

/**
 * The login the machine already has for a registry, found as Docker finds it: its credential helper first, and where
 * that has none or is not installed, `auths` of config.json.
 */
export async function storedLogin(env: Env, registry: string, signal?: AbortSignal): Promise<Credentials | undefined> {
  const config = readConfig(userConfig(env));
  const key = configKey(registry);
  const helper = config.credHelpers?.[key] ?? config.credsStore;
  const known = helper ? await askHelper(`docker-credential-${helper}`, key, env, signal) : undefined;
  if (known) return known;
  const auths = Object.entries(config.auths ?? {});
  const entry = auths.find(([name]) => name === key) ?? auths.find(([name]) => hostOfKey(name) === hostOfKey(key));
  return entry && readAuth(entry[1] ?? {});
}

/** What the caller gave: a password from a file or a shell often ends with a line end, which is no part of it. */
export const givenLogin = (username?: string, password?: string): Credentials | undefined =>
  username && password ? { username: username.trim(), password: password.replace(/[\r\n]+$/, '') } : undefined;

/**
 * The job's own token, for GitHub's registry where no login is given or stored. Undefined elsewhere: a token goes to
 * nobody but who gave it.
 */
export function jobLogin(env: Env, registry: string, token?: string): Credentials | undefined {
  const atGithub =
    env.GITHUB_ACTIONS === 'true' && (env.GITHUB_SERVER_URL ?? 'https://github.com') === 'https://github.com';
  if (registry !== 'ghcr.io' || !atGithub || !token) return undefined;
  return { username: env.GITHUB_ACTOR || 'github-actions', password: token };
}

interface RegistryConfig {
  IndexConfigs?: Record<string, { Secure?: boolean }>;
  InsecureRegistryCIDRs?: string[];
}

/** Whether a registry named by its address lies in one of the networks. */
function withinAny(registry: string, networks: readonly string[]): boolean {
  const address = registry.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  if (!isIP(address)) return false;
  const list = new BlockList();
  for (const network of networks) {
    const [base = '', bits = ''] = network.split('/');
    if (isIP(base)) list.addSubnet(base, Number(bits), isIPv6(base) ? 'ipv6' : 'ipv4');
  }
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** Whether the engine was told to speak plain http with a registry (`insecure-registries`). */
export async function isInsecure(
  registry: string,
  env: Record<string, string>,
  signal?: AbortSignal,
): Promise<boolean> {
  const { exitCode, stdout } = await runProcess('docker', ['info', '--format', '{{json .RegistryConfig}}'], {
    env,
    signal,
  });
  if (exitCode !== 0) return false;
  const known = JSON.parse(stdout) as RegistryConfig | null;
  return known?.IndexConfigs?.[registry]?.Secure === false || withinAny(registry, known?.InsecureRegistryCIDRs ?? []);
}
