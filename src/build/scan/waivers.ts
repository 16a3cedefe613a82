import { existsSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Scalar, type YAMLMap } from 'yaml';
import { SeatrialError } from '../../lib/errors.ts';
import { nearest } from '../../lib/nearest.ts';

export interface Waiver {
  id: string;
  /** `2026-12-31`, when it ends; empty for never. */
  until: string;
}

/** The ignore file in force: the one given, else Trivy's own names in the workspace. Error: INPUT_INVALID. */
export function findIgnoreFile(root: string, given?: string): string | undefined {
  if (given) {
    const file = resolve(root, given);
    if (existsSync(file)) return file;
    throw new SeatrialError('INPUT_INVALID', `ignore-file: there is no ${given}; mend the path, or leave it out.`);
  }
  return ['.trivyignore.yaml', '.trivyignore.yml', '.trivyignore']
    .map((name) => join(root, name))
    .find((file) => existsSync(file));
}

const SECTIONS = ['vulnerabilities', 'misconfigurations', 'secrets', 'licenses'];
const KEYS = ['id', 'paths', 'purls', 'expired_at', 'statement'];

/** A day that there is: `2026-02-30` is none. */
function isDay(text: string): boolean {
  const [, day] = /^(\d{4}-\d{2}-\d{2})(?:$|[T ])/.exec(text) ?? [];
  const time = day ? new Date(`${day}T00:00:00Z`) : undefined;
  return time !== undefined && !Number.isNaN(time.getTime()) && time.toISOString().startsWith(day!);
}

type Fail = (line: number, why: string) => never;

const scalar = (node: unknown) =>
  isScalar(node) && node.value !== null ? String((node as Scalar).source ?? node.value) : '';

function readEntry(entry: YAMLMap, line: (node: unknown) => number, fail: Fail): Waiver {
  for (const { key } of entry.items) {
    const name = scalar(key);
    if (KEYS.includes(name)) continue;
    const guess = nearest(name, KEYS);
    fail(
      line(key),
      `"${name}" is no key of a waiver${guess ? `; did you mean ${guess}?` : `; there are ${KEYS.join(', ')}.`}`,
    );
  }
  const id = scalar(entry.get('id', true));
  if (id === '') fail(line(entry), 'a waiver needs an id.');
  for (const name of ['paths', 'purls']) {
    if (entry.has(name) && !isSeq(entry.get(name))) fail(line(entry.get(name, true)), `${name} must be a list.`);
  }
  const until = scalar(entry.get('expired_at', true));
  if (entry.has('expired_at') && !isDay(until)) {
    fail(line(entry.get('expired_at', true)), `expired_at of ${id} is no date; write 2026-12-31.`);
  }
  return { id, until: until.slice(0, 10) };
}

function readYaml(text: string, fail: Fail): Waiver[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const line = (node: unknown) => lines.linePos((node as Scalar | undefined)?.range?.[0] ?? 0).line;
  const broken = document.errors[0];
  if (broken) fail(lines.linePos(broken.pos[0]).line, `can't be read as YAML: ${broken.message.split('\n')[0]}`);
  const root = document.contents;
  if (root === null || (isScalar(root) && root.value === null)) return [];
  if (!isMap(root)) return fail(line(root), `must hold the sections ${SECTIONS.join(', ')}.`);
  return root.items.flatMap(({ key, value }) => {
    const section = scalar(key);
    if (!SECTIONS.includes(section)) {
      const guess = nearest(section, SECTIONS);
      fail(
        line(key),
        `"${section}" is no section${guess ? `; did you mean ${guess}?` : `; there are ${SECTIONS.join(', ')}.`}`,
      );
    }
    if (value === null || (isScalar(value) && value.value === null)) return [];
    if (!isSeq(value)) return fail(line(key), `${section} must be a list of entries with an id.`);
    return value.items.map((entry) =>
      isMap(entry) ? readEntry(entry, line, fail) : fail(line(entry), `an entry of ${section} must be "- id: CVE-…".`),
    );
  });
}

