import { execFileSync } from 'node:child_process';
import { afterAll, describe, expect, it } from 'vitest';
import type { Payload } from '../../../src/build/naming/event.ts';
import { gitFacts } from '../../../src/build/naming/git.ts';
import { makeSource } from '../../support/source.ts';

const source = makeSource({ 'a.txt': 'a' }, { tag: 'v1.2.3' });
afterAll(() => source.remove());
const git = (...args: string[]) => execFileSync('git', ['-C', source.folder, ...args], { encoding: 'utf8' }).trim();
const head = git('rev-parse', 'HEAD');
const { PATH, HOME } = process.env;
const committed = Number(git('show', '--no-patch', '--format=%ct')) * 1000;
const facts = (env: Record<string, string> = {}, payload: Payload = {}) =>
  gitFacts({ PATH, HOME, ...env }, payload, source.folder);

describe('facts of git', () => {
  it('come from the checkout outside GitHub: tag, branch, or the commit alone', async () => {
    expect(await facts()).toEqual({ sha: head, committed, tag: 'v1.2.3' });
    git('tag', '--delete', 'v1.2.3');
    expect(await facts()).toEqual({ sha: head, committed, branch: 'main' });
    git('checkout', '--quiet', '--detach');
    expect(await facts()).toEqual({ sha: head, committed });
    expect(await gitFacts({ PATH, HOME }, {}, '/')).toEqual({});
  });

  it('come from the run on GitHub', async () => {
    const run = { GITHUB_SHA: head, GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'acme/shop' };
    const known = { sha: head, committed, source: 'https://github.com/acme/shop' };
    const about = (ref: string, more: Record<string, string> = {}, payload: Payload = {}) =>
      facts({ ...run, GITHUB_REF: ref, ...more }, payload);
    expect(await about('refs/tags/v2.0.0')).toEqual({ ...known, tag: 'v2.0.0' });
    expect(await about('refs/heads/feature/pay')).toEqual({ ...known, branch: 'feature/pay' });
    expect(await about('refs/pull/12/merge', { GITHUB_REF_NAME: '12/merge' })).toEqual({ ...known, pullRequest: 12 });
    const target = { GITHUB_EVENT_NAME: 'pull_request_target' };
    expect(await about('refs/heads/main', target, { pull_request: { number: 7 } })).toEqual({
      ...known,
      pullRequest: 7,
    });
  });

  it('are about a pull request’s own commit where metadata-action’s variable says so', async () => {
    const payload: Payload = { number: 12, pull_request: { number: 12, head: { sha: head } } };
    const merge = { GITHUB_SHA: 'a'.repeat(40), GITHUB_REF: 'refs/pull/12/merge' };
    const asked = { ...merge, GITHUB_EVENT_NAME: 'pull_request', DOCKER_METADATA_PR_HEAD_SHA: 'true' };
    expect(await facts(asked, payload)).toEqual({ sha: head, committed, pullRequest: 12 });
    expect((await facts({ ...asked, GITHUB_EVENT_NAME: 'push' }, payload)).sha).toBe('a'.repeat(40));
  });

  it('have the commit’s time from the event where the checkout lacks the commit', async () => {
    const sha = 'b'.repeat(40);
    const run = { GITHUB_SHA: sha, GITHUB_REF: 'refs/heads/main' };
    const timestamp = '2026-01-10T09:30:00+09:00';
    const time = Date.parse(timestamp);
    expect((await facts(run, { commits: [{ id: 'c' }, { id: sha, timestamp }] })).committed).toBe(time);
    expect((await facts(run, { head_commit: { id: sha, timestamp } })).committed).toBe(time);
    expect((await facts(run, { head_commit: { id: 'other', timestamp } })).committed).toBeUndefined();
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
