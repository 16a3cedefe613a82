import type * as z from 'zod';
import type { Actions } from './actions.ts';
import { type ActionName, readConfig } from './config.ts';
import { SeatrialError } from './errors.ts';
import type { FieldMeta } from './fields.ts';

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

/** The known name closest to a mistyped one, if any is close. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const distance = (a: string, b: string) => {
    let row = Array.from({ length: b.length + 1 }, (_, i) => i);
    for (let i = 1; i <= a.length; i++) {
      const next = [i];
      for (let j = 1; j <= b.length; j++) {
        next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
      }
      row = next;
    }
    return row[b.length]!;
  };
  const ranked = known.map((k) => ({ k, d: distance(name, k) })).sort((x, y) => x.d - y.d);
  return ranked[0] && ranked[0].d <= 3 ? ranked[0].k : undefined;
}

/** Values a secret input hides: the whole, and for `NAME=value` lines each value. */
function secretsIn(meta: FieldMeta, value: string): string[] {
  if (meta.kind !== 'lines') return [value];
  return value
    .split(/\r?\n/)
    .map((line) => line.slice(line.indexOf('=') + 1).trim())
    .filter(Boolean);
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
  for (const name of known) {
    const value = given.get(name);
    const meta = metaOf(schema.shape[name] as z.ZodType);
    if (value && meta.secret) for (const hidden of secretsIn(meta, value)) actions.mask(hidden);
  }
  for (const name of given.keys()) {
    if (known.includes(name)) continue;
    const guess = nearest(name, known);
    throw new SeatrialError(
      'INPUT_UNKNOWN',
      `action-${action} has no input "${name}"${guess ? `; did you mean "${guess}"?` : '.'} See action-${action}/README.md.`,
    );
  }
  const secretNames = known.filter((name) => metaOf(schema.shape[name] as z.ZodType).secret);
  const values = {
    ...(await readConfig(action, known, secretNames, given, actions.env)),
    ...Object.fromEntries(given),
  };
  const result = schema.safeParse(values);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const name = issue.path.join('.');
  if (name in values || !issue.path.length || issue.code === 'custom') {
    throw new SeatrialError('INPUT_INVALID', `${name ? `${name}: ` : ''}${issue.message}`);
  }
  throw new SeatrialError('INPUT_MISSING', `${name} is needed: ${metaOf(schema.shape[name] as z.ZodType).description}`);
}
