import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { command } from '../../support/command.ts';

let folder: string;
const write = (files: Record<string, string>) => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
};
const notes = (tag: string) => command(resolve('script/release-notes'), [tag], { cwd: folder });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'seatrial-release-'));
  write({
    'package.json': '{\n  "name": "seatrial",\n  "version": "1.2.3",\n}\n',
    'README.md': 'uses: seatrial/seatrial/.github/workflows/ship.yml@v1.2.3\n',
    'CHANGELOG.md':
      '# Changelog\n\n## Unreleased\n\n- Later\n\n## 1.2.3 (2026-12-01)\n\n- Now\n\n## 1.2.30\n\n- Other\n',
  });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('script/release-notes', () => {
  it('prints the section of the tag and no other', () => {
    const { status, stdout } = notes('v1.2.3');
    expect(status).toBe(0);
    expect(stdout.trim()).toBe('- Now');
  });
  it.each([
    ['a tag that is no version', 'latest', {}, 'is not vMAJOR.MINOR.PATCH'],
    ['a package of another version', 'v1.2.4', {}, 'package.json says 1.2.3'],
    ['a README that uses another', 'v1.2.3', { 'README.md': 'ship.yml@v1.2.2\n' }, 'does not use @v1.2.3'],
    [
      'a changelog that says nothing',
      'v1.2.3',
      { 'CHANGELOG.md': '## 1.2.3\n\n## 1.2.2\n\n- Old\n' },
      'no section "## 1.2.3"',
    ],
  ])('refuses %s', (_, tag, files, words) => {
    write(files as Record<string, string>);
    const { status, said } = notes(tag);
    expect(status).not.toBe(0);
    expect(said).toContain(words);
  });
  it('would find today’s version in the README', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    cpSync('README.md', join(folder, 'README.md'));
    write({ 'package.json': `{\n  "version": "${version}",\n}\n`, 'CHANGELOG.md': `## ${version}\n\n- It\n` });
    expect(notes(`v${version}`).said).toContain('- It');
  });
});

it('the command goes to npm only after the release, which comes after the test of dist/, and with its provenance', () => {
  const { jobs } = parse(readFileSync('.github/workflows/release.yml', 'utf8')) as {
    jobs: Record<string, { needs?: string; permissions: object; steps: { run?: string }[] }>;
  };
  expect([jobs.npm!.needs, jobs.publish!.needs]).toEqual(['publish', 'test']);
  expect(jobs.npm!.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
  const runs = jobs.npm!.steps.map(({ run = '' }) => run).join('');
  expect(runs).toMatch(/npm publish .*--ignore-scripts --provenance/);
  expect(jobs.test!.steps.some(({ run }) => run?.endsWith('script/test'))).toBe(true);
});
