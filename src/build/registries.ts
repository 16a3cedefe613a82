import type { Actions } from '../lib/actions.ts';
import { SeatrialError } from '../lib/errors.ts';
import { createHttp, isLoopback } from '../lib/http.ts';
import type { Inputs } from './inputs.ts';
import { openRegistry, type RegistryClient } from './registry/client.ts';
import { givenLogin, isInsecure, jobLogin, type Login, storedLogin } from './registry/login.ts';
import { type Repository, registryHost } from './registry/reference.ts';

/** A repository this run pushes to, with the login for it where there is one. */
export interface Destination {
  repository: Repository;
  login?: Awaited<ReturnType<typeof storedLogin>>;
  /** From the inputs or the job, so that Docker has to be told. */
  ours: boolean;
}

/** Whose login counts for each registry: the one given, else the machine's own, else on ghcr.io the job's token. */
export async function findLogins(
  inputs: Inputs,
  { env, signal }: Actions,
  repositories: readonly Repository[],
): Promise<Destination[]> {
  const given = givenLogin(inputs.username, inputs.password);
  const meant = inputs.registry ? registryHost(inputs.registry) : repositories[0]!.registry;
  const destinations: Destination[] = [];
  for (const repository of repositories) {
    const { registry } = repository;
    if (given && registry === meant) {
      destinations.push({ repository, login: given, ours: true });
      continue;
    }
    const stored = await storedLogin(env, registry, signal);
    const login = stored ?? jobLogin(env, registry, inputs['github-token']);
    destinations.push({ repository, login, ours: !stored && login !== undefined });
  }
  return destinations;
}

/** The logins Docker has to be told of, one a registry. */
export function loginsToTell(destinations: readonly Destination[]): Login[] {
  const logins = new Map<string, Login>();
  for (const { repository, login, ours } of destinations) {
    if (ours && login) logins.set(repository.registry, { ...login, registry: repository.registry });
  }
  return [...logins.values()];
}

/** Opens each registry and proves its login before anything is built. Errors: REGISTRY_LOGIN, NOT_SUPPORTED and others. */
export async function openAll(
  inputs: Inputs,
  { env, signal, warning }: Actions,
  destinations: readonly Destination[],
  docker: Record<string, string>,
  enginePushes: boolean,
): Promise<RegistryClient[]> {
  const http = await createHttp(env);
  const clients: RegistryClient[] = [];
  for (const { repository, login } of destinations) {
    const { registry } = repository;
    const beyond = !isLoopback(`http://${registry}`);
    const insecure = beyond && (await isInsecure(registry, docker, signal));
    const meant = inputs.registry?.startsWith('http://') && registryHost(inputs.registry) === registry;
    const plain = beyond && (meant || insecure);
    if (plain && !insecure && enginePushes) {
      throw new SeatrialError(
        'NOT_SUPPORTED',
        `The engine does the push and speaks TLS only with ${registry}; add it to insecure-registries in its daemon.json, or give the registry a certificate.`,
      );
    }
    if (plain)
      warning(`${registry} is spoken to by plain http; anybody between can read the login and change the image.`);
    clients.push(await openRegistry(http, repository, { access: 'pull,push', login, plain: Boolean(plain), signal }));
  }
  return clients;
}
