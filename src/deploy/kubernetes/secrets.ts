import { SeatrialError } from '../../lib/errors.ts';
import { pullSecretOf, secretOf, type Where } from './objects/release.ts';
import { registryLogin } from './registry.ts';
import type { Space } from './space.ts';
import type { KubernetesSpec } from './spec.ts';

/** Before a Secret is made: that every name has a value. SECRETS_NEEDED. */
export function checkSecrets(spec: KubernetesSpec, secrets: ReadonlyMap<string, string>): void {
  const missing = spec.secrets.filter((key) => !secrets.has(key));
  if (!missing.length) return;
  throw new SeatrialError(
    'SECRETS_NEEDED',
    `Pods have to be made anew and need the secrets ${missing.join(', ')}; hand them over by the input secrets.`,
  );
}

/** The login nodes pull a release's image with. A token of yesterday pulls nothing today: whoever hands one over renews it. */
export async function putLogin(space: Space, release: string, spec: KubernetesSpec): Promise<Where> {
  const login = registryLogin(space.context.inputs, spec.image);
  const where = await space.where(login !== undefined);
  if (login) await space.api.apply('secrets', pullSecretOf(where, release, login));
  return where;
}

/** The values of a release's secrets. What a killed run left under this name can't be changed, and is made again. */
export async function putSecrets(space: Space, where: Where, release: string, spec: KubernetesSpec): Promise<void> {
  checkSecrets(spec, space.context.secrets);
  if (!spec.secrets.length) return;
  await space.api.delete('secrets', space.names.release(release));
  await space.api.create('secrets', secretOf(where, release, spec.secrets, space.context.secrets));
}
