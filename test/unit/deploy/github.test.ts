import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GitHubStandIn, startGitHub } from '../../support/github-deployments.ts';
import { command } from '../../support/memory/runs.ts';
import { one } from './flows-samples.ts';

const TOKEN = 'ghs_0123456789abcdef';
let github: GitHubStandIn;
beforeAll(async () => {
  github = await startGitHub({ token: TOKEN, repository: 'acme/shop' });
});
afterAll(() => github.stop());

const world = one();
/** A command of the app, run for the commit `sha`. */
function run(sha: string, inputs: Record<string, string>, more: Record<string, string> = {}) {
  const given = { 'github-deployment': 'true', 'github-token': TOKEN, url: 'https://shop.example', ...inputs };
  return command([world], given, {}, new AbortController(), {
    GITHUB_API_URL: github.url,
    GITHUB_SERVER_URL: 'https://github.example',
    GITHUB_REPOSITORY: 'acme/shop',
    GITHUB_RUN_ID: '7',
    GITHUB_SHA: sha.repeat(40),
    ...more,
  });
}
const told = () => github.deployments.map((d) => [d.ref[0], d.statuses.map((s) => s.state)]);

describe('deployments at GitHub', () => {
  it('follow a deploy, a failed one, one that waits and is promoted, and a rollback', async () => {
    expect((await run('a', { image: 'v1' })).end).toBe('ok');
    expect(told()).toEqual([['a', ['in_progress', 'success']]]);
    expect(github.deployments[0]!.statuses[1]).toMatchObject({
      environment_url: 'https://shop.example',
      log_url: 'https://github.example/acme/shop/actions/runs/7',
    });
    expect((await run('b', { image: 'v2-sick' })).end).toBe('DEPLOY_UNHEALTHY');
    expect(told()[1]).toEqual(['b', ['in_progress', 'failure']]);
    await run('c', { image: 'v3', promote: 'manual' });
    expect(told()[2]).toEqual(['c', ['in_progress']]);
    await run('d', { command: 'promote' });
    expect(told()[2]).toEqual(['c', ['in_progress', 'success']]);
    expect(told()[0]).toEqual(['a', ['in_progress', 'success', 'inactive']]);
    expect((await run('e', { command: 'rollback' })).end).toBe('ok');
    expect(told().slice(2)).toEqual([
      ['c', ['in_progress', 'success', 'inactive']],
      ['a', ['in_progress', 'success']],
    ]);
    const before = github.asked.length;
    await run('e', { command: 'status' });
    await run('e', { image: 'v4', 'dry-run': 'true' });
    expect(github.asked).toHaveLength(before);
  });

  it('that GitHub refuses are a warning, and the deploy is as good as ever', async () => {
    const wrong = await run('f', { image: 'v5', 'github-token': 'ghs_wrong' });
    expect([wrong.end, wrong.outputs.state]).toEqual(['ok', 'good']);
    expect(wrong.warnings.join('\n')).toMatch(/GITHUB_REFUSED: .*401 Bad credentials.*deployments: write/);
    const back = await run('f', { command: 'rollback' }, { GITHUB_API_URL: 'http://127.0.0.1:9' });
    expect([back.end, back.outputs.state]).toEqual(['ok', 'good']);
    expect(back.warnings.join('\n')).toMatch(/GITHUB_REFUSED: .*no answer/);
    expect(JSON.stringify([wrong, back])).not.toContain(TOKEN);
  });
});
