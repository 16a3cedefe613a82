import { SeatrialError } from '../../../lib/errors.ts';
import { type ProcessResult, runProcess } from '../../../lib/process.ts';

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

/** Runs `docker compose …` to its end, its deadline (COMPOSE_TIMEOUT) or a cancel. TOOL_MISSING without the plugin. */
export async function compose(args: string[], options: ComposeOptions): Promise<ProcessResult> {
  const { signal, timeoutMs, ...rest } = options;
  signal?.throwIfAborted();
  const late = new SeatrialError(
    'COMPOSE_TIMEOUT',
    `docker compose took longer than ${timeoutMs / 1000} s; look at what its services wait for, or raise deploy-timeout.`,
  );
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(late), timeoutMs);
  try {
    const result = await runProcess('docker', ['compose', ...args], {
      ...rest,
      signal: signal ? AbortSignal.any([signal, deadline.signal]) : deadline.signal,
    });
    if (/is not a docker command|unknown shorthand flag: 'f'|unknown flag: --progress/.test(result.stderr)) {
      throw new SeatrialError('TOOL_MISSING', 'docker compose v2 is not there; install its plugin on this runner.', {
        cause: result.stderr,
      });
    }
    return result;
  } finally {
    clearTimeout(timer);
  }
}

/** compose's last words, for an error: its own prefixes and empty lines away. */
export function lastWords(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const fault = lines.findLast((line) => /error|invalid|failed|unhealthy|exit|no such|not found/i.test(line));
  return (fault ?? lines.at(-1) ?? 'no word from it').slice(0, 400);
}
