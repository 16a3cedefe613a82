import { existsSync, statSync } from 'node:fs';
import { basename, isAbsolute, join, relative, resolve } from 'node:path';
import { SeatrialError } from '../../lib/errors.ts';

export interface Sources {
  /** Absolute. */
  context: string;
  dockerfile: string;
  /** The Dockerfile as messages name it: from the workspace where it lies within. */
  shown: string;
}
/** Where the context and the Dockerfile are. Errors: CONTEXT_MISSING, DOCKERFILE_MISSING. */
export function findSources(workspace: string, context: string, file?: string): Sources {
  const folder = resolve(workspace, context);
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new SeatrialError(
      'CONTEXT_MISSING',
      `There is no folder ${context}; check out the code first, or mend context.`,
    );
  }
  const places = file ? [resolve(workspace, file), resolve(folder, file)] : [join(folder, 'Dockerfile')];
  const dockerfile = places.find((place) => existsSync(place) && statSync(place).isFile());
  if (!dockerfile) {
    throw new SeatrialError(
      'DOCKERFILE_MISSING',
      `There is no ${file ?? 'Dockerfile'} in ${file ? 'the workspace' : context}; add one, or give its path as file.`,
    );
  }
  const inside = relative(workspace, dockerfile);
  const shown = inside.startsWith('..') || isAbsolute(inside) ? basename(dockerfile) : inside;
  return { context: folder, dockerfile, shown };
}
