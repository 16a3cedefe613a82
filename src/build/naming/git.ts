import { contextOf } from '../../lib/context.ts';
import { bareEnv, runProcess } from '../../lib/process.ts';
import { commitDateIn, type Payload } from './event.ts';

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
  /** When the commit was made, milliseconds since 1970. */
  committed?: number;
}

type Env = Readonly<Record<string, string | undefined>>;

/** The pull request of the event, from its own file: `GITHUB_REF` is the base branch for pull_request_target. */
function pullRequestOf(env: Env, { pull_request }: Payload): number | undefined {
  const merge = /^refs\/pull\/(\d+)\//.exec(env.GITHUB_REF ?? '');
  if (merge) return Number(merge[1]);
  return env.GITHUB_EVENT_NAME?.startsWith('pull_request') ? pull_request?.number : undefined;
}

/** The commit this run is about: with `DOCKER_METADATA_PR_HEAD_SHA` a pull request's own, as metadata-action has it. */
function shaOf(env: Env, { pull_request }: Payload): string | undefined {
  const head = /true/i.test(env.DOCKER_METADATA_PR_HEAD_SHA ?? '') && env.GITHUB_EVENT_NAME?.startsWith('pull_request');
  return (head && pull_request?.head?.sha) || env.GITHUB_SHA;
}

/** Facts of the run from the CI's variables, else from git itself in `folder`. No git and no repository: no facts. */
export async function gitFacts(env: Env, payload: Payload, folder: string, signal?: AbortSignal): Promise<GitFacts> {
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
  const sha = shaOf(env, payload);
  const dateOf = async (commit: string) => {
    const seconds = Number(await ask('show', '--no-patch', '--format=%ct', `${commit}^{commit}`));
    const committed = commitDateIn(payload, commit) ?? (seconds > 0 ? seconds * 1000 : undefined);
    return committed ? { committed } : {};
  };
  if (sha) {
    const pullRequest = pullRequestOf(env, payload);
    const name = env.GITHUB_REF_NAME ?? env.GITHUB_REF?.replace(/^refs\/(heads|tags)\//, '');
    const isTag = env.GITHUB_REF_TYPE === 'tag' || Boolean(env.GITHUB_REF?.startsWith('refs/tags/'));
    return {
      sha,
      ...(await dateOf(sha)),
      ...(head && head !== sha ? { other: head } : {}),
      ...(pullRequest ? { pullRequest } : name ? (isTag ? { tag: name } : { branch: name }) : {}),
      ...(env.GITHUB_SERVER_URL && env.GITHUB_REPOSITORY
        ? { source: `${env.GITHUB_SERVER_URL}/${env.GITHUB_REPOSITORY}` }
        : {}),
    };
  }
  const elsewhere = contextOf(env);
  if (elsewhere.sha) {
    const { sha: commit, tag, branch, pullRequest, source } = elsewhere;
    return {
      sha: commit,
      ...(await dateOf(commit)),
      ...(head && head !== commit ? { other: head } : {}),
      ...(pullRequest ? { pullRequest } : tag ? { tag } : branch ? { branch } : {}),
      ...(source ? { source } : {}),
    };
  }
  if (!head) return {};
  const [tag, branch] = [
    await ask('describe', '--tags', '--exact-match'),
    await ask('symbolic-ref', '--short', 'HEAD'),
  ];
  return { sha: head, ...(await dateOf(head)), ...(tag ? { tag } : branch ? { branch } : {}) };
}
