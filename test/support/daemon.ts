import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Daemon {
  folder: string;
  /** What it printed so far. */
  said(): string;
  stop(): Promise<void>;
}

/** Asks until `probe` answers other than undefined; fails with `what` after ten seconds. */
export async function eventually<T>(what: string, probe: () => Promise<T | undefined>, withinMs = 10_000): Promise<T> {
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
  const child: ChildProcess = spawn(name, args(folder), { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stdout!.on('data', (chunk) => (text += chunk));
  child.stderr!.on('data', (chunk) => (text += chunk));
  const gone = new Promise<void>((done) => child.once('close', () => done()));
  const stop = async () => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 3000);
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
