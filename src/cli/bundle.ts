import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { readCommandFile } from './command-file.ts';

export interface Ran {
  /** Exit status as a shell gives it: 128 and the signal's number where a signal ended it. */
  status: number;
  outputs: Record<string, string>;
  state: Record<string, string>;
}

export interface How {
  /** The bundle's index.js. */
  file: string;
  /** The whole environment of the bundle, its inputs among them. */
  env: Record<string, string | undefined>;
  /** Called with each line it prints. */
  onLine: (line: string) => void;
  /** State of the main step, for the post step. */
  state?: Record<string, string>;
}

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 } as const;

/**
 * Runs a bundle as a runner does: a process of its own, with files for its outputs and its state. They are taken away
 * at the end; reports that the bundle writes are not in there and stay.
 */
export async function runBundle({ file, env, onLine, state = {} }: How): Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-'));
  const place = (name: string) => {
    writeFileSync(join(folder, name), '', { mode: 0o600 });
    return join(folder, name);
  };
  const child = spawn(process.execPath, [file], {
    env: {
      ...env,
      ...Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value])),
      GITHUB_OUTPUT: place('output'),
      GITHUB_STATE: place('state'),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // The bundle ends what it has begun; we wait for it. A terminal sends its signal to both of us anyway.
  const pass = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', pass);
  process.on('SIGTERM', pass);
  const lines = createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on('line', onLine);
  try {
    const [status] = await Promise.all([
      new Promise<number>((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (code, signal) => resolve(code ?? 128 + (SIGNALS[signal as keyof typeof SIGNALS] ?? 0)));
      }),
      new Promise((resolve) => lines.once('close', resolve)),
    ]);
    const read = (name: string) => readCommandFile(readFileSync(join(folder, name), 'utf8'));
    return { status, outputs: read('output'), state: read('state') };
  } finally {
    process.off('SIGINT', pass);
    process.off('SIGTERM', pass);
    rmSync(folder, { recursive: true, force: true });
  }
}
