import type * as z from 'zod';
import type { Actions } from './actions.ts';
import { type ActionName, readConfig } from './config.ts';
import { SeatrialError } from './errors.ts';
import type { FieldMeta } from './fields.ts';
import { credentialsIn } from './kubernetes/secrets-in.ts';
import { maskUnlessName } from './names.ts';
import { nearest } from './nearest.ts';

export const metaOf = (schema: z.ZodType): FieldMeta => schema.meta() as unknown as FieldMeta;

/** `INPUT_*` of the environment by kebab-case name; empty means "not given". `INPUT_HEALTH_PATH` is taken as well. */
export function rawInputs(env: Readonly<Record<string, string | undefined>>): Map<string, string> {
  const given = new Map<string, string>();
  for (const [key, value] of Object.entries(env)) {
    if (!key.startsWith('INPUT_') || value === undefined || value.trim() === '') continue;
    given.set(key.slice('INPUT_'.length).toLowerCase().replaceAll('_', '-'), value);
  }
  return given;
}

/** Inputs whose values are names that outputs are made of. */
const NAMES = ['app', 'environment', 'service', 'image'];

/**
 * Values a secret input hides: the whole, and for `NAME=value` lines each value. A line may also be one of a value of
 * several, where a `=` is part of it and the last quote is not.
 */
function secretsIn(meta: FieldMeta, value: string): string[] {
  if (meta.hides === 'credentials') {
    // A file may be one line of JSON. What holds no credential and is one line is no kubeconfig, and hidden as it is.
    const found = credentialsIn(value);
    if (found.length || /\n/.test(value.trim())) return found;
  }
  if (meta.kind !== 'lines') return [value];
  return value
    .split(/\r?\n/)
    .flatMap((line) => [line, line.slice(line.indexOf('=') + 1)])
    .flatMap((line) => [line.trim(), line.trim().replace(/^"|"$/g, '')])
    .filter(Boolean);
}

/**
 * Values that a workflow of ours would like where neither the caller nor seatrial.yml says anything: an input would win
 * over the file. JSON in SEATRIAL_DEFAULTS.
 */
function weakDefaults(known: readonly string[], env: Actions['env']): Record<string, string> {
  const values = JSON.parse(env.SEATRIAL_DEFAULTS || '{}') as Record<string, string>;
  const stranger = Object.keys(values).find((name) => !known.includes(name));
  if (stranger) throw new SeatrialError('INPUT_UNKNOWN', `SEATRIAL_DEFAULTS: there is no input "${stranger}".`);
  return values;
}

/**
 * Reads, masks and checks an action's inputs before anything is touched: unknown names, wrong units and
 * contradictions (the schema's own refinements) are one INPUT_* error. `seatrial.yml` fills what was not given.
 */
export async function loadInputs<S extends z.ZodObject>(
  action: ActionName,
  schema: S,
  actions: Actions,
): Promise<z.output<S>> {
  const given = rawInputs(actions.env);
  const known = Object.keys(schema.shape);
  const names = NAMES.flatMap((name) => given.get(name) ?? []);
  for (const name of known) {
    const value = given.get(name);
    const meta = metaOf(schema.shape[name] as z.ZodType);
    if (value && meta.secret) for (const hidden of secretsIn(meta, value)) maskUnlessName(actions, names, name, hidden);
  }
  for (const name of given.keys()) {
    if (known.includes(name)) continue;
    const guess = nearest(name, known);
    throw new SeatrialError(
      'INPUT_UNKNOWN',
      `action-${action} has no input "${name}"${guess ? `; did you mean "${guess}"?` : '.'} See action-${action}/README.md.`,
    );
  }
  const secrets = known.filter((name) => metaOf(schema.shape[name] as z.ZodType).secret);
  const { env, warning: warn } = actions;
  const config = await readConfig({ action, mine: known, secrets, given, env, warn });
  const values = { ...weakDefaults(known, env), ...config.values, ...Object.fromEntries(given) };
  const result = schema.safeParse(values);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const name = issue.path.join('.');
  const place = given.has(name) ? undefined : config.places[name];
  if (place) throw new SeatrialError('CONFIG_INVALID', `${place}: ${name}: ${issue.message}`);
  if (name in values || !issue.path.length || issue.code === 'custom') {
    throw new SeatrialError('INPUT_INVALID', `${name ? `${name}: ` : ''}${issue.message}`);
  }
  throw new SeatrialError('INPUT_MISSING', `${name} is needed: ${metaOf(schema.shape[name] as z.ZodType).description}`);
}
