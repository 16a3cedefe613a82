import { putFiles } from '../../lib/docker/archive.ts';
import type { Engine } from '../../lib/docker/engine.ts';
import { SeatrialError } from '../../lib/errors.ts';
import type { DockerSpec } from './spec.ts';

/** Before a container is made: that every secret it needs has a value. Errors: SECRETS_NEEDED. */
export function checkSecrets(spec: DockerSpec, secrets: ReadonlyMap<string, string>): void {
  const missing = spec.secrets.filter((key) => !secrets.has(key));
  if (missing.length) {
    throw new SeatrialError(
      'SECRETS_NEEDED',
      `A container has to be made anew and needs the secrets ${missing.join(', ')}; hand them over by the input secrets.`,
    );
  }
}

/** Secrets as files, put into a container that has not started yet. */
export async function putSecrets(
  engine: Engine,
  name: string,
  spec: DockerSpec,
  secrets: ReadonlyMap<string, string>,
): Promise<void> {
  if (!spec.secrets.length) return;
  checkSecrets(spec, secrets);
  const mode = 0o444; // whoever the app runs as must be able to read; the container is the border
  const files = spec.secrets.map((key) => ({ key, content: secrets.get(key)!, mode }));
  if (spec.readOnly) {
    await putFiles(
      engine,
      name,
      '/run/secrets',
      files.map(({ key, ...rest }) => ({ name: key, ...rest })),
    );
  } else {
    await putFiles(
      engine,
      name,
      '/',
      files.map(({ key, ...rest }) => ({ name: `run/secrets/${key}`, ...rest })),
    );
  }
}
