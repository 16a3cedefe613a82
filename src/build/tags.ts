import { SeatrialError } from '../lib/errors.ts';
import type { GitFacts } from './git.ts';

export interface Tags {
  /** Without the repository, in the order they are pushed: the exact one first, moving ones last. */
  tags: string[];
  /** What messages call this build. Empty when nothing is known. */
  version: string;
}

const SEMVER = /^v?(\d+)\.(\d+)\.(\d+)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

/** Any text as a tag: at most 128 of `[A-Za-z0-9_.-]`, not beginning with a dot or dash (distribution spec). */
export function sanitiseTag(text: string): string {
  return text
    .replace(/[^\w.-]+/g, '-')
    .replace(/^[.-]+/, '')
    .slice(0, 128)
    .replace(/-+$/, '');
}

/** Tags from git: `1.2.3 1.2 1` of a version tag (no bare `0`, no moving tag for a pre-release), branch, `pr-12`, `sha-…`. */
export function tagsFromGit(git: GitFacts): Tags {
  const sha = git.sha ? `sha-${git.sha.slice(0, 7)}` : '';
  const found = git.tag ? SEMVER.exec(git.tag) : null;
  if (found) {
    const [, major, minor, patch, pre = ''] = found;
    const version = sanitiseTag(`${major}.${minor}.${patch}${pre}`);
    const moving = pre ? [] : [`${major}.${minor}`, ...(major === '0' ? [] : [`${major}`])];
    return { tags: [version, sha, ...moving].filter(Boolean), version };
  }
  if (git.pullRequest)
    return { tags: [sha, `pr-${git.pullRequest}`].filter(Boolean), version: `pr-${git.pullRequest}` };
  const name = sanitiseTag(git.tag ?? git.branch ?? '');
  return { tags: [...new Set([sha, name].filter(Boolean))], version: sha || name };
}

/**
 * The tags of this build: those given, `auto` standing for git's. Errors: INPUT_INVALID (not a tag), TAG_LATEST (a
 * tag that says nothing about what it holds, alone), TAGS_NEEDED (a push without any).
 */
export function chooseTags(given: readonly string[], git: GitFacts, image: string, push: boolean): Tags {
  const auto = tagsFromGit(git);
  const tags: string[] = [];
  for (const line of given) {
    const text = line.startsWith(`${image}:`) ? line.slice(image.length + 1) : line;
    const made = text === 'auto' ? auto.tags : [sanitiseTag(text)];
    if (text !== 'auto' && (text.includes(':') || text.includes('@') || !made[0])) {
      throw new SeatrialError('INPUT_INVALID', `tags: "${line}" is not a tag of ${image}; write the tag alone.`);
    }
    tags.push(...made);
  }
  const unique = [...new Set(tags)];
  if (unique.length > 0 && unique.every((tag) => tag === 'latest')) {
    throw new SeatrialError(
      'TAG_LATEST',
      'latest alone can’t be traced or rolled back to; add auto or a version to tags.',
    );
  }
  if (push && unique.length === 0) {
    throw new SeatrialError('TAGS_NEEDED', 'There is no git commit to name this image by; give tags, one a line.');
  }
  const usesGit = given.includes('auto') && auto.version;
  return { tags: unique, version: usesGit ? auto.version : (unique.find((tag) => tag !== 'latest') ?? '') };
}
