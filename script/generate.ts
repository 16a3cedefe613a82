// Writes what follows from the zod schemas: action.yml, the manuals' tables, the known keys of seatrial.yml and its
// JSON Schema. `--check` writes nothing and fails when a file differs.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type * as z from 'zod';
import { schema as build, outputs as buildOutputs } from '../src/build/inputs.ts';
import { schema as deploy, outputs as deployOutputs } from '../src/deploy/inputs.ts';
import type { FieldMeta } from '../src/lib/fields.ts';
import { metaOf } from '../src/lib/inputs.ts';
import { schema as notify, outputs as notifyOutputs } from '../src/notify/inputs.ts';
import { schema as verify, outputs as verifyOutputs } from '../src/verify/inputs.ts';
import { workflowTables } from './workflow-tables.ts';

interface About {
  title: string;
  description: string;
  icon: string;
  color: string;
  post: boolean;
  schema: z.ZodObject;
  outputs: Record<string, string>;
}

const actions: Record<string, About> = {
  build: {
    title: 'Seatrial build',
    description: 'Build an image, scan it with Trivy, push only what passed.',
    icon: 'package',
    color: 'blue',
    post: false,
    schema: build,
    outputs: buildOutputs,
  },
  deploy: {
    title: 'Seatrial deploy',
    description:
      'Put an image on Docker hosts behind a health gate, switch traffic without losing a request, roll back.',
    icon: 'anchor',
    color: 'blue',
    post: true,
    schema: deploy,
    outputs: deployOutputs,
  },
  verify: {
    title: 'Seatrial verify',
    description: 'Judge the new version against the old from logs, latency, errors and vitals.',
    icon: 'activity',
    color: 'blue',
    post: false,
    schema: verify,
    outputs: verifyOutputs,
  },
  notify: {
    title: 'Seatrial notify',
    description: 'Tell the chat channels, and know whether they were told.',
    icon: 'bell',
    color: 'blue',
    post: false,
    schema: notify,
    outputs: notifyOutputs,
  },
};

const check = process.argv.includes('--check');
const stale: string[] = [];
function put(file: string, content: string) {
  if (existsSync(file) && readFileSync(file, 'utf8') === content) return;
  stale.push(file);
  if (!check) writeFileSync(file, content);
}

const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;
const fields = (schema: z.ZodObject): [string, FieldMeta][] =>
  Object.entries(schema.shape).map(([name, field]) => [name, metaOf(field as z.ZodType)]);
/** Defaults live in the schema, not in action.yml: a default there would look like an input and win over seatrial.yml. */
const describe = (meta: FieldMeta) =>
  `${meta.description}${meta.values ? ` One of: ${meta.values.join(', ')}.` : ''}${meta.default ? ` Default: ${meta.default}.` : ''}`;

function manifest(name: string, about: About): string {
  const lines = [
    '# Written by script/generate from src; edit the schema there.',
    `name: ${quote(about.title)}`,
    `description: ${quote(about.description)}`,
    'author: Seatrial',
    'branding:',
    `  icon: ${about.icon}`,
    `  color: ${about.color}`,
    'inputs:',
  ];
  for (const [input, meta] of fields(about.schema)) {
    lines.push(`  ${input}:`, `    description: ${quote(describe(meta).replaceAll('\n', ' '))}`, '    required: false');
    if (meta.runnerDefault) lines.push(`    default: ${meta.runnerDefault}`);
  }
  lines.push('outputs:');
  for (const [output, description] of Object.entries(about.outputs)) {
    lines.push(`  ${output}:`, `    description: ${quote(description)}`);
  }
  lines.push('runs:', '  using: node24', `  main: ../dist/action-${name}/index.js`);
  if (about.post) lines.push(`  post: ../dist/action-${name}/index.js`, '  post-if: always()');
  return `${lines.join('\n')}\n`;
}