/** `CVE-2019-10744 exp:2026-12-31 # why`: an id a line. */
function readPlain(text: string, fail: Fail): Waiver[] {
  return text.split(/\r?\n/).flatMap((raw, i) => {
    const [id = '', ...rest] = raw
      .replace(/^\uFEFF/, '')
      .replace(/#.*/, '')
      .trim()
      .split(/\s+/);
    if (id === '') return [];
    if (/:$|^-$|^---$/.test(id)) fail(i + 1, 'this is YAML; name the file .trivyignore.yaml.');
    if (!/^[A-Za-z][\w.:+-]*$/.test(id)) fail(i + 1, `"${id}" is no id such as CVE-2026-1234.`);
    const stranger = rest.find((word) => !word.startsWith('exp:'));
    if (stranger) {
      fail(i + 1, `"${stranger}" is not understood; write one id a line, an end as exp:2026-12-31, a reason behind #.`);
    }
    const [end] = rest;
    if (end && !isDay(end.slice(4))) fail(i + 1, `"${end}" is no end; write exp:2026-12-31.`);
    return [{ id, until: end ? end.slice(4, 14) : '' }];
  });
}

/**
 * Entries of `.trivyignore` or its YAML form. Trivy passes over what it doesn't know, and a misspelt end would waive for
 * ever: here it is refused before anything is built. Error: INPUT_INVALID with the line.
 */
export function readWaivers(file: string, text: string): Waiver[] {
  const fail: Fail = (line, why) => {
    throw new SeatrialError('INPUT_INVALID', `ignore-file: ${basename(file)}, line ${line}: ${why}`);
  };
  return /\.ya?ml$/.test(file) ? readYaml(text, fail) : readPlain(text, fail);
}

export const readWaiverFile = (file: string): Waiver[] => readWaivers(file, readFileSync(file, 'utf8'));

const SOON_DAYS = 14;

/** `A, B, C and 2,997 more` */
export function listed(ids: readonly string[], shown = 5): string {
  const once = [...new Set(ids)];
  const rest = once.length - shown;
  return `${once.slice(0, shown).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

/** What is to be said of waivers that have ended or end within two weeks: one line for each, however many they are. */
export function waiverWarnings(waivers: readonly Waiver[], now: number): string[] {
  const dated = waivers.filter(({ until }) => until !== '');
  const days = ({ until }: Waiver) => Math.floor((Date.parse(`${until}T00:00:00Z`) - now) / 86_400_000);
  const named = (some: readonly Waiver[]) => listed(some.map(({ id, until }) => `${id} (${until})`));
  const ended = dated.filter((waiver) => days(waiver) < 0);
  const soon = dated.filter((waiver) => days(waiver) >= 0 && days(waiver) <= SOON_DAYS);
  const one = (some: readonly Waiver[], single: (waiver: Waiver) => string, several: string) =>
    some.length === 0 ? [] : [some.length === 1 ? single(some[0]!) : several];
  return [
    ...one(
      ended,
      ({ id, until }) =>
        `${id} is no longer ignored: its waiver ended on ${until}. Mend it, or renew the waiver with a reason.`,
      `No longer ignored, for ${ended.length} waivers have ended: ${named(ended)}. Mend them, or renew the waivers with a reason.`,
    ),
    ...one(
      soon,
      ({ id, until }) => `The waiver of ${id} ends on ${until}; from then on it blocks again.`,
      `${soon.length} waivers end within two weeks: ${named(soon)}; from then on they block again.`,
    ),
  ];
}

/** Waivers in force that took nothing out of this image: stale, misspelt, or of another image. */
export function unusedWaivers(waivers: readonly Waiver[], used: ReadonlySet<string>, now: number): string[] {
  const idle = waivers.filter(
    ({ id, until }) => !used.has(id) && (until === '' || Date.parse(`${until}T00:00:00Z`) >= now - 86_400_000),
  );
  return idle.map(({ id }) => id);
}
