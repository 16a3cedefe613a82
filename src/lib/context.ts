import { readFileSync } from 'node:fs';

type Env = Readonly<Record<string, string | undefined>>;

/** What the CI says of the run; what it does not say is left out, never invented. */
export interface Context {
  ci?: 'github' | 'gitlab' | 'jenkins' | 'gitee' | 'coding' | 'yunxiao' | 'woodpecker';
  /** Full commit id. */
  sha?: string;
  branch?: string;
  tag?: string;
  /** Number of the pull or merge request, where the run is about one. */
  pullRequest?: number;
  /** Who started the run, by the CI's own name for them. */
  actor?: string;
  /** `owner/name`. */
  repository?: string;
  /** Web address of the repository, without a slash at its end. */
  source?: string;
  /** Web page of the commit. */
  commitPage?: string;
  /** Web page of the run. */
  run?: string;
}

/** The pull request of a GitHub event, from its own file: `GITHUB_REF` is the base branch for pull_request_target. */
export function pullRequestOf(env: Env): number | undefined {
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

const page = (url: string | undefined) => (url && /^https?:\/\//.test(url) ? url.replace(/\/+$/, '') : undefined);
const number = (text: string | undefined) => (text && /^\d+$/.test(text) ? Number(text) : undefined);
/** Jenkins names a branch as the remote has it. */
const local = (branch: string | undefined) => branch?.replace(/^(refs\/heads\/|refs\/remotes\/|)(origin\/)?/, '');
/** The web page of a repository that is cloned over http. */
const cloned = (url: string | undefined) => page(url?.replace(/\.git$/, '').replace(/\/\/[^/@]*@/, '//'));

/**
 * https://docs.github.com/actions/reference/workflows-and-actions/variables. Also what act and other runners of
 * GitHub's workflows set.
 */
function github(env: Env): Context {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: id, GITHUB_SHA: sha } = env;
  const source = server && repository ? `${server}/${repository}` : undefined;
  const attempt = Number(env.GITHUB_RUN_ATTEMPT) > 1 ? `/attempts/${env.GITHUB_RUN_ATTEMPT}` : '';
  const pullRequest = pullRequestOf(env);
  const name = env.GITHUB_REF_NAME ?? env.GITHUB_REF?.replace(/^refs\/(heads|tags)\//, '');
  const isTag = env.GITHUB_REF_TYPE === 'tag' || Boolean(env.GITHUB_REF?.startsWith('refs/tags/'));
  return {
    ci: 'github',
    sha,
    tag: isTag ? name : undefined,
    branch: isTag || pullRequest ? undefined : name,
    pullRequest,
    actor: env.GITHUB_TRIGGERING_ACTOR || env.GITHUB_ACTOR,
    repository,
    source,
    commitPage: source && sha ? `${source}/commit/${sha}` : undefined,
    run: source && id ? `${source}/actions/runs/${id}${attempt}` : undefined,
  };
}

/** https://docs.gitlab.com/ci/variables/predefined_variables/ */
function gitlab(env: Env): Context {
  const source = page(env.CI_PROJECT_URL);
  return {
    ci: 'gitlab',
    sha: env.CI_COMMIT_SHA,
    branch: env.CI_COMMIT_BRANCH || env.CI_MERGE_REQUEST_SOURCE_BRANCH_NAME,
    tag: env.CI_COMMIT_TAG,
    pullRequest: number(env.CI_MERGE_REQUEST_IID),
    actor: env.GITLAB_USER_LOGIN,
    repository: env.CI_PROJECT_PATH,
    source,
    commitPage: source && env.CI_COMMIT_SHA ? `${source}/-/commit/${env.CI_COMMIT_SHA}` : undefined,
    run: page(env.CI_PIPELINE_URL),
  };
}

/** https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#using-environment-variables, and the Git and build-user plugins. */
function jenkins(env: Env): Context {
  return {
    ci: 'jenkins',
    sha: env.GIT_COMMIT,
    branch: env.TAG_NAME ? undefined : local(env.CHANGE_BRANCH || env.BRANCH_NAME || env.GIT_BRANCH),
    tag: env.TAG_NAME,
    pullRequest: number(env.CHANGE_ID),
    actor: env.BUILD_USER_ID || env.BUILD_USER || env.CHANGE_AUTHOR,
    source: cloned(env.GIT_URL),
    run: page(env.RUN_DISPLAY_URL || env.BUILD_URL),
  };
}

/** https://help.gitee.com/gitee-go/pipeline/parameter; it names no address of the run. */
function gitee(env: Env): Context {
  return {
    ci: 'gitee',
    sha: env.GITEE_SOURCE_COMMIT || env.GITEE_COMMIT,
    branch: env.GITEE_SOURCE_BRANCH || env.GITEE_BRANCH,
    pullRequest: number(env.GITEE_PULL_ID),
    actor: env.GITEE_PIPELINE_TRIGGER_USER,
    repository: env.GITEE_REPO,
  };
}

/** https://coding.net/docs/qci/visual/env-variable.html and https://ci.coding.net/docs/env.html */
function coding(env: Env): Context {
  return {
    ci: 'coding',
    sha: env.CODING_COMMIT || env.GIT_COMMIT || env.QCI_REPO_COMMIT,
    branch: local(env.CODING_BRANCH || env.BRANCH_NAME || env.GIT_BRANCH || env.QCI_REPO_BRANCH),
    tag: env.GIT_TAG || env.QCI_REPO_TAG,
    pullRequest: number(env.CODING_MERGE_REQUEST_IID || env.QCI_MR_IID),
    actor: env.CODING_BUILD_USER || env.QCI_TRIGGER,
    source: cloned(env.GIT_HTTP_URL),
    run: page(env.CODING_BUILD_WEB_URL || env.BUILD_URL),
  };
}

/** https://help.aliyun.com/zh/yunxiao/user-guide/environment-variables; a tag and a branch come by one name. */
function yunxiao(env: Env): Context {
  const { PIPELINE_ID: id, BUILD_NUMBER: build } = env;
  return {
    ci: 'yunxiao',
    sha: env.CI_COMMIT_SHA,
    branch: env.CI_COMMIT_REF_NAME,
    actor: env.BUILD_EXECUTOR,
    run: id && build ? `https://flow.aliyun.com/pipelines/${id}/builds/${build}` : undefined,
  };
}

/** https://woodpecker-ci.org/docs/usage/environment */
function woodpecker(env: Env): Context {
  const tag = env.CI_COMMIT_TAG;
  return {
    ci: 'woodpecker',
    sha: env.CI_COMMIT_SHA,
    branch: tag ? undefined : env.CI_COMMIT_SOURCE_BRANCH || env.CI_COMMIT_BRANCH,
    tag,
    pullRequest: number(env.CI_COMMIT_PULL_REQUEST),
    actor: env.CI_PIPELINE_AUTHOR || env.CI_COMMIT_AUTHOR,
    repository: env.CI_REPO,
    source: page(env.CI_REPO_URL),
    commitPage: page(env.CI_PIPELINE_FORGE_URL),
    run: page(env.CI_PIPELINE_URL),
  };
}

function readers(env: Env): Context {
  // GitHub first: a job there may carry variables of another CI by hand, and its files are the runner's.
  if (env.GITHUB_ACTIONS === 'true' || env.GITHUB_SHA || env.GITHUB_REPOSITORY) return github(env);
  if (env.GITLAB_CI) return gitlab(env);
  if (env.GITEE_PIPELINE_NAME || env.GITEE_COMMIT) return gitee(env);
  // CODING runs Jenkins inside and sets its names too.
  if (env.CODING || env.CODING_ARTIFACTS_CREDENTIALS_ID || env.QCI_REPO_COMMIT) return coding(env);
  if (env.CI === 'woodpecker' || env.CI_SYSTEM_NAME === 'woodpecker') return woodpecker(env);
  if (env.JENKINS_URL || env.JENKINS_HOME) return jenkins(env);
  if (env.PIPELINE_ID && env.CI_COMMIT_SHA) return yunxiao(env);
  return { actor: env.GITHUB_ACTOR };
}

/** Who runs this, on which commit, and where it can be read: from the variables of the CI it runs in. */
export function contextOf(env: Env): Context {
  return Object.fromEntries(Object.entries(readers(env)).filter(([, value]) => value)) as Context;
}
