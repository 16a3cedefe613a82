import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorPages } from '../../../script/error-pages.ts';
import { codes } from '../../../src/lib/codes.ts';
import { SeatrialError } from '../../../src/lib/errors.ts';
import { command } from '../../support/command.ts';

const tracked = (...globs: string[]) =>
  command('git', ['ls-files', '-co', '--exclude-standard', ...globs])
    .stdout.trim()
    .split('\n');
const table = Object.entries(codes).flatMap(([part, rows]) =>
  Object.entries(rows as Record<string, readonly string[]>).map(([code, texts]) => ({ part, code, texts })),
);

describe('the table of error codes', () => {
  it('is what a SeatrialError takes: another code is a type error', () => {
    // @ts-expect-error a code that is not in the table
    expect(new SeatrialError('NO_SUCH_CODE', 'It does not matter.').code).toBe('NO_SUCH_CODE');
    expect(new SeatrialError('INTERNAL', 'It does not matter.').code).toBe('INTERNAL');
  });
  it('is sorted inside each part and names no code twice', () => {
    for (const rows of Object.values(codes)) expect(Object.keys(rows)).toEqual(Object.keys(rows).sort());
    expect(new Set(table.map(({ code }) => code)).size).toBe(table.length);
  });
  it('says of each, in both languages, when it comes and what to do', () => {
    const bad = table.filter(
      ({ texts: [when, act, whenZh, actZh, ...more] }) =>
        more.length || !when || !act || ![whenZh, actZh].every((text) => /\p{Script=Han}/u.test(text ?? '')),
    );
    expect(bad.map(({ code }) => code)).toEqual([]);
  });
  it('holds no code that nothing raises', () => {
    const sources = tracked('src/**/*.ts').filter((file) => file !== 'src/lib/codes.ts');
    const text = sources.map((file) => readFileSync(file, 'utf8')).join('\n');
    const flows = tracked('.github/workflows/*.yml').map((file) => readFileSync(file, 'utf8'));
    const raised = ({ part, code }: { part: string; code: string }) =>
      part === 'workflows' ? flows.join('\n').includes(`::${code}: `) : text.includes(`'${code}'`);
    expect(table.filter((row) => !raised(row)).map(({ code }) => code)).toEqual([]);
  });
  it('holds every code that a workflow tells', () => {
    const flows = tracked('.github/workflows/*.yml').map((file) => readFileSync(file, 'utf8'));
    const told = [...flows.join('\n').matchAll(/::(?:error|warning)::([A-Z][A-Z_]+): /g)].map((found) => found[1]!);
    const known = new Set<string>(table.map(({ code }) => code));
    expect(told.length).toBeGreaterThan(2);
    expect(told.filter((code) => !known.has(code))).toEqual([]);
  });
  it('is what the two pages show', () => {
    for (const [page, text] of Object.entries(errorPages())) expect(readFileSync(page, 'utf8'), page).toBe(text);
  });
  it('stays out of the bundles', () => {
    const importers = tracked('src/**/*.ts').filter((file) => /codes\.ts'/.test(readFileSync(file, 'utf8')));
    for (const file of importers) {
      expect(readFileSync(file, 'utf8'), file).not.toMatch(/^import (?!type ).*lib\/codes\.ts'/m);
    }
  });
});
