import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { SeatrialError } from '../../lib/errors.ts';
import { parseDockerfile } from './dockerfile.ts';
import { lint } from './rules.ts';
import type { LintFinding } from './secrets.ts';

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

/** Not our user's: full of other people's examples, and never where a secret is put by hand. */
const FOREIGN = new Set(['.git', 'node_modules', 'vendor']);
/** A context larger than this is looked through as far as it goes; lint shall cost no minutes. */
const LOOKED_AT = 20_000;

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
    return []; // what we may not read the builder can't copy either, and it will say so
  }
}

/** Files of the context by their path within it, the upper folders first. */
function filesOf(context: string): string[] {
  const files: string[] = [];
  const folders = [''];
  for (let at = folders.shift(); at !== undefined && files.length < LOOKED_AT; at = folders.shift()) {
    for (const entry of entriesOf(join(context, at))) {
      const path = at ? `${at}/${entry.name}` : entry.name;
      if (!entry.isDirectory()) files.push(path);
      else if (!FOREIGN.has(entry.name)) folders.push(path);
    }
  }
  return files;
}

/** Runs the rules over the files as they lie there. */
export function lintSources(
  { context, dockerfile }: Sources,
  target?: string,
  buildArgs: readonly string[] = [],
): LintFinding[] {
  const read = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined);
  const args = new Map(buildArgs.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
  return lint(parseDockerfile(readFileSync(dockerfile, 'utf8'), args), {
    target,
    dockerignore:
      read(join(dirname(dockerfile), `${basename(dockerfile)}.dockerignore`)) ?? read(join(context, '.dockerignore')),
    files: filesOf(context),
    buildArgs: args,
  });
}
