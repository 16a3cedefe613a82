import { spawn } from 'node:child_process';
import { SeatrialError } from '../../lib/errors.ts';

export interface ComposeOptions {
  /** The whole environment: PATH, DOCKER_HOST, and the values of the file's variables. */
  env: Record<string, string>;
  cwd?: string;
  /** A compose file for `-f -`. */
  input?: string;
  timeoutMs: number;
  signal?: AbortSignal;
  /** Each line as it comes, for the log. */
  onLine?: (line: string) => void;
}

export interface ComposeResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Runs `docker compose …` to its end, its deadline or a cancel; it is asked to stop (TERM), then killed. */
export async function compose(args: string[], options: ComposeOptions): Promise<ComposeResult> {
  const { signal, timeoutMs, onLine, input } = options;
  signal?.throwIfAborted();
  const child = spawn('docker', ['compose', ...args], {
    env: options.env,
    cwd: options.cwd,
    stdio: 'pipe',
    detached: true,
  });
  let [stdout, stderr, late] = ['', '', false];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  let rest = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    for (const line of lines) if (line.trim()) onLine?.(line.trim());
  });
  // A child that ends without reading its input is told by its exit code, not by our broken pipe.
  child.stdin.on('error', () => undefined).end(input ?? '');
  let kill: NodeJS.Timeout | undefined;
  const stop = () => {
    child.kill('SIGTERM');
    kill ??= setTimeout(() => child.kill('SIGKILL'), 5000);
  };
  const deadline = setTimeout(() => {
    late = true;
    stop();
  }, timeoutMs);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? -1));
    });
    signal?.throwIfAborted();
    if (late) {
      throw new SeatrialError(
        'COMPOSE_TIMEOUT',
        `docker compose ${verb(args)} took longer than ${timeoutMs / 1000} s; look at its services, or raise deploy-timeout.`,
      );
    }
    if (/is not a docker command|unknown shorthand flag: 'f'/.test(stderr)) throw missing(stderr);
    return { exitCode, stdout, stderr };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw missing(error);
    throw error;
  } finally {
    clearTimeout(deadline);
    clearTimeout(kill);
    signal?.removeEventListener('abort', stop);
  }
}

const missing = (cause: unknown) =>
  new SeatrialError('TOOL_MISSING', 'docker compose (v2 or newer) is not there; install the plugin on this runner.', {
    cause,
  });

/** The subcommand, for messages. */
const verb = (args: string[]) => args.find((arg, i) => /^[a-z]+$/.test(arg) && !args[i - 1]?.startsWith('-')) ?? '';

/** compose's last words, for an error: its own prefixes and empty lines away. */
export function lastWords(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const fault = lines.findLast((line) => /error|invalid|failed|unhealthy|exit|no such|not found/i.test(line));
  return (fault ?? lines.at(-1) ?? 'no word from it').slice(0, 400);
}
