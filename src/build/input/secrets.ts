import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Actions } from '../../lib/actions.ts';
import { SeatrialError } from '../../lib/errors.ts';
import { checkSecretFile } from '../builder/options.ts';
import type { Inputs } from '../inputs.ts';
import { checkSecretIds, type SecretInput } from './pairs.ts';

const MASKED_LINES = 200;

export interface BuildSecrets {
  /** Go to the builder by its environment. */
  values: SecretInput[];
  /** Absolute paths. */
  files: SecretInput[];
}

/**
 * The build secrets from all three inputs, masked, each asked for by the Dockerfile. Error: INPUT_INVALID. No message
 * quotes a value, or an id that may be a line of one.
 */
export function readSecrets(inputs: Inputs, actions: Actions, root: string, dockerfile: string): BuildSecrets {
  const fromEnv = inputs['secret-envs'].map(({ id, value: name }, n) => {
    const value = actions.env[name];
    if (value === undefined) {
      throw new SeatrialError('INPUT_INVALID', `secret-envs: the variable of item ${n + 1} is not set in this step.`);
    }
    return { id, value };
  });
  const files = inputs['secret-files'].map(({ id, value }) => ({ id, value: resolve(root, value) }));
  for (const { id, value } of files) {
    checkSecretFile(id, value);
    const text = readFileSync(value, 'utf8');
    // A key or a login has few lines. Of a long file each line would be looked for in each line of the log.
    if (text.split('\n').length <= MASKED_LINES) actions.mask(text);
  }
  const values = [...inputs.secrets, ...fromEnv];
  for (const { value } of values) actions.mask(value);
  const given = (['secrets', 'secret-files', 'secret-envs'] as const).flatMap((input) =>
    inputs[input].map(({ id }, n) => ({ id, input, n: n + 1 })),
  );
  checkSecretIds(given, readFileSync(dockerfile, 'utf8'));
  return { values, files };
}
