import { SeatrialError } from '../../../lib/errors.ts';
import type { GitFacts } from '../git.ts';
import { tagsFromGit } from './auto.ts';
import { checkLine, computeTags, type TagContext } from './compute.ts';
import { checkTemplate } from './expressions.ts';
import { parseFlavor } from './flavor.ts';
import { isPattern, parseTagLine, records, type TagLine } from './line.ts';

export interface TagInputs {
  /** The input as it was given; undefined when it was not. */
  tags?: string;
  flavor?: string;
  /** Repositories to push to, as references name them. */
  repositories: readonly string[];
  push: boolean;
}

export interface Tags {
  /** By repository, in the order they were asked for. */
  byRepository: Map<string, string[]>;
  /** The first tag; empty when there is none. */
  version: string;
  doubts: string[];
}

const invalid = (message: string) => new SeatrialError('INPUT_INVALID', message);
/** A tag as registries take it (distribution spec). */
const TAG = /^\w[\w.-]{0,127}$/;
/** What metadata-action does without `tags`. */
const DEFAULT_LINES = ['type=schedule', 'type=ref,event=branch', 'type=ref,event=tag', 'type=ref,event=pr'];

const isReference = (item: string, repository: string) => item.toLowerCase().startsWith(`${repository}:`);

/** Tags that stand for themselves, one a line or with commas; a full reference means its own repository alone. */
function plainTags(lists: string[][], git: GitFacts, { repositories }: TagInputs): Map<string, string[]> {
  const items = lists.flat().map((item) => item.trim());
  const tagsFor = (repository: string) =>
    items.filter(Boolean).flatMap((item) => {
      const owner = repositories.find((one) => isReference(item, one));
      const tag = owner ? item.slice(owner.length + 1) : item;
      if (tag === 'auto') return tagsFromGit(git, repository);
      if (!TAG.test(tag)) {
        const about = /[/:@]/.test(tag)
          ? `write the tag alone, or ${repository}:tag`
          : 'letters, digits, "_", "." and "-" only, at most 128, not beginning with "." or "-"';
        throw invalid(`tags: "${item}" is not a tag: ${about}. type=ref and type=raw lines make one of any name.`);
      }
      return owner && owner !== repository ? [] : [tag];
    });
  return new Map(repositories.map((repository) => [repository, [...new Set(tagsFor(repository))]]));
}

/** `tags` and `flavor` as lines of metadata-action; a plain tag among them is `type=raw`. Error: INPUT_INVALID. */
function readLines(lists: string[][], git: GitFacts, repository: string): TagLine[] {
  const lines = lists
    .flatMap((fields) => (fields.join() === 'auto' ? tagsFromGit(git, repository).map((tag) => [tag]) : [fields]))
    .map(parseTagLine);
  for (const line of lines) checkLine(line);
  return lines;
}

/** Whether making these tags needs what only an event or GitHub's API knows. */
export function asksFor(inputs: Pick<TagInputs, 'tags' | 'flavor'>): { commitDate: boolean; defaultBranch: boolean } {
  const text = `${inputs.tags ?? ''}\n${inputs.flavor ?? ''}`;
  return { commitDate: text.includes('commit_date'), defaultBranch: /type\s*=\s*edge|default_branch/.test(text) };
}

/**
 * The tags of this build. Errors: INPUT_INVALID (not a tag, or a line nobody can read), TAG_LATEST (a tag that says
 * nothing about what it holds, alone), TAGS_NEEDED (a push, or lines, that come to none).
 */
export function chooseTags(inputs: TagInputs, git: GitFacts, context: TagContext): Tags {
  const { repositories, push, flavor } = inputs;
  const lists = records(inputs.tags ?? (flavor ? DEFAULT_LINES.join('\n') : 'auto'));
  const computed = flavor !== undefined || lists.some(isPattern);
  let doubts: string[] = [];
  let byRepository: Map<string, string[]>;
  if (computed) {
    const look = parseFlavor(flavor ?? '');
    for (const template of [look.prefix, look.suffix]) checkTemplate(template);
    byRepository = new Map(
      repositories.map((repository) => {
        const made = computeTags(readLines(lists, git, repository), look, context);
        ({ doubts } = made);
        const bad = made.tags.find((tag) => !TAG.test(tag));
        if (bad !== undefined) {
          throw invalid(`tags: the lines come to "${bad}", which no registry takes; mend prefix, suffix or value.`);
        }
        return [repository, made.tags];
      }),
    );
  } else {
    byRepository = plainTags(lists, git, inputs);
  }
  const all = [...byRepository.values()];
  if (all.some((tags) => tags.length > 0 && tags.every((tag) => tag === 'latest'))) {
    throw new SeatrialError(
      'TAG_LATEST',
      'latest alone can’t be traced or rolled back to; add auto, type=sha or a version to tags.',
    );
  }
  if ((push || computed) && all.some((tags) => tags.length === 0)) {
    throw new SeatrialError(
      'TAGS_NEEDED',
      computed
        ? `No line of tags is about this event (${context.eventName || 'none'}, ${context.ref || 'no ref'}); add type=sha, or one that is.${doubts.length ? ` ${doubts.join('; ')}.` : ''}`
        : 'There is no git commit to name this image by; give tags, one a line.',
    );
  }
  return { byRepository, version: all[0]?.[0] ?? '', doubts };
}
