import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup';

/** Where cgroups hang: one tree of version 2, or one for each controller of version 1. */
export const hierarchies = (): string[] =>
  existsSync(join(ROOT, 'cgroup.controllers'))
    ? [ROOT]
    : readdirSync(ROOT, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => join(ROOT, name));

/** Nothing where it went while we looked. */
function orNothing<T>(look: () => T[]): T[] {
  try {
    return look();
  } catch (error) {
    if (['ENOENT', 'ENODEV'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

/** A cgroup and all below it, the deepest first. */
function below(path: string): string[] {
  const inner = orNothing(() => readdirSync(path, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  return [...inner.flatMap(({ name }) => below(join(path, name))), path];
}

/** Cgroups whose name at the top bears a word, the deepest first. */
export const cgroupsOf = (word: string): string[] =>
  hierarchies().flatMap((root) =>
    readdirSync(root)
      .filter((name) => name.includes(word))
      .flatMap((name) => below(join(root, name))),
  );

/** Kills what is in the cgroups. */
export function killIn(paths: readonly string[]): number {
  let killed = 0;
  for (const path of paths) {
    for (const pid of orNothing(() => readFileSync(join(path, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean))) {
      try {
        process.kill(Number(pid), 'SIGKILL');
        killed++;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
  }
  return killed;
}

/** Removes cgroups that are empty; answers those that are not. */
export function removeAll(paths: readonly string[]): string[] {
  return paths.filter((path) => {
    try {
      rmdirSync(path);
      return false;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code !== 'ENOENT';
    }
  });
}
