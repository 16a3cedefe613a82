import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { contextOf } from '../lib/context.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** A job that calls rollback.yml of a library of workflows, at whatever version. */
const CALLS = /^\s*uses:\s*['"]?[^\s'"#]*\.github\/workflows\/rollback\.ya?ml(@|\s|['"]|$)/m;
const BY_HAND = /\bworkflow_dispatch\b/;

/** The file among a repository's workflows in which one presses rollback; undefined where there is none, or several. */
function callerIn(folder: string): string | undefined {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return undefined; // a job without a checkout
  }
  const callers = names.filter((name) => {
    if (!/\.ya?ml$/.test(name)) return false;
    const text = readFileSync(join(folder, name), 'utf8');
    return CALLS.test(text) && BY_HAND.test(text);
  });
  return callers.length === 1 ? callers[0] : undefined;
}

/**
 * The page on GitHub where one runs the rollback by hand, where the checkout holds exactly one workflow for it.
 * @see https://docs.github.com/actions/how-tos/manage-workflow-runs/manually-run-a-workflow
 */
export function rollbackPage(env: Env): string | undefined {
  const { ci, source } = contextOf(env);
  if (ci !== 'github' || !source || !env.GITHUB_WORKSPACE) return undefined;
  const file = callerIn(join(env.GITHUB_WORKSPACE, '.github/workflows'));
  return file && `${source}/actions/workflows/${encodeURIComponent(file)}`;
}
