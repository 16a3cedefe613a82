import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { command } from '../../support/command.ts';

const sources = command('git', ['ls-files', '-co', '--exclude-standard', 'src/**/*.ts']).stdout.trim().split('\n');
const used = new Set(
  sources.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/new SeatrialError\(\s*'([A-Z][A-Z0-9_]+)'/g)].map((found) => found[1]!),
  ),
);
const codesIn = (page: string) =>
  [...readFileSync(page, 'utf8').matchAll(/^\| `?([A-Z][A-Z0-9_]+)`? \|/gm)].map((found) => found[1]!);
const listed = new Set(codesIn('docs/errors.md'));

describe('docs/errors.md', () => {
  it('lists every code the sources raise', () => {
    expect(used.size).toBeGreaterThan(10);
    expect([...used].filter((code) => !listed.has(code)).sort()).toEqual([]);
  });
  it('lists no code that nothing raises', () => {
    const text = sources.map((file) => readFileSync(file, 'utf8')).join('\n');
    // A family of codes may be made of a word and a value: `VERDICT_${…}`.
    const raised = (code: string) =>
      text.includes(`'${code}'`) || text.includes(`SeatrialError(\`${code.slice(0, code.indexOf('_') + 1)}\${`);
    expect([...listed].filter((code) => !raised(code)).sort()).toEqual([]);
  });
  it('lists the same codes in Chinese, in the same order', () => {
    expect(codesIn('docs/errors.zh-CN.md')).toEqual(codesIn('docs/errors.md'));
  });
});
