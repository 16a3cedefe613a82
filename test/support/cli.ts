import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { RUN } from './run/id.ts';
import { started } from './run/scope.ts';

export interface Packed {
  /** Folder of the unpacked package. */
  folder: string;
  /** Every file in it, as npm lists them. */
  files: string[];
  remove(): void;
}

/** The package as `npm pack` makes it, unpacked as an install would. */
export function pack(): Packed {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-pack-'));
  const said = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [made] = Object.values(JSON.parse(said)) as { filename: string; files: { path: string }[] }[];
  execFileSync('tar', ['-xzf', join(folder, made!.filename), '-C', folder]);
  return {
    folder: join(folder, 'package'),
    files: made!.files.map(({ path }) => path).sort(),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export interface CliResult {
  status: number;
  stdout: string;
  stderr: string;
}

/** Runs the command from a package, with no more of our environment than a CI's job has. */
export async function seatrial(
  folder: string,
  words: string[],
  { env = {}, cwd = folder }: { env?: Record<string, string>; cwd?: string } = {},
): Promise<CliResult> {
  const over = started(`seatrial ${words[0]}`, () => child.kill('SIGKILL'));
  const child = spawn(process.execPath, [resolve(folder, 'dist/cli/index.js'), ...words], {
    cwd,
    env: {
      ...{ PATH: process.env.PATH!, HOME: process.env.HOME!, TMPDIR: tmpdir(), SEATRIAL_TEST_RUN: RUN },
      ...(process.env.NODE_COMPILE_CACHE ? { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE } : {}),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), 540_000);
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (chunk) => (text[name] += chunk));
  const status = await new Promise<number>((done) => child.once('close', (code) => done(code ?? -1)));
  clearTimeout(timer);
  over();
  return { status, ...text };
}
