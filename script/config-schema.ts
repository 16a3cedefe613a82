import type { FieldMeta } from '../src/lib/fields.ts';
import { actions, fieldsOf } from './actions.ts';

type Json = Record<string, unknown>;

const DURATION = { type: 'string', pattern: '^\\s*(\\d+(\\.\\d+)?(ms|s|m|h))+\\s*$' };
const SIZE = { type: ['integer', 'string'], pattern: '^\\s*\\d+(\\.\\d+)?\\s*([kKmMgG]([iI]?[bB])?|[bB])?\\s*$' };
const SHARE = { type: 'string', pattern: '^\\s*\\d+(\\.\\d+)?\\s*%\\s*$' };
const INTEGER = { type: ['integer', 'string'], pattern: '^\\s*-?\\d+\\s*$' };
const SCALAR = { type: ['string', 'number', 'boolean'] };
const ANY = { type: ['string', 'number', 'boolean', 'array', 'object'] };

/** What a key may hold: as the input's own parser takes it, or as YAML writes the same. */
function typeOf(meta: FieldMeta): Json {
  if (meta.yaml) return ANY;
  if (meta.values) return { enum: meta.values };
  const kinds: Record<FieldMeta['kind'], Json> = {
    boolean: { enum: [true, false, 'true', 'false'] },
    integer: INTEGER,
    duration: DURATION,
    size: SIZE,
    share: SHARE,
    lines: ANY,
    json: ANY,
    text: SCALAR,
    choice: SCALAR,
  };
  return kinds[meta.kind];
}

const property = (meta: FieldMeta): Json => ({
  description: meta.description,
  ...typeOf(meta),
  ...(meta.default ? { default: meta.default } : {}),
});

/** Inputs that seatrial.yml may hold: all but the secret ones. */
const open = (name: keyof typeof actions) => fieldsOf(actions[name]).filter(([, meta]) => !meta.secret);

/**
 * A key outside a section reaches every action that has it, so it must hold for each of them; where they mean different
 * things by it, both meanings are told and a section is the way out.
 */
function flat(): Json {
  const users = new Map<string, { action: string; meta: FieldMeta }[]>();
  for (const action of Object.keys(actions) as (keyof typeof actions)[]) {
    for (const [name, meta] of open(action)) users.set(name, [...(users.get(name) ?? []), { action, meta }]);
  }
  return Object.fromEntries(
    [...users].map(([name, all]) => {
      const refs = all.map(({ action }) => ({ $ref: `#/$defs/${action}/properties/${name}` }));
      const shapes = new Set(all.map(({ meta }) => JSON.stringify(typeOf(meta))));
      const meanings = new Set(all.map(({ meta }) => meta.description));
      if (meanings.size === 1 && shapes.size === 1) return [name, refs[0]];
      const description = all.map(({ action, meta }) => `${action}: ${meta.description}`).join('\n');
      return [name, { description, ...(shapes.size === 1 ? refs[0] : { allOf: refs }) }];
    }),
  );
}

/** The JSON Schema of seatrial.yml. */
export function configSchema(): Json {
  const sections = Object.keys(actions);
  const defs = Object.fromEntries(
    (sections as (keyof typeof actions)[]).map((name) => [
      name,
      {
        description: `Inputs of action-${name} alone.`,
        type: 'object',
        additionalProperties: false,
        properties: Object.fromEntries(open(name).map(([key, meta]) => [key, property(meta)])),
      },
    ]),
  );
  const level = {
    ...flat(),
    ...Object.fromEntries(sections.map((name) => [name, { $ref: `#/$defs/${name}` }])),
  };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'seatrial.yml',
    description:
      'Inputs of the four actions, flat or in a section per action, and again per environment. An input wins.',
    type: 'object',
    additionalProperties: false,
    properties: {
      ...Object.fromEntries(Object.keys(level).map((name) => [name, { $ref: `#/$defs/level/properties/${name}` }])),
      environments: { type: 'object', additionalProperties: { $ref: '#/$defs/level' } },
    },
    $defs: {
      level: {
        description: 'Keys of one environment; they win over those outside.',
        type: 'object',
        additionalProperties: false,
        properties: level,
      },
      ...defs,
    },
  };
}
