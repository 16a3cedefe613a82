import { SeatrialError } from '../../../lib/errors.ts';
import type { Payload } from '../event.ts';
import type { GitFacts } from '../git.ts';
import type { TagContext } from './compute.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Length of a short commit: seven, or what metadata-action's variable says. Error: INPUT_INVALID. */
function shortLength(env: Env): number {
  const given = env.DOCKER_METADATA_SHORT_SHA_LENGTH;
  if (!given) return 7;
  if (/^[1-9]\d*$/.test(given.trim())) return Number(given);
  throw new SeatrialError('INPUT_INVALID', 'DOCKER_METADATA_SHORT_SHA_LENGTH is not a number of characters.');
}

/** The ref this run is about; on pull_request_target the pull request's, as metadata-action has it. */
function refOf(env: Env, payload: Payload, git: GitFacts): string {
  const number = payload.number ?? payload.pull_request?.number;
  if (env.GITHUB_EVENT_NAME === 'pull_request_target' && number) return `refs/pull/${number}/merge`;
  if (env.GITHUB_REF) return env.GITHUB_REF;
  if (git.tag) return `refs/tags/${git.tag}`;
  if (git.pullRequest) return `refs/pull/${git.pullRequest}/merge`;
  return git.branch ? `refs/heads/${git.branch}` : '';
}

/** The run as tags see it. */
export function tagContext(
  env: Env,
  payload: Payload,
  git: GitFacts,
  { now, commitDate, defaultBranch }: { now: number; commitDate?: number; defaultBranch?: string },
): TagContext {
  const ref = refOf(env, payload, git);
  const base = ref.startsWith('refs/tags/')
    ? payload.base_ref?.replace(/^refs\/heads\//, '')
    : ref.startsWith('refs/pull/')
      ? payload.pull_request?.base?.ref
      : '';
  return {
    eventName: env.GITHUB_EVENT_NAME ?? '',
    ref,
    sha: git.sha ?? '',
    shortLength: shortLength(env),
    baseRef: base ?? '',
    defaultBranch: payload.repository?.default_branch ?? defaultBranch,
    now,
    commitDate: commitDate ?? git.committed ?? now,
  };
}
