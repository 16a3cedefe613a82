import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Payload } from '../../../src/build/naming/event.ts';
import type { GitFacts } from '../../../src/build/naming/git.ts';
import { tagOfName, tagsFromGit } from '../../../src/build/naming/tags/auto.ts';
import { chooseTags } from '../../../src/build/naming/tags/choose.ts';
import { tagContext } from '../../../src/build/naming/tags/context.ts';

const sha = '1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d';
const image = 'ghcr.io/acme/shop';

describe('tags from git', () => {
  it.each<[GitFacts, string[]]>([
    [{ sha, tag: 'v1.2.3' }, ['1.2.3', 'sha-1a2b3c4', '1.2', '1']],
    [{ sha, tag: '2.0.0' }, ['2.0.0', 'sha-1a2b3c4', '2.0', '2']],
    [{ sha, tag: 'v0.3.1' }, ['0.3.1', 'sha-1a2b3c4', '0.3']],
    [{ sha, tag: 'v1.2.3-rc.1' }, ['1.2.3-rc.1', 'sha-1a2b3c4']],
    [{ sha, tag: 'v1.2.3+build.5' }, ['1.2.3', 'sha-1a2b3c4', '1.2', '1']],
    [{ sha, tag: 'shop/v1.2.3' }, ['1.2.3', 'sha-1a2b3c4', '1.2', '1']],
    [{ sha, tag: 'other/v1.2.3' }, ['sha-1a2b3c4', 'other-v1.2.3']],
    [{ sha, tag: 'release/42' }, ['sha-1a2b3c4', 'release-42']],
    [{ sha, branch: 'main' }, ['sha-1a2b3c4', 'main']],
    [{ sha, pullRequest: 12 }, ['pr-12', 'sha-1a2b3c4']],
    [{}, []],
  ])('%j', (git, tags) => {
    expect(tagsFromGit(git, image)).toEqual(tags);
  });

  it('are tags whatever a branch is called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (branch) => {
        for (const tag of tagsFromGit({ sha, branch }, image)) expect(tag).toMatch(/^\w[\w.-]{0,127}$/);
      }),
    );
  });

  it('differ where names do: beyond ASCII, and beyond the longest tag', () => {
    const names = ['feature/支付', 'feature/物流', '支付', 'ünit', `${'a'.repeat(140)}1`, `${'a'.repeat(140)}2`];
    const tags = names.map(tagOfName);
    expect(new Set(tags).size).toBe(names.length);
    expect(tags[0]).toMatch(/^feature-[0-9a-f]{8}$/);
    expect(tagOfName('feature/pay now')).toBe('feature-pay-now');
  });
});

interface Run {
  ref?: string;
  event?: string;
  payload?: Payload;
  env?: Record<string, string>;
}

const NOW = Date.parse('2026-03-08T23:30:05.120Z');
const COMMITTED = Date.parse('2026-03-07T10:00:00Z');
const payload: Payload = { repository: { default_branch: 'main' } };

function choose(tags: string[] | undefined, run: Run = {}, flavor: string[] = [], repositories = [image]) {
  const { ref = 'refs/heads/main', event = 'push', env = {} } = run;
  const told = { ...payload, ...run.payload };
  const [, kind, name] = /^refs\/(heads|tags)\/(.*)$/.exec(ref) ?? [];
  const git: GitFacts = { sha, committed: COMMITTED, ...(kind === 'tags' ? { tag: name } : { branch: name }) };
  const context = tagContext({ GITHUB_REF: ref, GITHUB_EVENT_NAME: event, ...env }, told, git, { now: NOW });
  const inputs = { tags: tags?.join('\n'), flavor: flavor.length ? flavor.join('\n') : undefined, repositories };
  return chooseTags({ ...inputs, push: true }, git, context);
}
const tagsOf = (...args: Parameters<typeof choose>) => choose(...args).byRepository.get(image);
const refusal = (code: string, message?: RegExp) =>
  expect.objectContaining({ code, ...(message ? { message: expect.stringMatching(message) } : {}) });

