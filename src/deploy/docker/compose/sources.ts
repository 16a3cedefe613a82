import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { SeatrialError } from '../../../lib/errors.ts';
import { only } from './derive.ts';
import type { Project } from './project.ts';
import { secretNames } from './secrets.ts';

/** What secrets and configs are filled from: compose asks for it when it starts containers, which is late to learn that it is not there. */

/** The project with the secrets and configs that some service has. */
const used = (project: Project) => only(project, Object.keys(project.services));

/** That each file of this checkout is there which a secret or a config is. COMPOSE_INVALID. */
export function checkFiles(project: Project, folder: string): void {
  const { secrets, configs } = used(project);
  for (const [kind, entries] of Object.entries({ secret: secrets, config: configs })) {
    for (const [name, { file }] of Object.entries(entries)) {
      if (!file || /^[/~]/.test(file) || existsSync(resolve(folder, file))) continue;
      throw new SeatrialError(
        'COMPOSE_INVALID',
        `compose-file: the ${kind} ${name} is the file ${file}, which is not in the checkout; add it, or write environment: NAME and hand the value over by the input secrets.`,
      );
    }
  }
}

/** Pure: that each value is at hand which a container will be given. SECRETS_NEEDED. */
export function checkValues(project: Project, value: (name: string) => string | undefined): void {
  const missing = secretNames(used(project)).filter((name) => value(name) === undefined);
  if (!missing.length) return;
  throw new SeatrialError(
    'SECRETS_NEEDED',
    `compose-file: containers need the secrets ${missing.join(', ')}, which are not at hand; hand them over by the input secrets.`,
  );
}
