import { parse } from 'yaml';
import type { ActionName } from '../src/lib/config.ts';
import { actions, fieldsOf } from './actions.ts';
import { workflowFile } from './workflows/index.ts';
import { passed, secretName } from './workflows/parts.ts';

interface Step {
  uses?: string;
  with?: Record<string, unknown>;
}
interface Workflow {
  on: {
    workflow_call: {
      inputs: Record<string, { description: string; default?: unknown; required?: boolean }>;
      secrets: Record<string, { description: string }>;
      outputs: Record<string, { description: string }>;
    };
  };
  jobs: Record<string, { steps: Step[] }>;
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const names = (list: readonly string[]) => list.map((name) => `\`${name}\``).join(' ');
const read = (name: string) => parse(workflowFile(name)) as Workflow;
const list = (of: Record<string, { description: string }>) =>
  Object.entries(of).map(([key, { description }]) => `| \`${key}\` | ${cell(description)} |`);

/** What the deployment that is handed on says already, what another command takes, or what a job's environment does. */
const ELSEWHERE = ['environment', 'hosts', 'containers', 'replay-file', 'to', 'message-refs', 'github-deployment'];
const isSecret = (input: string) =>
  (Object.keys(actions) as ActionName[]).some((action) => secretName(action, input) in secretsOf);
const secretsOf = parse(workflowFile('ship')).on.workflow_call.secrets as Record<string, unknown>;

/** Inputs of the actions a workflow runs, by how a caller reaches them. */
function reach(workflow: Workflow, action: ActionName) {
  const steps = Object.values(workflow.jobs)
    .flatMap((job) => job.steps)
    .filter((step) => step.uses === `$/action-${action}`);
  const given = new Set(steps.flatMap((step) => Object.keys(step.with ?? {})));
  const declared = workflow.on.workflow_call.inputs;
  const asIs = passed(action)
    .map(([name]) => name)
    .filter((name) => name in declared && given.has(name));
  const fields = fieldsOf(actions[action]).filter(([, meta]) => !meta.secret && !meta.runnerDefault);
  const byFile = fields.map(([name]) => name).filter((name) => !given.has(name) && !ELSEWHERE.includes(name));
  const set = fields.map(([name]) => name).filter((name) => given.has(name) && !(name in declared) && !isSecret(name));
  return { runs: steps.length > 0, asIs, byFile, set };
}

/** The part of docs/workflows.md about one workflow: its own inputs, those it hands on, what only the file reaches, outputs. */
export function workflowTables(name: string): string {
  const workflow = read(name);
  const { inputs, outputs } = workflow.on.workflow_call;
  const used = (Object.keys(actions) as ActionName[]).map((action) => ({ action, ...reach(workflow, action) }));
  const handed = new Set(used.flatMap(({ asIs }) => asIs));
  const own = Object.entries(inputs).filter(([input, { required }]) => required || !handed.has(input));
  const rows = own.map(([input, { description, default: fallback, required }]) => {
    const value = fallback === undefined || fallback === '' ? '' : `\`${String(fallback)}\``;
    return `| \`${input}\`${required ? ' (required)' : ''} | ${value} | ${cell(description)} |`;
  });
  const ways = used
    .filter(({ runs }) => runs)
    .flatMap(({ action, asIs, byFile, set }) => [
      ...(asIs.length ? [`- to [action-${action}](../action-${action}/README.md): ${names(asIs)}`] : []),
      ...(byFile.length ? [`- to action-${action} by \`seatrial.yml\` alone: ${names(byFile)}`] : []),
      ...(set.length
        ? [`- set by the workflow itself for action-${action}, whatever the file says: ${names(set)}`]
        : []),
    ]);
  return [
    ['| Input | Default | What it is |', '| --- | --- | --- |', ...rows].join('\n'),
    `Handed on as they are, empty being "not given":\n\n${ways.join('\n')}`,
    ['| Output | What it is |', '| --- | --- |', ...list(outputs)].join('\n'),
  ].join('\n\n');
}

/** Every secret a workflow takes, once. */
export function secretTable(workflows: readonly string[]): string {
  const all: Record<string, { description: string; in: string[] }> = {};
  for (const name of workflows) {
    for (const [secret, { description }] of Object.entries(read(name).on.workflow_call.secrets)) {
      all[secret] ??= { description, in: [] };
      all[secret].in.push(name);
    }
  }
  const rows = Object.entries(all).map(
    ([secret, { description, in: users }]) =>
      `| \`${secret}\` | ${users.length === workflows.length ? 'all' : users.join(' ')} | ${cell(description)} |`,
  );
  return ['| Secret | Workflows | What it is |', '| --- | --- | --- |', ...rows].join('\n');
}
