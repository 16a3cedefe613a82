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
}

interface DockerConfig {
  auths?: Record<string, { auth?: string; identitytoken?: string }>;
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
if [ "$1" = get ] && [ "$asked" = "$SEATRIAL_LOGIN_KEY" ]; then printf '%s' "$SEATRIAL_LOGIN"; exit 0; fi
echo 'credentials not found in native keychain'
exit 1
`;

/**
 * The environment for Docker's commands: the machine's own, or with a login a private configuration folder (0700, in
 * the run's temp) that names a credential helper for this one registry beside what the user's holds. The helper answers
 * from the environment, so a password is in no argument and in no file, and a run that is killed leaves none behind.
 */
export function dockerEnv(env: Env, temp: string, registry: string, login?: Credentials): Record<string, string> {
  const base = bareEnv(env, [
    'BUILDX_BUILDER',
    'BUILDX_CONFIG',
    'BUILDKIT_HOST',
    'DOCKER_TLS_VERIFY',
    'DOCKER_CERT_PATH',
    'XDG_RUNTIME_DIR',
  ]);
  if (!login) return base;
  const from = userConfig(env);
  const to = join(temp, 'docker');
  const helpers = join(temp, 'helpers');
  for (const folder of [to, helpers]) mkdirSync(folder, { mode: 0o700 });
  const config = readConfig(from);
  const key = configKey(registry);
  writeFileSync(
    join(to, 'config.json'),
    JSON.stringify({ ...config, credHelpers: { ...config.credHelpers, [key]: HELPER } }),
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
    SEATRIAL_LOGIN_KEY: key,
    SEATRIAL_LOGIN: JSON.stringify({ ServerURL: key, Username: login.username, Secret: login.password }),
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
    return found.Secret && found.Username !== '<token>'
      ? { username: found.Username ?? '', password: found.Secret }
      : undefined;
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof SyntaxError || (error instanceof SeatrialError && error.code === 'TOOL_MISSING'))
      return undefined;
    throw error;
  }
}

/** The login the machine already has for a registry: from Docker's config.json or its credential helper. */
export async function storedLogin(env: Env, registry: string, signal?: AbortSignal): Promise<Credentials | undefined> {
  const config = readConfig(userConfig(env));
  const key = configKey(registry);
  const helper = config.credHelpers?.[key] ?? config.credsStore;
  if (helper) return askHelper(`docker-credential-${helper}`, key, env, signal);
  const entry = config.auths?.[key] ?? config.auths?.[`https://${key}`];
  // An identity token (`az acr login`) is no password; the registry will ask for one, and the message says so.
  if (!entry?.auth || entry.identitytoken) return undefined;
  const [username = '', ...rest] = Buffer.from(entry.auth, 'base64').toString('utf8').split(':');
  return { username, password: rest.join(':') };
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