function tables(about: About): { inputs: string; outputs: string } {
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const inputs = fields(about.schema).map(([name, meta]) => {
    const notes = [meta.required ? 'required' : '', meta.secret ? 'secret' : ''].filter(Boolean).join(', ');
    const kind = meta.values ? meta.values.map((v) => `\`${v}\``).join(' ') : meta.kind;
    const fallback = meta.default ? `\`${meta.default.replaceAll('\n', ' ')}\`` : '';
    return `| \`${name}\` | ${kind}${notes ? ` (${notes})` : ''} | ${fallback} | ${cell(meta.description)} |`;
  });
  const outputs = Object.entries(about.outputs).map(([name, text]) => `| \`${name}\` | ${cell(text)} |`);
  return {
    inputs: ['| Input | Kind | Default | What it does |', '| --- | --- | --- | --- |', ...inputs].join('\n'),
    outputs: ['| Output | What it holds |', '| --- | --- |', ...outputs].join('\n'),
  };
}

function fill(readme: string, mark: string, content: string): string {
  const pattern = new RegExp(`(<!-- ${mark} -->\\n)[\\s\\S]*?(<!-- /${mark} -->)`);
  if (!pattern.test(readme)) throw new Error(`the manual has no <!-- ${mark} --> … <!-- /${mark} -->`);
  return readme.replace(pattern, (_, open, close) => `${open}\n${content}\n\n${close}`);
}

function configSchema() {
  const value = (meta: FieldMeta) => {
    const any = { type: ['string', 'number', 'boolean', 'array', 'object'] };
    const typed = meta.values
      ? { enum: meta.values }
      : meta.kind === 'boolean'
        ? { type: 'boolean' }
        : meta.kind === 'integer'
          ? { type: ['integer', 'string'] }
          : meta.kind === 'lines' || meta.yaml
            ? any
            : { type: ['string', 'number'] };
    return { description: meta.description, ...typed, ...(meta.default ? { default: meta.default } : {}) };
  };
  const open = (schema: z.ZodObject) =>
    Object.fromEntries(
      fields(schema)
        .filter(([, meta]) => !meta.secret)
        .map(([name, meta]) => [name, value(meta)]),
    );
  const sections = Object.fromEntries(
    Object.entries(actions).map(([name, { schema }]) => [
      name,
      { type: 'object', additionalProperties: false, properties: open(schema) },
    ]),
  );
  const flat = Object.assign(
    {},
    ...Object.values(actions).map(({ schema }) =>
      Object.fromEntries(Object.entries(open(schema)).map(([name, { description }]) => [name, { description }])),
    ),
  );
  const level = { ...flat, ...sections };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'seatrial.yml',
    description:
      'Inputs of the four actions, flat or in a section per action, and again per environment. An input wins.',
    type: 'object',
    additionalProperties: false,
    properties: {
      ...level,
      environments: {
        type: 'object',
        additionalProperties: { type: 'object', additionalProperties: false, properties: level },
      },
    },
  };
}

for (const [name, about] of Object.entries(actions)) {
  put(`action-${name}/action.yml`, manifest(name, about));
  const readme = `action-${name}/README.md`;
  const { inputs, outputs } = tables(about);
  put(readme, fill(fill(readFileSync(readme, 'utf8'), 'inputs', inputs), 'outputs', outputs));
}
let workflows = readFileSync('docs/workflows.md', 'utf8');
for (const name of ['ship', 'rollback', 'watch', 'drill']) workflows = fill(workflows, name, workflowTables(name));
put('docs/workflows.md', workflows);
const keys = Object.entries(actions).map(
  ([name, { schema }]) => `  "${name}": ${JSON.stringify(Object.keys(schema.shape))}`,
);
put('src/lib/known-keys.json', `{\n${keys.join(',\n')}\n}\n`);
const catalog = {
  version: (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version,
  actions: Object.fromEntries(
    Object.entries(actions).map(([name, { description, post, schema, outputs }]) => [
      name,
      {
        description,
        post,
        inputs: Object.fromEntries(
          fields(schema).map(([input, { kind, secret, required, default: fallback, values, description: words }]) => [
            input,
            { kind, secret, required, default: fallback, values, description: words },
          ]),
        ),
        outputs,
      },
    ]),
  ),
};
put('src/cli/catalog.json', `${JSON.stringify(catalog, null, 1)}\n`);
put('seatrial.schema.json', `${JSON.stringify(configSchema(), null, 1)}\n`);

if (stale.length) console.log(`${check ? 'differs from the schemas' : 'written'}: ${stale.join(', ')}`);
if (check && stale.length) process.exit(1);
