import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

interface Call {
  inputs?: Record<string, { description: string; default?: unknown; required?: boolean }>;
  secrets?: Record<string, { description: string }>;
  outputs?: Record<string, { description: string }>;
}

/** The tables of docs/workflows.md for one reusable workflow, read from its own file. */
export function workflowTables(name: string): string {
  const file = parse(readFileSync(`.github/workflows/${name}.yml`, 'utf8')) as { on: { workflow_call: Call } };
  const { inputs = {}, secrets = {}, outputs = {} } = file.on.workflow_call;
  const cell = (text: string) => text.replaceAll('|', '\\|');
  const rows = Object.entries(inputs).map(([input, { description, default: fallback, required }]) => {
    const value = fallback === undefined || fallback === '' ? '' : `\`${String(fallback)}\``;
    return `| \`${input}\`${required ? ' (required)' : ''} | ${value} | ${cell(description)} |`;
  });
  const names = (of: Record<string, { description: string }>) =>
    Object.entries(of).map(([key, { description }]) => `| \`${key}\` | ${cell(description)} |`);
  return [
    ['| Input | Default | What it is |', '| --- | --- | --- |', ...rows].join('\n'),
    ['| Secret | What it is |', '| --- | --- |', ...names(secrets)].join('\n'),
    ['| Output | What it is |', '| --- | --- |', ...names(outputs)].join('\n'),
  ].join('\n\n');
}
