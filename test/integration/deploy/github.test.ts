import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp } from '../../support/app.ts';
import { TestApp } from '../../support/deploy.ts';
import { type GitHubStandIn, startGitHub } from '../../support/github-deployments.ts';

const TOKEN = 'ghs_0123456789abcdef';
let app: TestApp;
let github: GitHubStandIn;
beforeAll(async () => {
  buildApp();
  app = await TestApp.create();
  github = await startGitHub({ token: TOKEN, repository: 'acme/shop' });
});
afterAll(async () => {
  app.remove();
  await github.stop();
});

const inputs = { 'github-deployment': 'true', 'github-token': TOKEN, url: 'https://shop.example', 'keep-warm': '1h' };
const env = (sha: string) => ({
  GITHUB_API_URL: github.url,
  GITHUB_SERVER_URL: 'https://github.example',
  GITHUB_REPOSITORY: 'acme/shop',
  GITHUB_RUN_ID: '7',
  GITHUB_SHA: sha.repeat(40),
});
const told = () => github.deployments.map((d) => [d.ref[0], d.statuses.map((s) => s.state)]);

describe('deployments at GitHub', () => {
  it('follow a deploy, a failed one, one that waits and is promoted, and a rollback', async () => {
    expect((await app.deploy('v1', inputs, { env: env('a') })).errors).toEqual([]);
    expect(told()).toEqual([['a', ['in_progress', 'success']]]);
    expect(github.deployments[0]!.statuses[1]).toMatchObject({
      environment_url: 'https://shop.example',
      log_url: 'https://github.example/acme/shop/actions/runs/7',
    });
    await app.deploy('v2', { ...inputs, env: 'UNHEALTHY=1', 'deploy-timeout': '2s' }, { env: env('b') });
    expect(told()[1]).toEqual(['b', ['in_progress', 'failure']]);
    await app.deploy('v3', { ...inputs, promote: 'manual' }, { env: env('c') });
    expect(told()[2]).toEqual(['c', ['in_progress']]);
    await app.run({ command: 'promote', ...inputs, watch: '0s' }, { env: env('d') });
    expect(told()[2]).toEqual(['c', ['in_progress', 'success']]);
    expect(told()[0]).toEqual(['a', ['in_progress', 'success', 'inactive']]);
    const back = await app.run({ command: 'rollback', ...inputs }, { env: env('e') });
    expect(back.errors).toEqual([]);
    expect(told().slice(2)).toEqual([
      ['c', ['in_progress', 'success', 'inactive']],
      ['a', ['in_progress', 'success']],
    ]);
    const before = github.asked.length;
    await app.run({ command: 'status', ...inputs }, { env: env('e') });
    await app.deploy('v4', { ...inputs, 'dry-run': 'true' }, { env: env('e') });
    expect(github.asked).toHaveLength(before);
  });

  it('that GitHub refuses are a warning, and the deploy is as good as ever', async () => {
    const wrong = await app.deploy('v5', { ...inputs, 'github-token': 'ghs_wrong' }, { env: env('f') });
    expect(wrong.errors).toEqual([]);
    expect(wrong.outputs).toMatchObject({ state: 'good', 'error-code': '' });
    expect(wrong.stdout).toMatch(/::warning::GITHUB_REFUSED: .*401 Bad credentials.*deployments: write/);
    const gone = { ...env('f'), GITHUB_API_URL: 'http://127.0.0.1:9' };
    const back = await app.run({ command: 'rollback', ...inputs }, { env: gone });
    expect(back.outputs).toMatchObject({ state: 'good', 'error-code': '' });
    expect(back.stdout).toMatch(/::warning::GITHUB_REFUSED: .*no answer/);
    expect(`${wrong.stdout}${back.stdout}`.replace(/::add-mask::.*/g, '')).not.toContain(TOKEN);
  });
});
