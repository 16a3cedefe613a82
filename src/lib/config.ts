import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SeatrialError } from './errors.ts';
import known from './known-keys.json' with { type: 'json' };

export type ActionName = 'build' | 'deploy' | 'verify' | 'notify';
type Section = Record<string, unknown>;

const ACTIONS: readonly string[] = ['build', 'deploy', 'verify', 'notify'];

/**
 * A YAML value as the text the same input would hold: lists one item a line, maps one `KEY=value` a line, a list there
 * with commas. A list of maps is what an input holds as YAML, and stays that.
 */
function asInput(key: string, value: unknown): string {
  if (Array.isArray(value) && value.some(isSection)) return JSON.stringify(value);
  if (Array.isArray(value)) return value.map((item) => asInput(key, item)).join('\n');
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value && typeof value === 'object') {
    return Object.entries(value)
      .map(([k, v]) => `${k}=${Array.isArray(v) ? v.map((item) => asInput(key, item)).join(', ') : asInput(key, v)}`)
      .join('\n');
  }
  throw new SeatrialError('CONFIG_INVALID', `seatrial.yml: ${key} has no value; remove the line or give it one.`);
}

function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Takes this action's keys out of one level: flat keys first, the action's own section over them. */
function level(section: Section, action: ActionName, mine: readonly string[], where: string): Section {
  const taken: Section = {};
  for (const [key, value] of Object.entries(section)) {
    if (key === 'environments' && where === '') continue;
    if (ACTIONS.includes(key)) {
      if (!isSection(value)) throw new SeatrialError('CONFIG_INVALID', `seatrial.yml: ${where}${key} must be a map.`);
      const allowed = (known as Record<string, string[]>)[key] ?? [];
      const stranger = Object.keys(value).find((k) => !allowed.includes(k));
      if (stranger) {
        throw new SeatrialError(
          'CONFIG_INVALID',
          `seatrial.yml: action-${key} has no input "${stranger}" (${where}${key}).`,
        );
      }
    } else if (!Object.values(known).some((keys) => (keys as string[]).includes(key))) {
      throw new SeatrialError('CONFIG_INVALID', `seatrial.yml: no action has an input "${where}${key}".`);
    } else if (mine.includes(key)) {
      taken[key] = value;
    }
  }
  return { ...taken, ...(isSection(section[action]) ? section[action] : {}) };
}

/** The environment the run is about: its own input, or the deployment it was handed. */
function environmentOf(given: ReadonlyMap<string, string>): string {
  if (given.has('environment')) return given.get('environment')!;
  try {
    return String(JSON.parse(given.get('deployment') ?? '{}').environment ?? 'production');
  } catch {
    return 'production'; // the deployment's own field will say what is wrong with it
  }
}

/** `seatrial.yml` or `.github/seatrial.yml` of the workspace, as input texts; an input wins over what this answers. */
export async function readConfig(
  action: ActionName,
  mine: readonly string[],
  secrets: readonly string[],
  given: ReadonlyMap<string, string>,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Record<string, string>> {
  const root = env.GITHUB_WORKSPACE || process.cwd();
  const file = ['seatrial.yml', '.github/seatrial.yml'].map((f) => join(root, f)).find((f) => existsSync(f));
  if (!file) return {};
  const { parse } = await import('yaml');
  let document: unknown;
  try {
    document = parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new SeatrialError('CONFIG_INVALID', 'seatrial.yml is not valid YAML; check it with any YAML linter.', {
      cause,
    });
  }
  if (document === null) return {};
  if (!isSection(document)) throw new SeatrialError('CONFIG_INVALID', 'seatrial.yml must be a map of inputs.');
  const environments = document.environments ?? {};
  if (!isSection(environments)) throw new SeatrialError('CONFIG_INVALID', 'seatrial.yml: environments must be a map.');
  const name = environmentOf(given);
  const own = environments[name];
  if (own !== undefined && !isSection(own)) {
    throw new SeatrialError('CONFIG_INVALID', `seatrial.yml: environments.${name} must be a map.`);
  }
  const merged = { ...level(document, action, mine, ''), ...level(own ?? {}, action, mine, `environments.${name}.`) };
  const leaked = secrets.find((key) => key in merged);
  if (leaked) {
    throw new SeatrialError(
      'CONFIG_SECRET',
      `seatrial.yml holds the secret "${leaked}"; remove it, revoke it, and pass it as an input.`,
    );
  }
  return Object.fromEntries(Object.entries(merged).map(([key, value]) => [key, asInput(key, value)]));
}
