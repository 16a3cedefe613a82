import { SeatrialError } from '../../../lib/errors.ts';
import { checkTemplate, type ExpressionSource, fill, isRaw } from './expressions.ts';
import type { Flavor } from './flavor.ts';
import type { TagLine } from './line.ts';
import { readPep440, readSemver, VERSION_NAMES } from './versions.ts';

/** The run as metadata-action sees it. */
export interface TagContext {
  eventName: string;
  /** `refs/heads/…`, `refs/tags/…`, `refs/pull/12/merge`, or empty. */
  ref: string;
  sha: string;
  /** Length of `{{sha}}` and of `type=sha`. */
  shortLength: number;
  /** The target branch, where the event has one. */
  baseRef: string;
  /** Undefined where neither the event nor the API told. */
  defaultBranch?: string;
  now: number;
  commitDate: number;
}

const after = (prefix: string, ref: string) => (ref.startsWith(prefix) ? ref.slice(prefix.length) : '');
/** Events that always mean the last commit of the default branch (GitHub, "Events that trigger workflows"). */
const ON_DEFAULT = /create|discussion|issues|schedule/;

const shortSha = ({ sha, shortLength }: TagContext) => sha.slice(0, shortLength);

/** What `{{…}}` stands for in this run. */
export function expressionSource(context: TagContext): ExpressionSource {
  const { ref, eventName, defaultBranch, now, commitDate } = context;
  const branch = after('refs/heads/', ref);
  const name = branch || ref;
  const isDefault = name !== '' && (name === defaultBranch || ON_DEFAULT.test(eventName));
  return {
    values: {
      branch,
      tag: after('refs/tags/', ref),
      sha: shortSha(context),
      base_ref: context.baseRef,
      is_default_branch: String(isDefault),
      is_not_default_branch: String(!isDefault),
    },
    now,
    commitDate,
  };
}

/** A tag as the registry takes it: runs of other characters become a dash. */
const sanitise = (text: string) => text.replace(/[^\w.-]+/g, '-');

/** Makes a regular expression of the workflow's text. Error: INPUT_INVALID. */
function expression(line: TagLine, text: string, flags = ''): RegExp {
  try {
    return new RegExp(text, flags);
  } catch (cause) {
    throw new SeatrialError('INPUT_INVALID', `tags: "${line.text}": that is no regular expression.`, { cause });
  }
}

function patternOf(line: TagLine): RegExp {
  const found = /^\/(.+)\/(.*)$/.exec(line.attributes.pattern!);
  return found ? expression(line, found[1]!, found[2]) : expression(line, line.attributes.pattern!);
}

/** Refuses what this line could never mean, whatever the event. Error: INPUT_INVALID. */
export function checkLine(line: TagLine): void {
  const { type, attributes } = line;
  const version = type === 'semver' || type === 'pep440';
  for (const template of [line.enable, line.prefix, line.suffix]) if (template) checkTemplate(template);
  if (attributes.value) checkTemplate(attributes.value);
  if (attributes.pattern && version) checkTemplate(attributes.pattern, VERSION_NAMES);
  if (attributes.pattern && type === 'schedule') checkTemplate(attributes.pattern, []);
  if (!line.enable.includes('{{') && !['true', 'false'].includes(line.enable)) {
    throw new SeatrialError('INPUT_INVALID', `tags: "${line.text}": enable is true or false.`);
  }
  if (type === 'match') patternOf(line);
  if (version && attributes.match) {
    const groups = expression(line, `${attributes.match}|`).exec('')!.length - 1;
    if (groups === 0) {
      throw new SeatrialError('INPUT_INVALID', `tags: "${line.text}": put what match shall take in parentheses.`);
    }
  }
}

export interface Computation {
  tags: string[];
  /** Why a line gave nothing, where its author may have meant otherwise. */
  doubts: string[];
}

/** What one line gives, and whether `latest=auto` goes with it; undefined when it is not about this event. */
type Given = { text: string; latest: boolean } | undefined;

/**
 * The tags of these lines for this run, first the one of the highest priority: what metadata-action gives for the same
 * event (https://github.com/docker/metadata-action#tags-input). Error: INPUT_INVALID.
 */
