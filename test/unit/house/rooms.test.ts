import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { command } from '../../support/command.ts';

const files = command('git', ['ls-files', '-co', '--exclude-standard', 'src/**/*.ts']).stdout.trim().split('\n');
const importsOf = (file: string) =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'([^']+)'/g)].map((found) => found[1]!);
const room = (file: string) => file.split('/')[1]!;

function offenders(rule: (file: string, target: string) => boolean) {
  return files.flatMap((file) =>
    importsOf(file)
      .filter((target) => rule(file, target))
      .map((t) => `${file} → ${t}`),
  );
}

/** The room a relative import leads to, from `src/<room>/…`. */
function leadsTo(file: string, target: string): string | undefined {
  if (!target.startsWith('.')) return undefined;
  const path = new URL(target, `file:///${file}`).pathname.slice(1);
  return room(path);
}

describe('rooms of the house', () => {
  it('sees the sources', () => expect(files.length).toBeGreaterThan(20));
  it('no wing imports another wing, and lib imports no wing', () => {
    expect(
      offenders((file, target) => {
        const to = leadsTo(file, target);
        return to !== undefined && to !== room(file) && to !== 'lib';
      }),
    ).toEqual([]);
  });
  it('only lib/actions imports @actions/core', () => {
    expect(offenders((file, target) => target === '@actions/core' && file !== 'src/lib/actions.ts')).toEqual([]);
  });
  it('only lib/docker imports dockerode', () => {
    expect(
      offenders((file, target) => /^(dockerode|docker-modem)/.test(target) && !file.startsWith('src/lib/docker/')),
    ).toEqual([]);
  });
  it('main.ts of a wing stays within 30 lines', () => {
    const long = files.filter((f) => /\/main\.ts$/.test(f) && readFileSync(f, 'utf8').split('\n').length > 31);
    expect(long).toEqual([]);
  });
  it('no file has more than 300 lines', () => {
    expect(files.filter((file) => readFileSync(file, 'utf8').split('\n').length > 301)).toEqual([]);
  });
});
