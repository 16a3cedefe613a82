import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nearest } from './nearest.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The text of the repository's workflows; undefined where there are none to look into. */
function workflowsOf(root: string): string | undefined {
  const folder = join(root, '.github/workflows');
  if (!existsSync(folder)) return undefined;
  const files = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
  return files.length ? files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n') : undefined;
}

/** Whether some workflow says the environment's name, or leaves it out and means the default. */
function isNamed(name: string, workflows: string): boolean {
  if (name === 'production' && /seatrial/.test(workflows)) return true;
  const literal = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(^|[^\\w.-])${literal}($|[^\\w.-])`, 'm').test(workflows);
}

/** Whether some run is told its environment only when it begins: picked from a list, typed in, or made by an expression. */
const isChosenLater = (workflows: string): boolean =>
  /\btype:\s*['"]?environment\b|\benvironment:\s*['"]?\$\{\{/.test(workflows);

/** True the first time in a job: several steps read the same file. */
function firstTime(line: string, { RUNNER_TEMP: folder }: Env): boolean {
  if (!folder || !existsSync(folder)) return true;
  const file = join(folder, 'seatrial-sections-told');
  const told = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (told.split('\n').includes(line)) return false;
  writeFileSync(file, `${told}${line}\n`);
  return true;
}

/**
 * What to say of sections under `environments` that nothing reads: of a misspelt name, or of an environment that no
 * workflow of the repository is about. Where a run may be told its environment as it begins, the words are softer.
 * `sections` are their places by name.
 */
export function neverRead(
  sections: ReadonlyMap<string, string>,
  environment: string,
  root: string,
  env: Env,
): string[] {
  const names = [...sections.keys()];
  const workflows = workflowsOf(root);
  const read =
    workflows !== undefined && isChosenLater(workflows)
      ? 'is read only by a run that is told that name'
      : 'is never read';
  const lines = names
    .filter((name) => name !== environment && workflows !== undefined && !isNamed(name, workflows))
    .map((name) => {
      const meant = sections.has(environment) ? undefined : nearest(name, [environment]);
      const advice = meant ? `; this run is about "${meant}", did you mean that?` : '.';
      return `${sections.get(name)}: no workflow names the environment "${name}", so its section ${read}${advice}`;
    });
  const meant = sections.has(environment) ? undefined : nearest(environment, names);
  if (meant && !lines.length) {
    lines.push(
      `${sections.get(meant)}: this run is about the environment "${environment}", which has no section; did you mean "${meant}"?`,
    );
  }
  return lines.filter((line) => firstTime(line, env));
}
