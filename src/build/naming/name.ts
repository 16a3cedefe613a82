import type { Actions } from '../../lib/actions.ts';
import type { Inputs } from '../inputs.ts';
import { readPayload } from './event.ts';
import { type GitFacts, gitFacts } from './git.ts';
import { commitDateOf, defaultBranchOf } from './github.ts';
import { annotationsOf, checkLabels, labelsOf } from './labels.ts';
import { asksFor, chooseTags, type Tags } from './tags/choose.ts';
import { expressionSource } from './tags/compute.ts';
import { tagContext } from './tags/context.ts';

/** What this image will be called, and say of itself. */
export interface Naming extends Tags {
  git: GitFacts;
  labels: Record<string, string>;
  annotations: string[];
  /** Seconds since 1970 that stand for the time of the build; undefined where no commit is known. */
  epoch?: string;
}

/**
 * Tags, labels and annotations from the inputs, the event and git, before anything is built. GitHub's API is asked only
 * for what they need and neither event nor checkout tell. Errors: those of `chooseTags`.
 */
export async function nameImage(
  inputs: Inputs,
  actions: Actions,
  context: string,
  repositories: readonly string[],
): Promise<Naming> {
  const { env, signal } = actions;
  const payload = readPayload(env);
  const git = await gitFacts(env, payload, context, signal);
  const token = inputs['github-token'];
  const needs = asksFor(inputs);
  const values = [...inputs.labels, ...inputs.annotations].map(({ value }) => value);
  checkLabels(inputs.labels, inputs.annotations);
  const needsDate = needs.commitDate || values.some((value) => value.includes('commit_date'));
  const needsBranch = needs.defaultBranch || values.some((value) => value.includes('default_branch'));
  const commitDate = needsDate && git.sha && !git.committed ? await commitDateOf(actions, token, git.sha) : undefined;
  const told = payload.repository?.default_branch;
  const defaultBranch = needsBranch && !told ? await defaultBranchOf(actions, token) : told;
  const run = tagContext(env, payload, git, { now: Date.now(), commitDate, defaultBranch });
  if (needsDate && !git.committed && !commitDate) {
    actions.warning('The time of the commit is not known here; commit_date is the time of this run.');
  }
  const tags = chooseTags({ ...inputs, repositories }, git, run);
  for (const doubt of tags.doubts) actions.warning(`tags: ${doubt}.`);
  if (git.other && (inputs.tags ?? 'auto').includes('auto')) {
    actions.warning(
      `The context is at commit ${git.other.slice(0, 7)}, but this run is about ${git.sha?.slice(0, 7)}: tags and labels name the latter. Give tags of your own for what you checked out.`,
    );
  }
  const source = expressionSource(run);
  return {
    ...tags,
    git,
    labels: labelsOf(inputs.labels, git, payload, tags.version, source),
    annotations: annotationsOf(inputs.annotations, source),
    epoch: env.SOURCE_DATE_EPOCH || (git.committed ? String(Math.floor(git.committed / 1000)) : undefined),
  };
}
