import { SeatrialError } from '../../../lib/errors.ts';
import { parseCsv } from '../../input/csv.ts';

/** Attributes by type with their defaults, and the priority of the type: metadata-action's README, `tags` input. */
const COMMON = { enable: 'true', priority: '', prefix: undefined, suffix: undefined };
const TYPES = {
  schedule: { priority: '1000', attributes: { pattern: 'nightly' } },
  semver: { priority: '900', attributes: { pattern: undefined, value: '', match: '' } },
  pep440: { priority: '900', attributes: { pattern: undefined, value: '', match: '' } },
  match: { priority: '800', attributes: { pattern: undefined, group: '0', value: '' } },
  edge: { priority: '700', attributes: { branch: '' } },
  ref: { priority: '600', attributes: { event: undefined } },
  raw: { priority: '200', attributes: { value: undefined } },
  sha: { priority: '100', attributes: { format: 'short' } },
} as const;

export type TagType = keyof typeof TYPES;

/** Attributes without which a line says nothing. */
const NEEDED: Partial<Record<TagType, string>> = {
  semver: 'pattern',
  pep440: 'pattern',
  match: 'pattern',
  ref: 'event',
  raw: 'value',
};
const WORDS: Record<string, readonly string[]> = { event: ['branch', 'tag', 'pr'], format: ['short', 'long'] };

export interface TagLine {
  type: TagType;
  /** As it was written, for messages. */
  text: string;
  priority: number;
  enable: string;
  /** Undefined where the line has none of its own and the flavor's counts. */
  prefix?: string;
  suffix?: string;
  /** The attributes of the type. */
  attributes: Record<string, string>;
}

const refuse = (text: string, why: string) => new SeatrialError('INPUT_INVALID', `tags: "${text}": ${why}`);

/** `key=value` parted at the first `=`; a field without a key is a value. */
function part(field: string): [string | undefined, string] {
  const at = field.indexOf('=');
  return at < 1 ? [undefined, field.trim()] : [field.slice(0, at).trim().toLowerCase(), field.slice(at + 1).trim()];
}

/** The records of `tags` or `flavor`; a record quoted as a whole is opened. Lines that begin with `#` are comments. */
export function records(text: string): string[][] {
  return parseCsv(text, { comment: true }).flatMap((fields) => {
    const [only = ''] = fields;
    return fields.length === 1 && only.includes(',') ? parseCsv(only) : [fields];
  });
}

/** Whether a record says more than a plain tag: an attribute or an expression. */
export const isPattern = (fields: readonly string[]) =>
  fields.some((field) => part(field)[0] !== undefined || field.includes('{{'));

/** One record of `tags` as metadata-action reads it, unknown attributes refused. Error: INPUT_INVALID. */
export function parseTagLine(fields: readonly string[]): TagLine {
  const text = fields.join(',');
  const given = new Map<string, string>();
  for (const [key = 'value', value] of fields.map(part)) {
    if (given.has(key)) throw refuse(text, `${key} is given twice; write one tag a line.`);
    given.set(key, value);
  }
  const type = (given.get('type') ?? 'raw') as TagType;
  given.delete('type');
  if (!Object.hasOwn(TYPES, type)) {
    throw refuse(text, `type "${type}" is not known; choose one of ${Object.keys(TYPES).join(', ')}.`);
  }
  const own: Record<string, string | undefined> = TYPES[type].attributes;
  const stranger = [...given.keys()].find((key) => !(key in own) && !(key in COMMON));
  if (stranger !== undefined) {
    const names = [...Object.keys(own), ...Object.keys(COMMON)].join(', ');
    throw refuse(text, `type=${type} has no attribute "${stranger}"; choose from ${names}.`);
  }
  const needed = NEEDED[type];
  if (needed && !given.has(needed)) throw refuse(text, `type=${type} needs ${needed}=…`);
  const attributes = Object.fromEntries(
    Object.entries(own).map(([key, fallback]) => [key, given.get(key) ?? fallback ?? '']),
  );
  for (const [key, words] of Object.entries(WORDS)) {
    const word = attributes[key];
    if (word !== undefined && !words.includes(word)) throw refuse(text, `${key} is one of ${words.join(', ')}.`);
  }
  const number = (key: string, value: string) => {
    if (value === '' || Number.isNaN(Number(value))) throw refuse(text, `${key} is a number.`);
    return Number(value);
  };
  if (type === 'match') number('group', attributes.group!);
  const ownPrefix = type === 'sha' ? 'sha-' : type === 'ref' && attributes.event === 'pr' ? 'pr-' : undefined;
  return {
    type,
    text,
    priority: number('priority', given.get('priority') ?? TYPES[type].priority),
    enable: given.get('enable') ?? COMMON.enable,
    prefix: given.get('prefix') ?? ownPrefix,
    suffix: given.get('suffix'),
    attributes,
  };
}
