import { scryptSync } from 'node:crypto';
import { SeatrialError } from '../../lib/errors.ts';
import type { SwarmApi } from './api.ts';
import type { SecretRef } from './body.ts';
import { label, ownLabels } from './labels.ts';

/** What one of these is for: a secret of the app by its name, or the certificate of the edge. */
const CERTIFICATE = '.certificate';

interface Place {
  app: string;
  environment: string;
}

export type Kind = 'configs' | 'secrets';
const ROLES = { configs: 'config', secrets: 'secret' } as const;

/**
 * A secret of a Swarm can neither be read nor changed: its name tells one value from another. By a hash that is slow to
 * try values against (scrypt, RFC 7914), since names can be read by whoever may list services. Configs are named alike.
 */
export function objectName({ app, environment }: Place, name: string, value: string, kind: Kind = 'secrets'): string {
  const salt = `seatrial/${app}/${environment}/${name}`;
  return `${app}-${ROLES[kind]}-${scryptSync(value, salt, 12, { N: 16384, r: 8, p: 1 }).toString('hex')}`;
}

/** SECRETS_NEEDED where a value is missing. */
export function checkSecrets(names: readonly string[], values: { has(name: string): boolean }): void {
  const missing = names.filter((name) => !values.has(name));
  if (!missing.length) return;
  throw new SeatrialError(
    'SECRETS_NEEDED',
    `A service has to be made anew and needs the secrets ${missing.join(', ')}; hand them over by the input secrets.`,
  );
}

const listed = (api: SwarmApi, { app, environment }: Place, kind: Kind = 'secrets') =>
  api.stored(kind, [
    `${label('app')}=${app}`,
    `${label('environment')}=${environment}`,
    `${label('role')}=${ROLES[kind]}`,
  ]);

/** Makes a secret or config where it is not there. */
export async function ensureObject(
  api: SwarmApi,
  place: Place,
  name: string,
  value: string,
  kind: Kind = 'secrets',
): Promise<SecretRef> {
  const object = objectName(place, name, value, kind);
  const role = ROLES[kind];
  const labels = { ...ownLabels(place.app, place.environment, role), [label(role)]: name };
  const made = await api.store(kind, object, labels, value);
  const id = made ?? (await findObject(api, place, object, kind));
  if (id) return { name, id, object };
  throw new SeatrialError(
    'ENGINE_REFUSED',
    `${api.engine.label}: the ${role} ${object} is there and is not ours; remove it.`,
  );
}

/** The secrets of a release, each there. SECRETS_NEEDED. */
export async function ensureSecrets(
  api: SwarmApi,
  place: Place,
  names: readonly string[],
  values: ReadonlyMap<string, string>,
): Promise<SecretRef[]> {
  checkSecrets(names, values);
  const refs: SecretRef[] = [];
  for (const name of names) refs.push(await ensureObject(api, place, name, values.get(name)!));
  return refs;
}

export const ensureCertificate = (api: SwarmApi, place: Place, pem: string): Promise<SecretRef> =>
  ensureObject(api, place, CERTIFICATE, pem);

export async function findObject(
  api: SwarmApi,
  place: Place,
  object: string,
  kind: Kind = 'secrets',
): Promise<string | undefined> {
  return (await listed(api, place, kind)).find(({ Spec }) => Spec.Name === object)?.ID;
}

/** Removes those that no service uses and none of `keep` names; the Swarm itself refuses for what is in use. */
export async function pruneSecrets(api: SwarmApi, place: Place, keep: ReadonlySet<string> = new Set()): Promise<void> {
  for (const kind of ['secrets', 'configs'] as const) {
    for (const { ID, Spec } of await listed(api, place, kind)) {
      if (!keep.has(Spec.Name)) await api.unstore(kind, ID);
    }
  }
}
