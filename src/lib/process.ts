import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { SeatrialError } from './errors.ts';

export interface ProcessResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface ProcessOptions {
  cwd?: string;
  /** The whole environment of the child; nothing is inherited unless it is in here. */
  env: Record<string, string>;
  input?: string;
  /** Called with each line of both streams as it comes, for progress. */
  onLine?: (line: string) => void;
  /** Aborting ends the child (SIGTERM, SIGKILL 5 s later) and rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** The variables a tool needs to work at all; no token, no INPUT_*, no ACTIONS_* passes. */
export function bareEnv(env: Readonly<Record<string, string | undefined>>, keep: readonly string[] = []) {
  const names = [
    'PATH',
    'HOME',
    'TMPDIR',
    'LANG',
    'XDG_CACHE_HOME',
    'SSL_CERT_FILE',
    'SSL_CERT_DIR',
    'DOCKER_HOST',
    'DOCKER_CONFIG',
    'DOCKER_CONTEXT',
    'HTTP_PROXY',
    'HTTPS_PROXY',
    'NO_PROXY',
    'http_proxy',
    'https_proxy',
    'no_proxy',
    ...keep,
  ];
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : []))) as Record<string, string>;
}

const missing = (command: string, cause: unknown) =>
  new SeatrialError('TOOL_MISSING', `${command} could not be started; install it or put it on the PATH.`, { cause });

/**
 * The toolkit's runner, where nothing may cut the child short; it has no way to end one (docs/decisions.md). It is given
 * no input: a child that ends without reading it would break the pipe, and the toolkit lets that end our process.
 */
async function uncut(command: string, args: readonly string[], options: ProcessOptions): Promise<ProcessResult> {
  const { getExecOutput } = await import('@actions/exec');
  const { cwd, env, onLine } = options;
  try {
    return await getExecOutput(command, [...args], {
      cwd,
      env,
      silent: true,
      ignoreReturnCode: true,
      listeners: onLine ? { stdline: onLine, errline: onLine } : {},
    });
  } catch (cause) {
    throw missing(command, cause);
  }
}

/** Runs a command to its end. A command that can't be started is TOOL_MISSING; its exit code is the caller's to judge. */
export async function runProcess(
  command: string,
  args: readonly string[],
  { cwd, env, input, onLine, signal }: ProcessOptions,
): Promise<ProcessResult> {
  if (!signal && input === undefined) return uncut(command, args, { cwd, env, onLine });
  signal?.throwIfAborted();
  const child = spawn(command, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
  // A child that ends without reading its input breaks the pipe; its exit code tells what happened.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input ?? '');
  let killer: NodeJS.Timeout | undefined;
  const stop = () => {
    child.kill('SIGTERM');
    killer = setTimeout(() => child.kill('SIGKILL'), 5000);
  };
  signal?.addEventListener('abort', stop, { once: true });
  const out = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => out[name].push(chunk));
    if (onLine) createInterface({ input: child[name], crlfDelay: Number.POSITIVE_INFINITY }).on('line', onLine);
  }
  try {
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? -1));
    });
    signal?.throwIfAborted();
    const text = (chunks: Buffer[]) => Buffer.concat(chunks).toString('utf8');
    return { exitCode, stdout: text(out.stdout), stderr: text(out.stderr) };
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    throw missing(command, cause);
  } finally {
    clearTimeout(killer);
    signal?.removeEventListener('abort', stop);
  }
}
