import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { SeatrialError } from '../../lib/errors.ts';

export interface Waiver {
  id: string;
  /** `2026-12-31`, when it ends. */
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

interface YamlEntry {
  id?: string;
  expired_at?: string;
}

/** Entries with an end, of `.trivyignore` (`CVE-… exp:2026-12-31`) or its YAML form (`expired_at`). */
export function datedWaivers(file: string, text: string): Waiver[] {
  if (/\.ya?ml$/.test(file)) {
    const sections = (parse(text) ?? {}) as Record<string, YamlEntry[] | null>;
    return Object.values(sections)
      .flatMap((entries) => (Array.isArray(entries) ? entries : []))
      .flatMap(({ id, expired_at }) => (id && expired_at ? [{ id, until: String(expired_at).slice(0, 10) }] : []));
  }
  return text.split(/\r?\n/).flatMap((line) => {
    const found = /^\s*([^#\s]+)\s+(?:.*\s)?exp:(\d{4}-\d{2}-\d{2})/.exec(line);
    return found ? [{ id: found[1]!, until: found[2]! }] : [];
  });
}

const SOON_DAYS = 14;

/** One warning a waiver that has ended or ends within two weeks: better now than as a blocked release at night. */
export function waiverWarnings(waivers: readonly Waiver[], now: number): string[] {
  return waivers.flatMap(({ id, until }) => {
    const days = Math.floor((Date.parse(`${until}T00:00:00Z`) - now) / 86_400_000);
    if (Number.isNaN(days)) return [];
    if (days < 0)
      return [`${id} is no longer ignored: its waiver ended on ${until}. Mend it, or renew the waiver with a reason.`];
    return days <= SOON_DAYS ? [`The waiver of ${id} ends on ${until}; from then on it blocks again.`] : [];
  });
}

export function readWaiverWarnings(file: string, now: number): string[] {
  try {
    return waiverWarnings(datedWaivers(file, readFileSync(file, 'utf8')), now);
  } catch (cause) {
    throw new SeatrialError('INPUT_INVALID', 'ignore-file: can’t be read as YAML; check it with any YAML linter.', {
      cause,
    });
  }
}