export function computeTags(lines: readonly TagLine[], flavor: Flavor, context: TagContext): Computation {
  const source = expressionSource(context);
  const doubts: string[] = [];
  const filled = (template: string) => fill(template, source);
  const dressed = (text: string, line: TagLine) =>
    `${filled(line.prefix ?? flavor.prefix)}${text}${filled(line.suffix ?? flavor.suffix)}`;
  const tag = after('refs/tags/', context.ref);
  const branch = after('refs/heads/', context.ref);
  const isTag = context.ref.startsWith('refs/tags/');

  const version = (line: TagLine, read: typeof readSemver, kind: string): Given => {
    const { pattern = '', value, match } = line.attributes;
    if (!isTag && !value) return undefined;
    let text = value ? filled(value) : tag;
    if (match) {
      const found = expression(line, match).exec(text);
      if (found) text = found[1] ?? '';
      else doubts.push(`${match} does not match ${text}`);
    }
    text = text.replaceAll('/', '-');
    const found = read(text);
    if (!found) {
      doubts.push(`${text} is no ${kind}`);
      return undefined;
    }
    const { values, unstable, full } = found;
    if (unstable) return { text: isRaw(pattern) ? text : full, latest: false };
    return { text: fill(pattern, { ...source, values }), latest: true };
  };

  const matched = (line: TagLine): Given => {
    const { value, group = '0', pattern } = line.attributes;
    if (!isTag && !value) return undefined;
    const text = value ? filled(value) : tag;
    const regex = patternOf(line);
    const found = text.match(regex);
    const part = found?.[Number(group)];
    if (part === undefined) {
      doubts.push(found ? `${pattern} has no group ${group}` : `${pattern} does not match ${text}`);
      return undefined;
    }
    return { text: part, latest: true };
  };

  const giveOf: Record<TagLine['type'], (line: TagLine) => Given> = {
    schedule: ({ attributes }) =>
      context.eventName.includes('schedule')
        ? { text: fill(attributes.pattern!, { ...source, values: {} }), latest: false }
        : undefined,
    semver: (line) => version(line, readSemver, 'semantic version (semver.org)'),
    pep440: (line) => version(line, readPep440, 'version by PEP 440'),
    match: matched,
    edge(line) {
      if (!branch) return undefined;
      const wanted = line.attributes.branch || context.defaultBranch;
      if (!wanted) {
        throw new SeatrialError(
          'INPUT_INVALID',
          `tags: "${line.text}": the default branch is not known here; write branch=… behind it.`,
        );
      }
      return wanted === branch ? { text: 'edge', latest: false } : undefined;
    },
    ref({ attributes: { event } }) {
      if (event === 'branch') return branch ? { text: branch, latest: false } : undefined;
      if (event === 'tag') return isTag ? { text: tag, latest: true } : undefined;
      const pull = after('refs/pull/', context.ref);
      return pull ? { text: pull.replace(/\/merge$/, ''), latest: false } : undefined;
    },
    raw: ({ attributes }) => ({ text: filled(attributes.value!), latest: false }),
    sha({ attributes: { format } }) {
      if (!context.sha) return undefined;
      return { text: format === 'long' ? context.sha : shortSha(context), latest: false };
    },
  };

  const tags: string[] = [];
  let latest: boolean | undefined;
  for (const line of lines.toSorted((a, b) => b.priority - a.priority)) {
    const enabled = filled(line.enable);
    if (enabled !== 'true' && enabled !== 'false') {
      throw new SeatrialError('INPUT_INVALID', `tags: "${line.text}": enable came to "${enabled}", not true or false.`);
    }
    const given = enabled === 'true' ? giveOf[line.type](line) : undefined;
    const text = given && dressed(given.text, line);
    if (!given || !text) continue;
    tags.push(sanitise(text));
    latest ??= flavor.latest === 'auto' ? given.latest : flavor.latest === 'true';
  }
  if (tags.length && latest) {
    const [before, behind] = [flavor.prefixLatest ? flavor.prefix : '', flavor.suffixLatest ? flavor.suffix : ''];
    tags.push(sanitise(`${filled(before)}latest${filled(behind)}`));
  }
  return { tags: [...new Set(tags)], doubts };
}
