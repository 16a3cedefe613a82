import type { Actions } from '../../lib/actions.ts';

/** A tag is not worth a job that hangs on an API that does. */
const TIMEOUT_MS = 15_000;

/** One question to GitHub's API about this repository; undefined where it can't or won't say. */
async function askRepository<T>(actions: Actions, token: string | undefined, path: string): Promise<T | undefined> {
  const { env, signal } = actions;
  if (!token || !env.GITHUB_REPOSITORY) return undefined;
  try {
    const { getOctokit } = await import('@actions/github');
    const octokit = getOctokit(token, {
      baseUrl: env.GITHUB_API_URL || 'https://api.github.com',
      request: { signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) },
    });
    return (await octokit.request(`GET /repos/${env.GITHUB_REPOSITORY}${path}`)).data as T;
  } catch (error) {
    signal.throwIfAborted();
    actions.debug(`GitHub’s API did not say: ${error instanceof Error ? error.message : String(error)}`);
    return undefined; // who needs the answer says what to do without it
  }
}

export const defaultBranchOf = async (actions: Actions, token?: string) =>
  (await askRepository<{ default_branch?: string }>(actions, token, ''))?.default_branch;

/** When a commit was made, milliseconds since 1970. */
export async function commitDateOf(actions: Actions, token: string | undefined, sha: string) {
  const found = await askRepository<{ commit?: { committer?: { date?: string } } }>(actions, token, `/commits/${sha}`);
  const date = Date.parse(found?.commit?.committer?.date ?? '');
  return Number.isNaN(date) ? undefined : date;
}
