import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { COMPOSE_FILE, secretsInCompose } from './compose.ts';
import { type Dockerfile, parseDockerfile } from './dockerfile.ts';
import type { ImageConfig } from './process.ts';
import { deadWaivers, lint, lintImage } from './rules.ts';
import type { LintFinding } from './secrets.ts';
import type { Sources } from './sources.ts';

/** Full of other people's examples, and never where a secret is put by hand: named, not looked into. */
const FOREIGN = new Set(['.git', 'node_modules', 'vendor', '.venv']);
/** A context larger than this is looked through as far as it goes; lint shall cost no minutes. */
const LOOKED_AT = 20_000;
/** Files of settings and keys are small; of a larger one the name is judged. */
const READ_BYTES = 256 * 1024;

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
    return []; // what we may not read the builder can't copy either, and it will say so
  }
}

/** Files of the context by their path within it, the upper folders first; `folders` are those that were not looked into. */
function filesOf(context: string): { files: string[]; folders: string[] } {
  const files: string[] = [];
  const folders: string[] = [];
  const open = [''];
  for (let at = open.shift(); at !== undefined && files.length < LOOKED_AT; at = open.shift()) {
    for (const entry of entriesOf(join(context, at))) {
      const path = at ? `${at}/${entry.name}` : entry.name;
      if (!entry.isDirectory()) files.push(path);
      else if (FOREIGN.has(entry.name)) folders.push(path);
      else open.push(path);
    }
  }
  return { files, folders };
}

function readSmall(file: string): string | undefined {
  try {
    if (statSync(file).size > READ_BYTES) return undefined;
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (!(error as NodeJS.ErrnoException).code) throw error;
    return undefined; // a broken link or no right to read: its name is all there is
  }
}

export interface LintCall {
  /** The workspace: compose files are looked for there and in the context. */
  root: string;
  sources: Sources;
  target?: string;
  buildArgs?: readonly Pair[];
  buildContexts?: readonly Pair[];
}

interface Pair {
  name: string;
  value: string;
}

export interface LintRun {
  findings: LintFinding[];
  /** What is wrong with the waivers themselves. */
  doubts: string[];
  /** Findings of the built image that the Dockerfile alone did not tell. */
  judgeImage(configs: readonly ImageConfig[]): LintFinding[];
}

const named = (pairs: readonly Pair[] = []) => new Map(pairs.map(({ name, value }) => [name, value] as const));

function composeFindings(root: string, context: string): LintFinding[] {
  return [...new Set([root, context])].flatMap((folder) =>
    entriesOf(folder)
      .filter((entry) => entry.isFile() && COMPOSE_FILE.test(entry.name))
      .flatMap(({ name }) => {
        const text = readSmall(join(folder, name));
        return text === undefined ? [] : secretsInCompose(relative(root, join(folder, name)), text);
      }),
  );
}

const doubtsOf = (dockerfile: Dockerfile) =>
  deadWaivers(dockerfile).map(
    ({ line, rules }) => `# seatrial-ignore in line ${line} names no rule (${rules.join(', ')}); it waives nothing.`,
  );

/** Runs the rules over the files as they lie there. */
export function runRules({ root, sources, target, buildArgs, buildContexts }: LintCall): LintRun {
  const { context, dockerfile: file } = sources;
  const read = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);
  const args = named(buildArgs);
  const dockerfile = parseDockerfile(readFileSync(file, 'utf8'), args);
  const findings = lint(
    dockerfile,
    {
      ...filesOf(context),
      target,
      dockerignore: read(join(dirname(file), `${basename(file)}.dockerignore`)) ?? read(join(context, '.dockerignore')),
      read: (path) => readSmall(join(context, path)),
      buildArgs: args,
      contexts: new Set(named(buildContexts).keys()),
    },
    composeFindings(root, context),
  );
  return {
    findings,
    doubts: doubtsOf(dockerfile),
    judgeImage: (configs) => lintImage(dockerfile, target, configs, findings),
  };
}