describe('plain tags', () => {
  it('stand as they are, with auto for git’s, each once, commas between', () => {
    expect(choose(['v1', 'auto', 'latest', 'main'])).toMatchObject({ version: 'v1' });
    expect(tagsOf(['v1', 'auto', 'latest', 'main'])).toEqual(['v1', 'sha-1a2b3c4', 'main', 'latest']);
    expect(tagsOf(['v1,v2', '# a comment', 'v3'])).toEqual(['v1', 'v2', 'v3']);
    expect(tagsOf(undefined)).toEqual(['sha-1a2b3c4', 'main']);
  });

  it('may be full references, each for its own repository', () => {
    const other = 'quay.io/acme/shop';
    const { byRepository } = choose([`${image}:v2`, `${other}:v2-q`, 'v3'], {}, [], [image, other]);
    expect(Object.fromEntries(byRepository)).toEqual({ [image]: ['v2', 'v3'], [other]: ['v2-q', 'v3'] });
    expect(tagsOf(['GHCR.io/Acme/shop:V2'])).toEqual(['V2']);
  });

  it.each(['feature/pay', '.hidden', '-x', 'my#1', 'other/image:v1', '///', 'v1@sha256:1', 'x'.repeat(129), '支付'])(
    '%s is refused, not changed',
    (tag) => {
      expect(() => choose([tag])).toThrow(refusal('INPUT_INVALID', /is not a tag/));
    },
  );

  it('latest alone is refused', () => {
    expect(() => choose(['latest'])).toThrow(refusal('TAG_LATEST'));
    expect(() => choose(['latest', `${image}:latest`])).toThrow(refusal('TAG_LATEST'));
  });

  it('are needed for a push where there is no git, and only there', () => {
    const context = tagContext({}, {}, {}, { now: NOW });
    const inputs = { repositories: [image], push: true };
    expect(() => chooseTags(inputs, {}, context)).toThrow(refusal('TAGS_NEEDED'));
    expect(chooseTags({ ...inputs, push: false }, {}, context)).toMatchObject({ version: '' });
  });
});

