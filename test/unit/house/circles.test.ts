import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { command } from '../../support/command.ts';

/** Relative imports of each file of a room, types included. */
function importsIn(room: string): Map<string, string[]> {
  const files = command('git', ['ls-files', '-co', '--exclude-standard', `${room}/**/*.ts`])
    .stdout.trim()
    .split('\n');
  return new Map(
    files.map((file) => [
      file,
      [...readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map((found) =>
        posix.join(posix.dirname(file), found[1]!),
      ),
    ]),
  );
}

/** The circles met on a walk along the imports, each as the files it passes. */
function circles(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const found = new Set<string>();
  const done = new Set<string>();
  const walk = (file: string, path: readonly string[]) => {
    const at = path.indexOf(file);
    if (at >= 0) found.add([...path.slice(at), file].join(' → '));
    if (at >= 0 || done.has(file)) return;
    for (const next of imports.get(file) ?? []) walk(next, [...path, file]);
    done.add(file);
  };
  for (const file of imports.keys()) walk(file, []);
  return [...found];
}

describe('imports in src/lib', () => {
  it('lead in no circle, types included', () => {
    const imports = importsIn('src/lib');
    expect(imports.size).toBeGreaterThan(10);
    expect(circles(imports)).toEqual([]);
  });
  it('are seen to lead in one where they do', () => {
    const ring = new Map([
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['a']],
    ]);
    expect(circles(ring)).toEqual(['a → b → c → a']);
  });
});
