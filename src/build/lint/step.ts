import type { Actions } from '../../lib/actions.ts';
import { SeatrialError } from '../../lib/errors.ts';
import type { Facts, LintResult } from '../facts.ts';
import type { Inputs } from '../inputs.ts';
import type { ImageConfig } from './process.ts';
import type { LintFinding } from './secrets.ts';
import type { Sources } from './sources.ts';

/** GitHub shows ten warnings a step, and findings of the scan have half of them; the summary has all. */
const ANNOTATIONS = 5;

/** What is left to judge once the image is built. Error: LINT_FAILED. */
export type ImageLint = (configs: readonly ImageConfig[]) => void;

/** Findings of these are about the context or the call, not about a line of the Dockerfile. */
const OF_CONTEXT = new Set(['no-dockerignore']);

/**
 * Lint before the build, by the files; the answer judges the built image's configuration, before anything is pushed.
 * Findings go into `facts` and stand as warnings beside their lines. Error: LINT_FAILED with `lint: error`.
 */
export async function runLint(
  inputs: Inputs,
  actions: Actions,
  root: string,
  sources: Sources,
  facts: Facts,
): Promise<ImageLint> {
  if (inputs.lint === 'off') return () => undefined;
  const severity = inputs.lint === 'error' ? 'error' : 'warning';
  const { runRules } = await import('./lint.ts'); // the parsers are 200 kB that `lint: off` need not load
  const run = runRules({
    root,
    sources,
    target: inputs.target,
    buildArgs: inputs['build-args'],
    buildContexts: inputs['build-contexts'],
  });
  let shown = 0;
  const tell = (findings: readonly LintFinding[]) => {
    const results = findings.map(
      (finding): LintResult => ({
        ...finding,
        severity,
        file: finding.file ?? (OF_CONTEXT.has(finding.rule) ? inputs.context : sources.shown),
      }),
    );
    facts.lint.push(...results);
    for (const { rule, file, line, why, mend } of results.slice(0, Math.max(0, ANNOTATIONS - shown))) {
      actions.warning(`${rule}: ${why} ${mend}`, { file, ...(line ? { line } : {}), title: rule });
    }
    const rest = shown + results.length - Math.max(ANNOTATIONS, shown);
    if (rest > 0) actions.info(`… and ${rest} more lint findings: see the summary.`);
    shown += results.length;
    if (results.length === 0 || severity === 'warning') return;
    const rules = [...new Set(results.map(({ rule }) => rule))].join(', ');
    throw new SeatrialError(
      'LINT_FAILED',
      `Lint has ${results.length} finding(s): ${rules}. Nothing was pushed; mend them, or set lint: warn.`,
    );
  };
  facts.lintRan = true;
  for (const doubt of run.doubts) actions.warning(doubt, { file: sources.shown });
  tell(run.findings);
  return (configs) => tell(run.judgeImage(configs));
}
