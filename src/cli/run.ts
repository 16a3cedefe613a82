import { appendFileSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SeatrialError } from '../lib/errors.ts';
import { runBundle } from './bundle.ts';
import { actions, type Wing } from './catalog.ts';
import { readable } from './command-file.ts';
import { type StepEnd, ship } from './ship.ts';
import type { Terminal } from './terminal.ts';
import type { Asked } from './words.ts';

export type Env = Readonly<Record<string, string | undefined>>;
type Given = Pick<Asked, 'inputs' | 'files'>;

/** Outputs that are JSON by themselves: values in what --json prints. */
const VALUES = new Set(['deployment', 'history', 'plan', 'checks', 'receipts']);

const inCapitals = (name: string) => name.replaceAll('-', '_').toUpperCase();

function fileOf(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new SeatrialError('INPUT_INVALID', `--${name}-file: "${path}" can't be read; name a file that is there.`, {
      cause,
    });
  }
}

/** No secrets, but kept beside them in a CI's settings: the pipelines of `init` name them so. */
const BESIDE_SECRETS = ['ssh-known-hosts', 'tls-ca', 'tls-cert', 'username'];

/**
 * The environment of a bundle: ours, with the inputs as the runner hands them over. A flag wins over SEATRIAL_*, and
 * that over INPUT_*. Only secrets and what belongs to them come as SEATRIAL_*, and none is passed on under that name.
 */
export function bundleEnv(wing: Wing, { inputs, files }: Given, env: Env): Record<string, string | undefined> {
  const made: Record<string, string | undefined> = { ...env };
  const give = (name: string, value: string) => {
    // The runner's own spelling keeps the dashes; a shell can only export the other one. One of them must win.
    delete made[`INPUT_${inCapitals(name)}`];
    made[`INPUT_${name.toUpperCase()}`] = value;
  };
  const secrets = new Set([
    ...BESIDE_SECRETS,
    ...Object.values(actions).flatMap((action) =>
      Object.entries(action.inputs).flatMap(([name, { secret }]) => (secret ? [name] : [])),
    ),
  ]);
  for (const name of secrets) {
    const key = `SEATRIAL_${inCapitals(name)}`;
    const value = env[key];
    delete made[key];
    if (value && actions[wing].inputs[name]) give(name, value);
  }
  for (const [name, value] of inputs) give(name, value);
  for (const [name, path] of files) give(name, fileOf(name, path));
  return made;
}

/** The outputs as one object; the five that are JSON as values, the rest as texts. */
export function asJson(declared: readonly string[], outputs: Record<string, string>): string {
  const value = (name: string) => {
    const text = outputs[name] ?? '';
    if (!VALUES.has(name)) return text;
    return text === '' ? null : (JSON.parse(text) as unknown);
  };
  const names = [...new Set([...declared, ...Object.keys(outputs)])];
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, value(name)])));
}

const bundle = (wing: Wing) => fileURLToPath(new URL(`../action-${wing}/index.js`, import.meta.url));

/** Where a bundle's lines go: as they are in a job of GitHub's, else as a terminal reads them. */
function lineTo(json: boolean, env: Env, { out, err }: Terminal): (line: string) => void {
  const progress = json ? err : out;
  if (env.GITHUB_ACTIONS === 'true') return progress;
  return (line) => {
    const text = readable(line);
    if (text === undefined) return;
    if (/^(error|warning): /.test(text)) err(text);
    else progress(text);
  };
}

/** Runs an action to its end, and its post step where it has one. */
export async function runAction(
  wing: Wing,
  given: Given,
  json: boolean,
  env: Env,
  terminal: Terminal,
): Promise<StepEnd> {
  const onLine = lineTo(json, env, terminal);
  const how = { file: bundle(wing), env: { ...bundleEnv(wing, given, env), SEATRIAL_COMMAND: '1' }, onLine };
  const { status, outputs, state } = await runBundle(how);
  if (actions[wing].post && state.isPost) await runBundle({ ...how, state });
  return { status, outputs };
}

/** In a step of GitHub's the next steps read the outputs as those of an action. */
function handOn(outputs: Record<string, string>, env: Env): void {
  if (!env.GITHUB_OUTPUT) return;
  const blocks = Object.entries(outputs).map(
    ([name, text], i) => `${name}<<seatrial_${i}_end\n${text}\nseatrial_${i}_end\n`,
  );
  appendFileSync(env.GITHUB_OUTPUT, blocks.join(''));
}

/** Runs one action as a command; answers the exit status. */
export async function runWing(wing: Wing, asked: Asked, env: Env, terminal: Terminal): Promise<number> {
  const { status, outputs } = await runAction(wing, asked, asked.json, env, terminal);
  handOn(outputs, env);
  if (asked.json) terminal.out(asJson(Object.keys(actions[wing].outputs), outputs));
  return status;
}

/** Inputs that two actions have under one name with two meanings; in `ship` they stand in seatrial.yml, by section. */
const TWO_MEANINGS = new Set(['severity', 'mode', 'command', 'require', 'promote', 'to']);

/** Runs the whole way of ship.yml. */
export async function runShip(asked: Asked, env: Env, terminal: Terminal): Promise<number> {
  let cancel = false;
  const stop = () => {
    cancel = true;
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const progress = asked.json ? terminal.err : terminal.out;
  const step = (wing: Wing, more: Record<string, string>): Promise<StepEnd> => {
    const known = actions[wing].inputs;
    const mine = [...asked.inputs].filter(([name]) => known[name] && !TWO_MEANINGS.has(name));
    const files = new Map([...asked.files].filter(([name]) => known[name]));
    const inputs = new Map([...mine, ...Object.entries(more).filter(([, text]) => text !== '')]);
    // Only build takes a repository; a deploy takes what was built.
    if (wing === 'deploy' && !more.image) inputs.delete('image');
    return runAction(wing, { inputs, files }, asked.json, env, terminal);
  };
  const onInconclusive = asked.options.get('on-inconclusive') === 'rollback' ? 'rollback' : 'promote';
  const { status, outputs } = await ship({
    inputs: new Map([...asked.inputs, ...asked.options]),
    onInconclusive,
    step,
    say: (line) => progress(`\n== ${line}`),
    cancelled: () => cancel,
  });
  handOn(outputs, env);
  if (asked.json) terminal.out(asJson(Object.keys(outputs), outputs));
  return status;
}
