import { describe, expect, it } from 'vitest';
import { contextOf } from '../../../src/lib/context.ts';

const sha = '2bfb63d779e3648c91950f82d374a25784cdabaf';

describe('the context of a run', () => {
  it.each([
    [
      'GitHub, second attempt',
      {
        GITHUB_ACTIONS: 'true',
        GITHUB_SERVER_URL: 'https://github.com',
        GITHUB_REPOSITORY: 'acme/shop',
        GITHUB_RUN_ID: '7',
        GITHUB_RUN_ATTEMPT: '2',
        GITHUB_SHA: sha,
        GITHUB_REF: 'refs/heads/main',
        GITHUB_REF_NAME: 'main',
        GITHUB_ACTOR: 'li',
      },
      { ci: 'github', sha, branch: 'main', actor: 'li', run: 'https://github.com/acme/shop/actions/runs/7/attempts/2' },
    ],
    [
      'GitLab, merge request',
      {
        GITLAB_CI: 'true',
        CI_COMMIT_SHA: sha,
        CI_MERGE_REQUEST_IID: '12',
        CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: 'fix',
        GITLAB_USER_LOGIN: 'wang',
        CI_PROJECT_URL: 'https://gitlab.com/acme/shop',
        CI_PROJECT_PATH: 'acme/shop',
        CI_PIPELINE_URL: 'https://gitlab.com/acme/shop/-/pipelines/9',
      },
      {
        ci: 'gitlab',
        sha,
        branch: 'fix',
        pullRequest: 12,
        actor: 'wang',
        run: 'https://gitlab.com/acme/shop/-/pipelines/9',
      },
    ],
    [
      'Jenkins, a branch as the remote names it',
      {
        JENKINS_URL: 'https://ci.acme.cn/',
        GIT_COMMIT: sha,
        GIT_BRANCH: 'origin/main',
        BUILD_URL: 'https://ci.acme.cn/job/shop/3/',
        BUILD_USER_ID: 'li',
        GIT_URL: 'https://u:t@git.acme.cn/acme/shop.git',
      },
      {
        ci: 'jenkins',
        sha,
        branch: 'main',
        actor: 'li',
        run: 'https://ci.acme.cn/job/shop/3',
        source: 'https://git.acme.cn/acme/shop',
      },
    ],
    [
      'Gitee Go, pull request',
      {
        GITEE_PIPELINE_NAME: 'p',
        GITEE_COMMIT: 'f00',
        GITEE_SOURCE_COMMIT: sha,
        GITEE_BRANCH: 'master',
        GITEE_SOURCE_BRANCH: 'fix',
        GITEE_PULL_ID: '4',
        GITEE_PIPELINE_TRIGGER_USER: '张三',
        GITEE_REPO: 'shop',
      },
      { ci: 'gitee', sha, branch: 'fix', pullRequest: 4, actor: '张三' },
    ],
    [
      'CODING, which is a Jenkins inside',
      {
        CODING: 'true',
        JENKINS_HOME: '/j',
        CODING_COMMIT: sha,
        CODING_BRANCH: 'main',
        CODING_BUILD_USER: 'li',
        CODING_BUILD_WEB_URL: 'https://acme.coding.net/p/shop/ci/job/1',
      },
      { ci: 'coding', sha, branch: 'main', actor: 'li', run: 'https://acme.coding.net/p/shop/ci/job/1' },
    ],
    [
      'Aliyun Yunxiao',
      {
        PIPELINE_ID: '1084',
        BUILD_NUMBER: '3',
        CI_COMMIT_SHA: sha,
        CI_COMMIT_REF_NAME: 'main',
        BUILD_EXECUTOR: '张三',
      },
      { ci: 'yunxiao', sha, branch: 'main', actor: '张三', run: 'https://flow.aliyun.com/pipelines/1084/builds/3' },
    ],
    [
      'Woodpecker, a tag',
      {
        CI: 'woodpecker',
        CI_COMMIT_SHA: sha,
        CI_COMMIT_TAG: 'v1',
        CI_COMMIT_BRANCH: 'main',
        CI_REPO: 'acme/shop',
        CI_PIPELINE_URL: 'https://wp.acme.cn/repos/1/pipeline/2',
        CI_COMMIT_AUTHOR: 'li',
      },
      { ci: 'woodpecker', sha, tag: 'v1', actor: 'li', run: 'https://wp.acme.cn/repos/1/pipeline/2' },
    ],
  ])('%s', (_, env, said) => expect(contextOf(env)).toMatchObject(said));
  it('invents nothing: no address without its parts, no branch beside a tag', () => {
    expect(contextOf({})).toEqual({});
    expect(contextOf({ GITHUB_SHA: sha, GITHUB_RUN_ID: '7' })).toEqual({ ci: 'github', sha });
    expect(contextOf({ CI: 'woodpecker', CI_COMMIT_TAG: 'v1', CI_COMMIT_BRANCH: 'main' }).branch).toBeUndefined();
  });
  it('takes no password of a clone address along', () => {
    expect(JSON.stringify(contextOf({ JENKINS_URL: 'x', GIT_URL: 'https://u:hunter2@h/a.git' }))).not.toContain(
      'hunter2',
    );
  });
});
