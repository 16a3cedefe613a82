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

/**
 * A secret of a Swarm can neither be read nor changed: its name tells one value from another. By a hash that is slow to
 * try values against (scrypt, RFC 7914), since names can be read by whoever may list services.
 */
export function objectName({ app, environment }: Place, name: string, value: string): string {
  const salt = `seatrial/${app}/${environment}/${name}`;
  return `${app}-secret-${scryptSync(value, salt, 12, { N: 16384, r: 8, p: 1 }).toString('hex')}`;
}

/** SECRETS_NEEDED where a value is missing. */
export function checkSecrets(names: readonly string[], values: ReadonlyMap<string, string>): void {
  const missing = names.filter((name) => !values.has(name));
  if (!missing.length) return;
  throw new SeatrialError(
    'SECRETS_NEEDED',
    `A service has to be made anew and needs the secrets ${missing.join(', ')}; hand them over by the input secrets.`,
  );
}

const listed = (api: SwarmApi, { app, environment }: Place) =>
  api.stored('secrets', [
    `${label('app')}=${app}`,
    `${label('environment')}=${environment}`,
    `${label('role')}=secret`,
  ]);

async function ensure(api: SwarmApi, place: Place, name: string, value: string): Promise<SecretRef> {
  const object = objectName(place, name, value);
  const labels = { ...ownLabels(place.app, place.environment, 'secret'), [label('secret')]: name };
  const made = await api.store('secrets', object, labels, value);
  const id = made ?? (await listed(api, place)).find(({ Spec }) => Spec.Name === object)?.ID;
  if (id) return { name, id, object };
  throw new SeatrialError(
    'ENGINE_REFUSED',
    `${api.engine.label}: the secret ${object} is there and is not ours; remove it.`,
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
  for (const name of names) refs.push(await ensure(api, place, name, values.get(name)!));
  return refs;
}

export const ensureCertificate = (api: SwarmApi, place: Place, pem: string): Promise<SecretRef> =>
  ensure(api, place, CERTIFICATE, pem);

export async function findSecret(api: SwarmApi, place: Place, object: string): Promise<string | undefined> {
  return (await listed(api, place)).find(({ Spec }) => Spec.Name === object)?.ID;
}

/** Removes those that no service uses; the Swarm itself refuses for the others. */
export async function pruneSecrets(api: SwarmApi, place: Place): Promise<void> {
  for (const { ID } of await listed(api, place)) await api.unstore('secrets', ID);
}
