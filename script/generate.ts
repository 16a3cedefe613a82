// Writes what follows from the zod schemas (action.yml, the manuals' tables, the reusable workflows, the known keys of
// seatrial.yml and its JSON Schema) and from the table of error codes. `--check` writes nothing and fails when a file differs.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { FieldMeta } from '../src/lib/fields.ts';
import { type About, actions, fieldsOf } from './actions.ts';
import { configSchema } from './config-schema.ts';
import { errorPages } from './error-pages.ts';
import { secretTable, workflowTables } from './workflow-tables.ts';
import { workflowFile, workflows } from './workflows/index.ts';

const check = process.argv.includes('--check');
const stale: string[] = [];
function put(file: string, content: string) {
  if (existsSync(file) && readFileSync(file, 'utf8') === content) return;
  stale.push(file);
  if (!check) writeFileSync(file, content);
}

const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;
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
  for (const [input, meta] of fieldsOf(about)) {
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
  const inputs = fieldsOf(about).map(([name, meta]) => {
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

for (const [name, about] of Object.entries(actions)) {
  put(`action-${name}/action.yml`, manifest(name, about));
  const readme = `action-${name}/README.md`;
  const { inputs, outputs } = tables(about);
  put(readme, fill(fill(readFileSync(readme, 'utf8'), 'inputs', inputs), 'outputs', outputs));
}
const flows = Object.keys(workflows);
let manual = fill(readFileSync('docs/workflows.md', 'utf8'), 'secrets', secretTable(flows));
for (const name of flows) {
  put(`.github/workflows/${name}.yml`, workflowFile(name));
  manual = fill(manual, name, workflowTables(name));
}
put('docs/workflows.md', manual);
for (const [page, text] of Object.entries(errorPages())) put(page, text);
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
          fieldsOf({ schema }).map(
            ([input, { kind, secret, required, default: fallback, values, description: words }]) => [
              input,
              { kind, secret, required, default: fallback, values, description: words },
            ],
          ),
        ),
        outputs,
      },
    ]),
  ),
};
put('src/cli/catalog.json', `${JSON.stringify(catalog, null, 1)}\n`);
put('seatrial.schema.json', `${JSON.stringify(configSchema(), null, 1)}\n`);

if (stale.length) console.log(`${check ? 'differs from its source' : 'written'}: ${stale.join(', ')}`);
if (check && stale.length) process.exit(1);
