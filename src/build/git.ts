import { contextOf } from '../lib/context.ts';
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

/** Facts of the run from the CI's variables, else from git itself in `folder`. No git and no repository: no facts. */
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
  const { sha, branch, tag, pullRequest, source } = contextOf(env);
  if (sha) {
    return {
      sha,
      ...(head && head !== sha ? { other: head } : {}),
      ...(pullRequest ? { pullRequest } : tag ? { tag } : branch ? { branch } : {}),
      ...(source ? { source } : {}),
    };
  }
  if (!head) return {};
  const checkedOut = {
    tag: await ask('describe', '--tags', '--exact-match'),
    branch: await ask('symbolic-ref', '--short', 'HEAD'),
  };
  return {
    sha: head,
    ...(checkedOut.tag ? { tag: checkedOut.tag } : checkedOut.branch ? { branch: checkedOut.branch } : {}),
  };
}
