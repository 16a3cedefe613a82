import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { RUN } from './run/id.ts';
import { started } from './run/scope.ts';

export type ActionName = 'build' | 'deploy' | 'verify' | 'notify';

export interface ActionResult {
  exitCode: number;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  outputs: Record<string, string>;
  state: Record<string, string>;
  summary: string;
  /** The `::error::` lines, decoded. */
  errors: string[];
  ms: number;
}

export interface RunOptions {
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** Where the bundles are; other bundles than the present ones, e.g. those of an earlier release. */
  dist?: string;
  /** State of the main step, to run the post step: `{ ...main.state }`. */
  state?: Record<string, string>;
  onStart?: (child: ChildProcess) => void;
  /** Each line as it is printed, for progress. */
  onLine?: (line: string) => void;
  /** When it is killed; beyond what any run takes, or a busy machine would be the judge. */
  timeoutMs?: number;
}

/** The runner's file commands: `name<<delimiter` blocks and `name=value` lines. */
export function parseCommandFile(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const block = /^([^=<]+)<<(.+)$/.exec(lines[i]!);
    if (block) {
      const body: string[] = [];
      while (++i < lines.length && lines[i] !== block[2]) body.push(lines[i]!);
      values[block[1]!] = body.join('\n');
    } else if (lines[i]!.includes('=')) {
      values[lines[i]!.slice(0, lines[i]!.indexOf('='))] = lines[i]!.slice(lines[i]!.indexOf('=') + 1);
    }
  }
  return values;
}

const decode = (text: string) => text.replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%');

/**
 * Runs a built bundle as the runner does: a process of its own under Node 24, inputs as `INPUT_*`, files for outputs,
 * state and summary. Nothing of this process's environment is passed but PATH, HOME, the engine, what
 * tests keep and what `env` says.
 */
export async function runAction(
  action: ActionName,
  inputs: Record<string, string>,
  options: RunOptions = {},
): Promise<ActionResult> {
  const over = started(`action-${action}`, () => child.kill('SIGKILL'));
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-run-'));
  const file = (name: string) => {
    writeFileSync(join(folder, name), '');
    return join(folder, name);
  };
  const env: Record<string, string | undefined> = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    XDG_CACHE_HOME: process.env.XDG_CACHE_HOME,
    DOCKER_HOST: process.env.DOCKER_HOST,
    SEATRIAL_TEST_RUN: RUN,
    TMPDIR: process.env.TMPDIR,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
    GOGC: process.env.GOGC,
    GITHUB_ACTIONS: 'true',
    GITHUB_OUTPUT: file('output'),
    GITHUB_STATE: file('state'),
    GITHUB_STEP_SUMMARY: file('summary'),
    GITHUB_ENV: file('env'),
    GITHUB_PATH: file('path'),
    GITHUB_WORKSPACE: options.cwd ?? folder,
    RUNNER_TEMP: folder,
    ...options.env,
  };
  for (const [name, value] of Object.entries(inputs)) env[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`] = value;
  for (const [name, value] of Object.entries(options.state ?? {})) env[`STATE_${name}`] = value;
  const begun = performance.now();
  const child = spawn(process.execPath, [resolve(options.dist ?? 'dist', `action-${action}`, 'index.js')], {
    cwd: options.cwd ?? folder,
    env: Object.fromEntries(Object.entries(env).filter(([, v]) => v !== undefined)) as Record<string, string>,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  // A character may stand in two pieces.
  child.stdout.setEncoding('utf8').on('data', (chunk) => (stdout += chunk));
  if (options.onLine) createInterface({ input: child.stdout }).on('line', options.onLine);
  child.stderr.setEncoding('utf8').on('data', (chunk) => (stderr += chunk));
  options.onStart?.(child);
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 540_000);
  const [exitCode, signal] = await new Promise<[number, NodeJS.Signals | null]>((done) =>
    child.once('close', (code, by) => done([code ?? -1, by])),
  );
  clearTimeout(timer);
  over();
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  const result: ActionResult = {
    exitCode,
    signal,
    stdout,
    stderr,
    outputs: parseCommandFile(read('output')),
    state: parseCommandFile(read('state')),
    summary: read('summary'),
    errors: [...stdout.matchAll(/^::error(?: [^:]*)?::(.*)$/gm)].map((found) => decode(found[1]!)),
    ms: performance.now() - begun,
  };
  rmSync(folder, { recursive: true, force: true });
  return result;
}
