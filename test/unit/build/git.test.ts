import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { gitFacts } from '../../../src/build/git.ts';
import { makeSource } from '../../support/source.ts';

const source = makeSource({ 'a.txt': 'a' }, { tag: 'v1.2.3' });
afterAll(() => source.remove());
const git = (...args: string[]) => execFileSync('git', ['-C', source.folder, ...args], { encoding: 'utf8' }).trim();
const head = git('rev-parse', 'HEAD');
const { PATH, HOME } = process.env;
const facts = (env: Record<string, string> = {}) => gitFacts({ PATH, HOME, ...env }, source.folder);

describe('facts of git', () => {
  it('come from the checkout outside GitHub: tag, branch, or the commit alone', async () => {
    expect(await facts()).toEqual({ sha: head, tag: 'v1.2.3' });
    git('tag', '--delete', 'v1.2.3');
    expect(await facts()).toEqual({ sha: head, branch: 'main' });
    git('checkout', '--quiet', '--detach');
    expect(await facts()).toEqual({ sha: head });
    expect(await gitFacts({ PATH, HOME }, '/')).toEqual({});
  });

  it('come from the run on GitHub', async () => {
    const run = { GITHUB_SHA: head, GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'acme/shop' };
    const known = { sha: head, source: 'https://github.com/acme/shop' };
    const about = (ref: string, more: Record<string, string> = {}) => facts({ ...run, GITHUB_REF: ref, ...more });
    expect(await about('refs/tags/v2.0.0')).toEqual({ ...known, tag: 'v2.0.0' });
    expect(await about('refs/heads/feature/pay')).toEqual({ ...known, branch: 'feature/pay' });
    expect(await about('refs/pull/12/merge', { GITHUB_REF_NAME: '12/merge' })).toEqual({ ...known, pullRequest: 12 });
    const event = join(source.folder, '.git', 'event.json');
    writeFileSync(event, JSON.stringify({ pull_request: { number: 7 } }));
    const target = { GITHUB_EVENT_NAME: 'pull_request_target', GITHUB_EVENT_PATH: event };
    expect(await about('refs/heads/main', target)).toEqual({ ...known, pullRequest: 7 });
  });

  it('say when another commit lies in the context than the run is about', async () => {
    const sha = 'a'.repeat(40);
    expect(await facts({ GITHUB_SHA: sha, GITHUB_REF: 'refs/heads/main' })).toEqual({
      sha,
      other: head,
      branch: 'main',
    });
  });
});
