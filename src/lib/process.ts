import { type ExecOptions, getExecOutput } from '@actions/exec';
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
  /** Called with each line as it comes, for progress. */
  onLine?: (line: string) => void;
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

/** Runs a command to its end. A command that can't be started is TOOL_MISSING; its exit code is the caller's to judge. */
export async function runProcess(command: string, args: string[], options: ProcessOptions): Promise<ProcessResult> {
  const { onLine } = options;
  const settings: ExecOptions = {
    cwd: options.cwd,
    env: options.env,
    silent: true,
    ignoreReturnCode: true,
    input: options.input === undefined ? undefined : Buffer.from(options.input),
    listeners: onLine ? { stdline: onLine, errline: onLine } : undefined,
  };
  try {
    return await getExecOutput(command, args, settings);
  } catch (cause) {
    throw new SeatrialError('TOOL_MISSING', `${command} could not be started; install it or put it on the PATH.`, {
      cause,
    });
  }
}
