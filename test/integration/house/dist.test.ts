import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command } from '../../support/command.ts';

const tree = (root: string): string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(root, name)).isFile())
    .sort();

let fresh: string;
beforeAll(() => {
  fresh = mkdtempSync(join(tmpdir(), 'seatrial-dist-'));
  const { status, said } = command('script/build', ['--out', fresh]);
  expect(status, said).toBe(0);
});
afterAll(() => rmSync(fresh, { recursive: true, force: true }));

describe('dist/', () => {
  it('is what the sources build, byte for byte', () => {
    expect(tree(fresh)).toEqual(tree('dist'));
    const differ = tree(fresh).filter(
      (name) => !readFileSync(join(fresh, name)).equals(readFileSync(join('dist', name))),
    );
    expect(differ, 'run script/build and commit dist/').toEqual([]);
  });
  it('holds at most 6 MB of the four actions together, beside the command', () => {
    const ofActions = tree('dist').filter((name) => name.startsWith('action-'));
    const sizes = ofActions.map((name) => statSync(join('dist', name)).size);
    expect(sizes.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(6_000_000);
  });
  it('holds no native binary and no .proto file', () => {
    expect(tree('dist').filter((name) => !/\.(js|json|txt)$/.test(name))).toEqual([]);
  });
  it('names no path of the machine that built it', () => {
    const here = process.cwd();
    expect(tree('dist').filter((name) => readFileSync(join('dist', name), 'utf8').includes(here))).toEqual([]);
  });
});
