import { SeatrialError } from '../../lib/errors.ts';
import { listOfLines, parseCsv } from './csv.ts';

export interface Pair {
  name: string;
  value: string;
}

const invalid = (message: string) => new SeatrialError('INPUT_INVALID', message);

function pairOf(text: string, n: number, shape: string): Pair {
  const at = text.indexOf('=');
  // The text is not quoted: without its "=" it may be a secret itself.
  if (at < 1 || /\s/.test(text.slice(0, at))) throw invalid(`item ${n} is not ${shape}.`);
  return { name: text.slice(0, at), value: text.slice(at + 1) };
}

/** `NAME=value`, one a line; commas are part of a value, quotes around the whole are not. Error: INPUT_INVALID. */
export const parsePairs = (text: string): Pair[] =>
  listOfLines(text).map((line, n) => pairOf(line, n + 1, 'NAME=value'));

/**
 * Build arguments as build-push-action reads them. Where a comma stands before another `NAME=` it can't be known
 * whether one argument is meant or two, so such a line must be quoted. Error: INPUT_INVALID.
 */
export function parseBuildArgs(text: string): Pair[] {
  return parseCsv(text).map((fields, index) => {
    const second = fields.slice(1).find((field) => /^\s*[A-Za-z_]\w*=/.test(field));
    if (second !== undefined) {
      throw invalid(
        `item ${index + 1} looks like several arguments; write one a line, or quote it all when the comma is part of the value: "NAME=a,B=c".`,
      );
    }
    return pairOf(fields.join(',').trim(), index + 1, 'NAME=value');
  });
}

/** A build secret by its id: its value, or where it comes from. */
export interface SecretInput {
  id: string;
  value: string;
}

function checkIds(secrets: SecretInput[]): SecretInput[] {
  const bad = secrets.findIndex(({ id }) => !/^[\w.-]+$/.test(id));
  // Not quoted: it may be a line of a secret that was meant to be quoted.
  if (bad >= 0) throw invalid(`the id of item ${bad + 1} holds more than letters, digits, ".", "_" and "-".`);
  const ids = secrets.map(({ id }) => id);
  const twice = ids.findIndex((id, n) => ids.indexOf(id) !== n);
  if (twice >= 0) throw invalid(`item ${twice + 1} has the id of an earlier one; give each once.`);
  return secrets;
}

/** `id=value`, one a line; a value of several lines in quotes: `"id=line⏎line"`. Error: INPUT_INVALID. */
export function parseSecrets(text: string): SecretInput[] {
  return checkIds(
    parseCsv(text).map((fields, n) => {
      const shape = 'id=value; a value of several lines stands in double quotes: "id=line⏎line"';
      const { name, value } = pairOf(fields.join(',').trimStart(), n + 1, shape);
      return { id: name, value };
    }),
  );
}

/** `id=path` or `id=VARIABLE`, one a line. Error: INPUT_INVALID. */
export function parseSecretSources(text: string): SecretInput[] {
  return checkIds(parsePairs(text).map(({ name, value }) => ({ id: name, value })));
}

/** Secrets the builder asks for by itself, for Git and HTTP sources (BuildKit, "Predefined secrets"). */
const OWN_IDS = /^(GIT|HTTP)_AUTH_(TOKEN|HEADER)\b|^HTTP_AUTH_(TOKEN|HEADER)_/;

/**
 * The ids that `RUN --mount=type=secret` of a Dockerfile asks for; undefined where the text alone can't tell: an id made
 * of a variable, or another frontend.
 */
export function secretIdsIn(dockerfile: string): Set<string> | undefined {
  const syntax = /^#\s*syntax\s*=\s*(\S+)/im.exec(dockerfile.split(/^\s*[^#\s]/m)[0]!)?.[1];
  if (syntax && !/(^|\/)docker\/dockerfile(-upstream)?([:@]|$)/.test(syntax)) return undefined;
  const ids = new Set<string>();
  const lines = dockerfile.replace(/^[ \t]*#.*\r?\n/gm, '').replace(/[\\`][ \t]*\r?\n/g, ' ');
  for (const [, mount = ''] of lines.matchAll(/--mount=(\S*type=secret\S*)/g)) {
    const options = new Map(
      mount.split(',').map((option): [string, string] => {
        const [key = '', ...value] = option.replaceAll('"', '').split('=');
        return [key, value.join('=')];
      }),
    );
    const target = options.get('target') ?? options.get('dst') ?? options.get('destination');
    const id = options.get('id') ?? target?.split('/').at(-1) ?? options.get('env');
    if (id === undefined || id.includes('$')) return undefined;
    ids.add(id);
  }
  return ids;
}

/** Refuses a secret that nothing of the Dockerfile asks for: a mistyped id, or a line of a value. Error: INPUT_INVALID. */
export function checkSecretIds(given: readonly { id: string; input: string; n: number }[], dockerfile: string): void {
  const asked = secretIdsIn(dockerfile);
  if (!asked) return;
  const lost = given.find(({ id }) => !asked.has(id) && !OWN_IDS.test(id));
  if (!lost) return;
  throw invalid(
    `${lost.input}: the Dockerfile has no RUN --mount=type=secret for the id of item ${lost.n}; it asks for ${[...asked].join(', ') || 'none'}. A value of several lines stands in double quotes.`,
  );
}
