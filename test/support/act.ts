import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pin } from '../../script/workflows/parts.ts';
import { RUN } from './run/id.ts';
import { started } from './run/scope.ts';

/** What a caller writes as `uses:`; act is told which folder that repository is. */
const LIBRARY = 'seatrial/seatrial@v0.1.0';
/** Pinned by our workflows, and by act looked for here. */
const UPLOAD = String(pin('actions/upload-artifact').value);

/**
 * A copy of this library in which `$/action-x`, which act does not know, is written out as the caller's own reference
 * would be. GitHub resolves `$/` to the same repository and commit, so the meaning is the same.
 */
export function renderLibrary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-library-'));
  for (const part of ['action-build', 'action-deploy', 'action-verify', 'action-notify', 'dist']) {
    cpSync(part, join(folder, part), { recursive: true });
  }
  const workflows = join(folder, '.github/workflows');
  mkdirSync(workflows, { recursive: true });
  const [repository, ref] = LIBRARY.split('@');
  for (const name of readdirSync('.github/workflows')) {
    const text = readFileSync(join('.github/workflows', name), 'utf8');
    writeFileSync(join(workflows, name), text.replaceAll(/uses: \$\/(\S+)/g, `uses: ${repository}/$1@${ref}`));
  }
  return folder;
}

/** A repository of a caller's own, with one commit, as act wants it. */
export function makeCaller(files: Record<string, string>, folders: Record<string, string> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-caller-'));
  for (const [to, from] of Object.entries(folders)) cpSync(from, join(folder, to), { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const git = (...args: string[]) =>
    execFileSync(
      'git',
      ['-c', 'user.name=caller', '-c', 'user.email=caller@example.com', '-c', 'init.defaultBranch=main', ...args],
      { cwd: folder },
    );
  git('init', '--quiet');
  git('remote', 'add', 'origin', 'https://github.com/acme/shop.git');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'The shop');
  return folder;
}

export interface ActRun {
  exitCode: number;
  /** Result of each job by its id in the called workflow, e.g. `deploy: 'success'`. */
  jobs: Record<string, string>;
  /** Results of steps by their names. */
  steps: Record<string, string>;
  /** Step outputs by `step id`, as act saw them set. */
  outputs: Record<string, Record<string, string>>;
  summaries: string[];
  /** Files of each artifact that was uploaded, by its name. */
  artifacts: Record<string, string[]>;
  /** What was annotated as a warning. */
  warnings: string[];
  /** Everything a reader of the run's log sees, after masking. */
  log: string;
}

export interface ActOptions {
  caller: string;
  library: string;
  event: 'push' | 'workflow_dispatch' | 'schedule' | 'pull_request';
  /** What GitHub tells of the event. */
  payload?: object;
  workflow: string;
  inputs?: Record<string, string>;
  secrets?: Record<string, string>;
  env?: Record<string, string>;
  /** Called once when a step of that name begins. */
  onStep?: { name: string; begins: () => void };
  timeoutMs?: number;
}

interface Line {
  msg?: string;
  job?: string;
  jobID?: string;
  jobResult?: string;
  step?: string;
  stepID?: string[];
  stepResult?: string;
  stage?: string;
  command?: string;
  name?: string;
  arg?: string;
  content?: string;
}

/** Runs a caller's workflow with act in host mode, offline, under this process's Node. */
export async function runAct(options: ActOptions): Promise<ActRun> {
  const home = mkdtempSync(join(tmpdir(), 'seatrial-act-'));
  const flags = Object.entries(options.inputs ?? {}).flatMap(([k, v]) => ['--input', `${k}=${v}`]);
  // Secrets by file: a command line is readable by everyone on the machine.
  const secretFile = join(home, 'secrets');
  const given = Object.entries(options.secrets ?? {}).map(([k, v]) => `${k}=${JSON.stringify(v)}`);
  writeFileSync(secretFile, `${given.join('\n')}\n`, { mode: 0o600 });
  for (const [k, v] of Object.entries(options.env ?? {})) flags.push('--env', `${k}=${v}`);
  if (options.payload) {
    writeFileSync(join(home, 'event.json'), JSON.stringify(options.payload));
    flags.push('--eventpath', join(home, 'event.json'));
  }
  const artifacts = join(home, 'artifacts');
  mkdirSync(artifacts);
  const over = started(`act ${options.workflow}`, () => end());
  const child = spawn(
    process.env.SEATRIAL_ACT ?? 'act',
    [
      options.event,
      '-W',
      options.workflow,
      ...['ubuntu-24.04', 'self-hosted', 'linux'].flatMap((label) => ['-P', `${label}=-self-hosted`]),
      '--json',
      '--action-offline-mode',
      '--local-repository',
      `${LIBRARY}=${options.library}`,
      '--local-repository',
      `${UPLOAD}=${resolve('test/support/upload-artifact')}`,
      '--env',
      `SEATRIAL_ARTIFACTS=${artifacts}`,
      ...(process.env.NODE_COMPILE_CACHE ? ['--env', `NODE_COMPILE_CACHE=${process.env.NODE_COMPILE_CACHE}`] : []),
      '--secret-file',
      secretFile,
      '--use-gitignore=false',
      ...flags,
    ],
    {
      cwd: options.caller,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        XDG_CACHE_HOME: join(home, 'cache'),
        DOCKER_CONFIG: process.env.DOCKER_CONFIG,
        DOCKER_HOST: process.env.DOCKER_HOST,
        SEATRIAL_TEST_RUN: RUN,
        TMPDIR: process.env.TMPDIR,
        GOGC: process.env.GOGC,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // a group of its own: the steps end with act, which does not end them when it is killed
    },
  );
  const end = () => process.kill(-child.pid!, 'SIGKILL');
  // Whole lines of each stream: a piece of one in the middle of a line of the other would break both.
  const lines: string[] = [];
  let waited = options.onStep;
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      lines.push(line);
      if (!waited || !line.includes(`Run Main ${waited.name}`)) return;
      waited.begins();
      waited = undefined;
    });
  }
  const timer = setTimeout(end, options.timeoutMs ?? 540_000);
  const exitCode = await new Promise<number>((done) => child.once('close', (code) => done(code ?? -1)));
  clearTimeout(timer);
  const uploaded = Object.fromEntries(readdirSync(artifacts).map((name) => [name, readdirSync(join(artifacts, name))]));
  over();
  rmSync(home, { recursive: true, force: true });

  const run: ActRun = {
    exitCode,
    jobs: {},
    steps: {},
    outputs: {},
    summaries: [],
    artifacts: uploaded,
    warnings: [],
    log: '',
  };
  for (const raw of lines) {
    let line: Line;
    try {
      line = JSON.parse(raw) as Line;
    } catch {
      run.log += `${raw}\n`; // act's own words before its logger stands
      continue;
    }
    run.log += `${line.msg?.trimEnd() ?? ''}\n`;
    if (line.jobResult && line.jobID) run.jobs[line.jobID] = line.jobResult;
    if (line.stepResult && line.step && line.stage === 'Main') run.steps[line.step] = line.stepResult;
    const id = line.stepID?.at(-1);
    if (line.command === 'set-output' && id && line.name) {
      run.outputs[id] = { ...run.outputs[id], [line.name]: line.arg ?? '' };
    }
    if (line.command === 'warning' && line.arg) run.warnings.push(line.arg);
    if (line.command === 'summary' && line.content) run.summaries.push(line.content);
  }
  return run;
}
