import { readFileSync } from 'node:fs';
import type { Actions } from '../lib/actions.ts';

/** GitHub takes 65,536 characters a comment. */
const LIMIT = 60_000;
/** For the whole of it: a comment is not worth a job that hangs on an API that does. */
const TIMEOUT_MS = 20_000;

/** Number of the pull request this run is about, from the event. */
export function pullRequestNumber(env: Actions['env']): number | undefined {
  const merge = /^refs\/pull\/(\d+)\//.exec(env.GITHUB_REF ?? '');
  if (merge) return Number(merge[1]);
  if (!env.GITHUB_EVENT_PATH) return undefined;
  try {
    const event = JSON.parse(readFileSync(env.GITHUB_EVENT_PATH, 'utf8')) as {
      pull_request?: { number?: number };
      issue?: { number?: number; pull_request?: unknown };
    };
    return event.pull_request?.number ?? (event.issue?.pull_request ? event.issue.number : undefined);
  } catch {
    return undefined; // no event we can read, no pull request to write to
  }
}

/** Writes the result on the pull request: one comment an image, found again by its mark. A refusal is a warning only. */
export async function writeComment(actions: Actions, token: string, repository: string, body: string): Promise<void> {
  const { env } = actions;
  const number = pullRequestNumber(env);
  const [owner, repo] = (env.GITHUB_REPOSITORY ?? '').split('/');
  if (!number || !owner || !repo) {
    actions.info('This run belongs to no pull request: no comment.');
    return;
  }
  const mark = `<!-- seatrial-build ${repository} -->`;
  const text = actions.scrub(`${mark}\n${body}`.slice(0, LIMIT));
  try {
    const { getOctokit } = await import('@actions/github');
    const octokit = getOctokit(token, {
      baseUrl: env.GITHUB_API_URL || 'https://api.github.com',
      request: { signal: AbortSignal.timeout(TIMEOUT_MS) },
    });
    const where = { owner, repo, issue_number: number };
    let mine: number | undefined;
    for await (const { data } of octokit.paginate.iterator(octokit.rest.issues.listComments, {
      ...where,
      per_page: 100,
    })) {
      mine = data.find((comment) => comment.body?.startsWith(mark))?.id;
      if (mine) break;
    }
    if (mine) await octokit.rest.issues.updateComment({ owner, repo, comment_id: mine, body: text });
    else await octokit.rest.issues.createComment({ ...where, body: text });
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    const next = /abort|timeout/i.test(why ?? '')
      ? 'GitHub’s API did not answer in time'
      : 'the job needs the permission pull-requests: write';
    actions.warning(`The comment could not be written (${why}); ${next}.`);
  }
}
