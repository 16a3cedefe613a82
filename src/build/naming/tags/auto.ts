import { createHash } from 'node:crypto';
import type { GitFacts } from '../git.ts';

const SEMVER = /^v?(\d+)\.(\d+)\.(\d+)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;
const LONGEST = 128;

/**
 * Any name as a tag: at most 128 of `[A-Za-z0-9_.-]`, not beginning with a dot or dash (distribution spec). A name that
 * loses letters on the way, or its end, carries a mark of the whole: two branches must not share a tag.
 */
export function tagOfName(name: string): string {
  const whole = name
    .replace(/[^\w.-]+/g, '-')
    .replace(/^[.-]+/, '')
    .replace(/-+$/, '');
  if (whole.length <= LONGEST && !/[^\x00-\x7f]/.test(name)) return whole;
  const mark = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return [whole.slice(0, LONGEST - 9).replace(/-+$/, ''), mark].filter(Boolean).join('-');
}

/** The version of a Git tag; in a monorepo `shop/v1.2.3` is one of the image `…/shop`. */
function versionOf(tag: string, repository: string) {
  const own = `${repository.split('/').at(-1)}/`;
  return SEMVER.exec(tag.startsWith(own) ? tag.slice(own.length) : tag);
}

/**
 * What `auto` stands for, the exact one first and moving ones last: `1.2.3 sha-… 1.2 1` of a version tag (no bare `0`,
 * no moving tag for a pre-release), `sha-… main` of a branch, `pr-12 sha-…` of a pull request.
 */
export function tagsFromGit(git: GitFacts, repository: string): string[] {
  const sha = git.sha ? `sha-${git.sha.slice(0, 7)}` : '';
  const found = git.tag ? versionOf(git.tag, repository) : null;
  const tags = () => {
    if (found) {
      const [, major, minor, patch, pre = ''] = found;
      const moving = pre ? [] : [`${major}.${minor}`, ...(major === '0' ? [] : [`${major}`])];
      return [tagOfName(`${major}.${minor}.${patch}${pre}`), sha, ...moving];
    }
    if (git.pullRequest) return [`pr-${git.pullRequest}`, sha];
    return [sha, tagOfName(git.tag ?? git.branch ?? '')];
  };
  return [...new Set(tags().filter(Boolean))];
}
