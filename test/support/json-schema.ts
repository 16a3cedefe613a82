/** The part of JSON Schema 2020-12 that seatrial.schema.json is written in; another keyword is an error of the test. */
interface Schema {
  $ref?: string;
  allOf?: Schema[];
  type?: string | string[];
  enum?: unknown[];
  pattern?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  [key: string]: unknown;
}

const KNOWN = new Set(['$ref', 'allOf', 'type', 'enum', 'pattern', 'properties', 'additionalProperties']);
const NOTES = new Set(['$schema', '$defs', 'title', 'description', 'default']);

function isType(type: string, value: unknown): boolean {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}

/** Where `value` breaks the schema, as paths with the keyword; nothing when it holds. */
export function breaches(root: Schema, value: unknown, schema: Schema = root, path = ''): string[] {
  const found: string[] = [];
  for (const key of Object.keys(schema)) {
    if (!KNOWN.has(key) && !NOTES.has(key)) throw new Error(`this test does not know the keyword ${key}`);
  }
  if (schema.$ref) {
    const target = schema.$ref
      .slice(2)
      .split('/')
      .reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], root);
    if (!target) throw new Error(`${schema.$ref} leads nowhere`);
    found.push(...breaches(root, value, target as Schema, path));
  }
  for (const part of schema.allOf ?? []) found.push(...breaches(root, value, part, path));
  if (schema.type && ![schema.type].flat().some((type) => isType(type, value))) found.push(`${path}: type`);
  if (schema.enum && !schema.enum.includes(value)) found.push(`${path}: enum`);
  if (schema.pattern && typeof value === 'string' && !new RegExp(schema.pattern).test(value)) {
    found.push(`${path}: pattern`);
  }
  if (!isType('object', value)) return found;
  for (const [key, item] of Object.entries(value as object)) {
    const own = schema.properties?.[key];
    const other = schema.additionalProperties;
    if (own) found.push(...breaches(root, item, own, `${path}/${key}`));
    else if (other === false) found.push(`${path}/${key}: additionalProperties`);
    else if (typeof other === 'object') found.push(...breaches(root, item, other, `${path}/${key}`));
  }
  return found;
}