describe('lines as metadata-action takes them', () => {
  const tag = (name: string): Run => ({ ref: `refs/tags/${name}` });
  const branch = (name: string): Run => ({ ref: `refs/heads/${name}` });
  const pull: Run = {
    ref: 'refs/pull/7/merge',
    event: 'pull_request',
    payload: { number: 7, pull_request: { number: 7, base: { ref: 'develop' } } },
  };
  const SEMVER = ['type=semver,pattern={{version}}', 'type=semver,pattern={{major}}.{{minor}}', 'type=sha'];

  it.each<[string, string[], Run, string[], string[]?]>([
    ['a version and latest', SEMVER, tag('v4.5.6'), ['4.5.6', '4.5', 'sha-1a2b3c4', 'latest']],
    ['a pre-release moves nothing', SEMVER, tag('v4.5.6-rc.2'), ['4.5.6-rc.2', 'sha-1a2b3c4']],
    ['a line about another event gives nothing', SEMVER, branch('main'), ['sha-1a2b3c4']],
    ['raw of a version', ['type=semver,pattern={{raw}}'], tag('v4.5.6-rc.2'), ['v4.5.6-rc.2']],
    ['no version at all', [...SEMVER, 'nightly'], tag('winter'), ['nightly', 'sha-1a2b3c4']],
    [
      'a monorepo’s tag, by match',
      ['type=semver,pattern={{version}},"match=^app/v(.*)$"', 'type=semver,pattern={{major}},"match=^app/v(.*)$"'],
      tag('app/v1.2.3'),
      ['1.2.3', '1', 'latest'],
    ],
    ['a value instead of the tag', ['type=semver,pattern=v{{major}},value=v9.1.0'], branch('x'), ['v9', 'latest']],
    ['PEP 440', ['type=pep440,pattern={{version}}'], tag('1.2.3beta2'), ['1.2.3b2']],
    ['PEP 440, parts', ['type=pep440,pattern={{major}}.{{minor}}'], tag('2!3.4'), ['3.4', 'latest']],
    ['match with a group', ['type=match,pattern=v(\\d+)-(.*),group=2'], tag('v3-lts'), ['lts', 'latest']],
    [
      'match with commas in quotes',
      ['type=match,"pattern=\\d{1,3}\\.\\d{1,3}"'],
      tag('r12.34.56'),
      ['12.34', 'latest'],
    ],
    ['match by a literal with flags', ['type=match,"pattern=/^V(\\d)/i",group=1'], tag('v3'), ['3', 'latest']],
    ['a branch', ['type=ref,event=branch'], branch('feature/pay#1'), ['feature-pay-1']],
    ['a tag', ['type=ref,event=tag'], tag('winter/26'), ['winter-26', 'latest']],
    ['a pull request', ['type=ref,event=pr'], pull, ['pr-7']],
    ['its own empty prefix', ['type=ref,event=pr,prefix='], pull, ['7']],
    [
      'pull_request_target',
      ['type=ref,event=pr'],
      { ...pull, ref: 'refs/heads/main', event: 'pull_request_target' },
      ['pr-7'],
    ],
    ['edge on the default branch', ['type=edge', 'type=sha'], branch('main'), ['edge', 'sha-1a2b3c4']],
    ['edge on another', ['type=edge', 'type=sha'], branch('next'), ['sha-1a2b3c4']],
    ['edge of a named one', ['type=edge,branch=next'], branch('next'), ['edge']],
    ['schedule', ['type=schedule'], { event: 'schedule' }, ['nightly']],
    ['schedule with a date', ["type=schedule,pattern={{date 'YYYYMMDD'}}"], { event: 'schedule' }, ['20260308']],
    ['sha, long', ['type=sha,format=long,prefix='], {}, [sha]],
    ['raw, three ways', ['type=raw,value=a', 'type=raw,b', 'c'], {}, ['a', 'b', 'c']],
    ['enable', ['a,enable=false', 'b,enable={{is_default_branch}}', 'c,enable={{is_not_default_branch}}'], {}, ['b']],
    [
      'on events of the default branch',
      ['b,enable={{is_default_branch}}'],
      { event: 'schedule', ref: 'refs/heads/x' },
      ['b'],
    ],
    ['priority', ['type=sha,priority=950', ...SEMVER.slice(0, 2)], tag('v1.0.0'), ['sha-1a2b3c4', '1.0.0', '1.0']],
    ['expressions', ['type=raw,value={{branch}}-{{sha}}-{{tag}}.{{base_ref}}'], branch('a/b'), ['a-b-1a2b3c4-.']],
    ['the target branch', ['type=raw,value=to-{{base_ref}}'], pull, ['to-develop']],
    ['a date in a zone', ["type=raw,value={{date 'YYYYMMDD-HHmm' tz='Asia/Shanghai'}}"], {}, ['20260309-0730']],
    ['the commit’s date', ["type=raw,value={{commit_date 'YYYY-MM-DD'}}"], {}, ['2026-03-07']],
    ['a flavor', ['type=raw,a', 'type=sha'], {}, ['p-a-s', 'sha-1a2b3c4-s'], ['prefix=p-', 'suffix=-s']],
    ['its own prefix over the flavor’s', ['type=raw,a,prefix='], {}, ['a'], ['prefix=p-']],
    ['no latest', ['type=ref,event=tag'], tag('v1'), ['v1'], ['latest=false']],
    ['always latest', ['type=sha'], {}, ['sha-1a2b3c4', 'latest'], ['latest=true']],
    [
      'latest with the affix',
      ['type=ref,event=tag'],
      tag('v1'),
      ['v1-slim', 'latest-slim'],
      ['suffix=-slim,onlatest=true'],
    ],
    ['comments and quotes', ['# not this', '"type=raw,value=a"', '  # nor this'], {}, ['a']],
    ['auto among them', ['auto', 'type=raw,value=x'], {}, ['sha-1a2b3c4', 'main', 'x']],
    ['each once', ['type=ref,event=tag', 'latest'], tag('v1'), ['v1', 'latest']],
    ['a length of sha', ['type=sha'], { env: { DOCKER_METADATA_SHORT_SHA_LENGTH: '12' } }, ['sha-1a2b3c4d5e6f']],
    ['a branch of handlebars', ['type=raw,value={{#if branch}}b{{else}}t{{/if}}'], tag('v1'), ['t']],
  ])('%s', (_, lines, run, tags, flavor) => {
    expect(tagsOf(lines, run, flavor)).toEqual(tags);
    expect(choose(lines, run, flavor).version).toBe(tags[0]);
  });

  it('are its own without tags but with a flavor', () => {
    expect(tagsOf(undefined, tag('v1.2'), ['latest=true'])).toEqual(['v1.2', 'latest']);
    expect(tagsOf(undefined, branch('main'), ['prefix=x-'])).toEqual(['x-main']);
  });

  it('say why they gave nothing', () => {
    expect(choose(SEMVER, tag('winter')).doubts).toEqual(expect.arrayContaining([expect.stringContaining('winter')]));
    const { doubts } = choose(['type=match,pattern=^v', 'a'], tag('winter'));
    expect(doubts).toEqual(['^v does not match winter']);
  });

  it.each<[string[], string, RegExp, Run?, string[]?]>([
    [['type=semvr,pattern={{version}}'], 'INPUT_INVALID', /type "semvr" is not known/],
    [['type=semver'], 'INPUT_INVALID', /needs pattern=/],
    [['type=semver,pattern={{version}},patern=x'], 'INPUT_INVALID', /no attribute "patern"/],
    [['type=semver,pattern={{verson}}'], 'INPUT_INVALID', /\{\{verson\}\} is not known/],
    [['{{major}}.{{minor}}'], 'INPUT_INVALID', /\{\{major\}\} is not known/],
    [['type=semver,pattern={{version'], 'INPUT_INVALID', /not whole/],
    [['type=semver,pattern={{version}},match=v\\d'], 'INPUT_INVALID', /parentheses/],
    [['type=ref,event=push'], 'INPUT_INVALID', /event is one of/],
    [['type=ref'], 'INPUT_INVALID', /needs event=/],
    [['type=match,pattern=('], 'INPUT_INVALID', /regular expression/],
    [['type=match,pattern=a,group=x'], 'INPUT_INVALID', /group is a number/],
    [['type=sha,format=tiny'], 'INPUT_INVALID', /format is one of/],
    [['a,priority=high'], 'INPUT_INVALID', /priority is a number/],
    [['a,enable=yes'], 'INPUT_INVALID', /enable is true or false/],
    [['type=raw,a,b'], 'INPUT_INVALID', /given twice/],
    [["type=raw,value={{date 'YYYY' tz='Mars/Base'}}"], 'INPUT_INVALID', /Mars\/Base/],
    [["type=raw,value={{date 'YYYY' zone='UTC'}}"], 'INPUT_INVALID', /date zone=/],
    [['type=raw,a,prefix=-'], 'INPUT_INVALID', /come to "-a"/],
    [['a'], 'INPUT_INVALID', /flavor: "latest=maybe"/, {}, ['latest=maybe']],
    [['a'], 'INPUT_INVALID', /flavor/, {}, ['onlatest=true']],
    [['a'], 'INPUT_INVALID', /flavor/, {}, ['prefx=v']],
    [['type=raw,value=latest'], 'TAG_LATEST', /latest alone/],
    [['type=ref,event=pr'], 'TAGS_NEEDED', /No line of tags is about this event/],
    [['type=semver,pattern={{version}}'], 'TAGS_NEEDED', /winter is no semantic version/, tag('winter')],
    [['type=sha'], 'INPUT_INVALID', /SHORT_SHA_LENGTH/, { env: { DOCKER_METADATA_SHORT_SHA_LENGTH: 'long' } }],
  ])('%j is %s', (lines, code, message, run = {}, flavor = []) => {
    expect(() => choose(lines, run, flavor)).toThrow(refusal(code, message));
  });

  it('need a default branch for edge', () => {
    const unknown = { payload: { repository: {} } };
    expect(() => choose(['type=edge'], unknown)).toThrow(refusal('INPUT_INVALID', /branch=/));
  });
});
