import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { started } from './run/scope.ts';

export interface Daemon {
  folder: string;
  /** What it printed so far. */
  said(): string;
  stop(): Promise<void>;
}

/** Asks until `probe` answers other than undefined; fails with `what` after a time that only what never comes takes. */
export async function eventually<T>(what: string, probe: () => Promise<T | undefined>, withinMs = 120_000): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    const answer = await probe().catch(() => undefined);
    if (answer !== undefined) return answer;
    if (performance.now() > end) throw new Error(`not in time: ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** Starts a program of this machine with a folder of its own, which goes when it stops. */
export async function startDaemon(
  name: string,
  args: (folder: string) => string[],
  ready: () => Promise<boolean>,
): Promise<Daemon> {
  const folder = mkdtempSync(join(tmpdir(), `seatrial-${name}-`));
  const stopped = started(name, () => stop());
  const child: ChildProcess = spawn(name, args(folder), { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stdout!.setEncoding('utf8').on('data', (chunk) => (text += chunk));
  child.stderr!.setEncoding('utf8').on('data', (chunk) => (text += chunk));
  const gone = new Promise<void>((done) => child.once('close', () => done()));
  const stop = async () => {
    stopped();
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 30_000);
    await gone;
    clearTimeout(timer);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await eventually(`${name} is ready`, async () => (await ready()) || undefined);
  } catch {
    await stop();
    throw new Error(`${name} did not start:\n${text}`);
  }
  return { folder, said: () => text, stop };
}
