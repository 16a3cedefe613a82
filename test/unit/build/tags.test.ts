import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseTags, sanitiseTag, tagsFromGit } from '../../../src/build/tags.ts';

const sha = '1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d';

describe('tags from git', () => {
  it.each([
    [{ sha, tag: 'v1.2.3' }, ['1.2.3', 'sha-1a2b3c4', '1.2', '1'], '1.2.3'],
    [{ sha, tag: '2.0.0' }, ['2.0.0', 'sha-1a2b3c4', '2.0', '2'], '2.0.0'],
    [{ sha, tag: 'v0.3.1' }, ['0.3.1', 'sha-1a2b3c4', '0.3'], '0.3.1'],
    [{ sha, tag: 'v1.2.3-rc.1' }, ['1.2.3-rc.1', 'sha-1a2b3c4'], '1.2.3-rc.1'],
    [{ sha, tag: 'v1.2.3+build.5' }, ['1.2.3', 'sha-1a2b3c4', '1.2', '1'], '1.2.3'],
    [{ sha, tag: 'release/42' }, ['sha-1a2b3c4', 'release-42'], 'sha-1a2b3c4'],
    [{ sha, branch: 'main' }, ['sha-1a2b3c4', 'main'], 'sha-1a2b3c4'],
    [{ sha, branch: 'feature/支付 now' }, ['sha-1a2b3c4', 'feature-now'], 'sha-1a2b3c4'],
    [{ sha, pullRequest: 12 }, ['sha-1a2b3c4', 'pr-12'], 'pr-12'],
    [{}, [], ''],
  ])('%j', (git, tags, version) => {
    expect(tagsFromGit(git)).toEqual({ tags, version });
  });

  it('are tags whatever a branch is called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (branch) => {
        for (const tag of tagsFromGit({ sha, branch }).tags) expect(tag).toMatch(/^\w[\w.-]{0,127}$/);
      }),
    );
  });
});

describe('tags given', () => {
  const image = 'ghcr.io/acme/shop';
  const git = { sha, branch: 'main' };

  it('are taken as they are, with auto for git’s, each once', () => {
    expect(chooseTags(['v1', 'auto', 'latest', 'main'], git, image, true)).toEqual({
      tags: ['v1', 'sha-1a2b3c4', 'main', 'latest'],
      version: 'sha-1a2b3c4',
    });
    expect(chooseTags([`${image}:v2`, 'latest'], git, image, true)).toEqual({ tags: ['v2', 'latest'], version: 'v2' });
    expect(chooseTags(['feature/pay'], git, image, true).tags).toEqual(['feature-pay']);
  });

  it.each([
    [['latest'], 'TAG_LATEST'],
    [['latest', `${image}:latest`], 'TAG_LATEST'],
    [['other/image:v1'], 'INPUT_INVALID'],
    [['///'], 'INPUT_INVALID'],
  ])('%j is %s', (given, code) => {
    expect(() => chooseTags(given, git, image, true)).toThrow(expect.objectContaining({ code }));
  });

  it('are needed for a push where there is no git, and only there', () => {
    expect(() => chooseTags(['auto'], {}, image, true)).toThrow(expect.objectContaining({ code: 'TAGS_NEEDED' }));
    expect(chooseTags(['auto'], {}, image, false)).toEqual({ tags: [], version: '' });
  });

  it('keep to what a tag may be', () => {
    expect(sanitiseTag(`-.${'a'.repeat(200)}`)).toBe('a'.repeat(128));
  });
});
