import { readFileSync } from 'node:fs';
import { bareEnv, runProcess } from './process.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Finds the first line of a commit's message; undefined where nothing at hand knows the commit. */
export type SubjectOf = (sha: string) => Promise<string | undefined>;

const firstLine = (text: unknown): string | undefined =>
  (typeof text === 'string' && text.split('\n')[0]?.trim()) || undefined;

/**
 * The head commit of a push, from the event's file. Other events name none, or another than the one that runs.
 * @see https://docs.github.com/webhooks/webhook-events-and-payloads#push
 */
function pushed(env: Env, sha: string): string | undefined {
  if (!env.GITHUB_EVENT_PATH) return undefined;
  try {
    const event = JSON.parse(readFileSync(env.GITHUB_EVENT_PATH, 'utf8')) as {
      head_commit?: { id?: unknown; message?: unknown };
    } | null;
    const { id, message } = event?.head_commit ?? {};
    return typeof id === 'string' && id.startsWith(sha) ? firstLine(message) : undefined;
  } catch {
    return undefined; // outside GitHub the file need not be there; git is asked instead
  }
}

/** Longest time for git: a message must not wait for a slow disk. */
const GIT_MS = 2000;

/** From the event, else what GitLab says, else from the checkout: a job that has none, or a shallow one, has no subject. */
export const subjectFinder =
  (env: Env): SubjectOf =>
  async (sha) => {
    const gitlab = env.CI_COMMIT_SHA?.startsWith(sha) ? firstLine(env.CI_COMMIT_TITLE) : undefined;
    const known = pushed(env, sha) ?? gitlab;
    if (known) return known;
    try {
      const options = {
        cwd: env.GITHUB_WORKSPACE || process.cwd(),
        env: bareEnv(env),
        signal: AbortSignal.timeout(GIT_MS),
      };
      const { exitCode, stdout } = await runProcess('git', ['show', '--no-patch', '--format=%s', sha, '--'], options);
      return exitCode === 0 ? firstLine(stdout) : undefined;
    } catch {
      return undefined; // no git, or no answer in time: the commit is linked all the same
    }
  };
