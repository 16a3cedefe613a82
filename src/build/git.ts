import { readFileSync } from 'node:fs';
import { bareEnv, runProcess } from '../lib/process.ts';

/** Where the code comes from; what isn't known is left out. */
export interface GitFacts {
  sha?: string;
  /** The commit that lies in the context, where the run is about another. */
  other?: string;
  branch?: string;
  tag?: string;
  pullRequest?: number;
  /** `https://github.com/acme/shop` */
  source?: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** The pull request of the event, from its own file: `GITHUB_REF` is the base branch for pull_request_target. */
function pullRequestOf(env: Env): number | undefined {
  const merge = /^refs\/pull\/(\d+)\//.exec(env.GITHUB_REF ?? '');
  if (merge) return Number(merge[1]);
  if (!env.GITHUB_EVENT_NAME?.startsWith('pull_request') || !env.GITHUB_EVENT_PATH) return undefined;
  try {
    const event = JSON.parse(readFileSync(env.GITHUB_EVENT_PATH, 'utf8')) as { pull_request?: { number?: number } };
    return event.pull_request?.number;
  } catch {
    return undefined; // an event we can't read leaves the pull request unknown
  }
}

/** Facts of the run from GitHub's variables, else from git itself in `folder`. No git and no repository: no facts. */
export async function gitFacts(env: Env, folder: string, signal?: AbortSignal): Promise<GitFacts> {
  const ask = async (...args: string[]): Promise<string | undefined> => {
    try {
      const answer = await runProcess('git', ['-C', folder, ...args], { env: bareEnv(env), signal });
      return answer.exitCode === 0 ? answer.stdout.trim() || undefined : undefined;
    } catch {
      signal?.throwIfAborted();
      return undefined; // a machine without git has no facts; tags must be given then
    }
  };
  const head = await ask('rev-parse', 'HEAD');
  if (env.GITHUB_SHA) {
    const pullRequest = pullRequestOf(env);
    const name = env.GITHUB_REF_NAME ?? env.GITHUB_REF?.replace(/^refs\/(heads|tags)\//, '');
    const isTag = env.GITHUB_REF_TYPE === 'tag' || Boolean(env.GITHUB_REF?.startsWith('refs/tags/'));
    return {
      sha: env.GITHUB_SHA,
      ...(head && head !== env.GITHUB_SHA ? { other: head } : {}),
      ...(pullRequest ? { pullRequest } : name ? (isTag ? { tag: name } : { branch: name }) : {}),
      ...(env.GITHUB_SERVER_URL && env.GITHUB_REPOSITORY
        ? { source: `${env.GITHUB_SERVER_URL}/${env.GITHUB_REPOSITORY}` }
        : {}),
    };
  }
  if (!head) return {};
  const [tag, branch] = [
    await ask('describe', '--tags', '--exact-match'),
    await ask('symbolic-ref', '--short', 'HEAD'),
  ];
  return { sha: head, ...(tag ? { tag } : branch ? { branch } : {}) };
}
