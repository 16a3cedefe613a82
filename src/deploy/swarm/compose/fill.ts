import { SeatrialError } from '../../../lib/errors.ts';
import type { Project, Service } from '../../docker/compose/project.ts';
import { secretNames } from '../../docker/compose/secrets.ts';

/** Compose source as text: `$$` is a dollar sign, `${NAME}` the value of a secret, written by `spell`. */
export type Fill = (text: string, spell?: (value: string) => string) => string;

const same = (value: string) => value;

/** SECRETS_NEEDED for a name whose value nobody has. */
export const filler =
  (values: ReadonlyMap<string, string>): Fill =>
  (text, spell = same) =>
    text.replace(/\$\$|\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name?: string) => {
      if (name === undefined) return '$';
      const value = values.get(name);
      if (value !== undefined) return spell(value);
      throw new SeatrialError(
        'SECRETS_NEEDED',
        `A service has to be made anew and needs the secret ${name}; hand it over by the input secrets.`,
      );
    });

/** Secrets whose values stand in a service itself, as in its environment. */
export const namesIn = (service: Service): string[] =>
  secretNames({
    name: '',
    services: { service },
    networks: {},
    volumes: {},
    secrets: {},
    configs: {},
  } satisfies Project);
