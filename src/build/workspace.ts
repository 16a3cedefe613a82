import { mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { SeatrialError } from '../lib/errors.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface Workspace {
  /** The user's checkout: paths of inputs are counted from here. */
  root: string;
  /** Ours alone (0700) and gone at the end: logins, the scanner's cache, what the builder writes. */
  temp: string;
  /** Stays, for steps that upload it. */
  reports: string;
  remove(): void;
}

const within = (folder: string, path: string) => {
  const way = relative(folder, path);
  return way === '' || (!way.startsWith('..') && !isAbsolute(way));
};

/** Folders of this run. Nothing gets a fixed name in the workspace: steps may run side by side there. */
export function openWorkspace(env: Env, context: string, reportDir?: string): Workspace {
  const root = env.GITHUB_WORKSPACE || process.cwd();
  const base = env.RUNNER_TEMP || tmpdir();
  const chosen = reportDir ? resolve(root, reportDir) : undefined;
  if (chosen && within(resolve(root, context), chosen)) {
    throw new SeatrialError(
      'INPUT_INVALID',
      'report-dir: lies inside the context and would go into the next image; choose a folder outside it.',
    );
  }
  mkdirSync(base, { recursive: true });
  const temp = mkdtempSync(join(base, 'seatrial-'));
  const reports = chosen ?? mkdtempSync(join(base, 'seatrial-reports-'));
  mkdirSync(reports, { recursive: true });
  const remove = () => {
    rmSync(temp, { recursive: true, force: true });
    if (!chosen && readdirSync(reports).length === 0) rmdirSync(reports); // a run that stopped early leaves nothing
  };
  return { root, temp, reports, remove };
}

/** Where things are kept between runs on a machine that stays. */
export const cacheRoot = (env: Env) => join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'seatrial');
