import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/build/scan/database.ts';

let root: string;
let runs = 0;
const warnings: string[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'seatrial-db-'));
  warnings.length = 0;
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** One run's view of the database; `digest` is what the repository holds at that time. */
function open(digest: string, tools = join(root, 'tools')) {
  return openDatabase({
    env: { RUNNER_TOOL_CACHE: tools },
    temp: join(root, `run-${runs++}`),
    repositories: { names: ['reg.example.com/db'], plain: [], insecure: false },
    digest,
    now: Date.now,
    info: () => undefined,
    warning: (line) => warnings.push(line),
  });
}
/** What Trivy does when it is not told to skip the update. */
function download(cacheDir: string, updated: string, content: string): void {
  mkdirSync(join(cacheDir, 'db'), { recursive: true });
  writeFileSync(join(cacheDir, 'db', 'trivy.db'), content);
  const metadata = { UpdatedAt: updated, NextUpdate: new Date(Date.now() + 3_600_000).toISOString() };
  writeFileSync(join(cacheDir, 'db', 'metadata.json'), JSON.stringify(metadata));
}
const content = (cacheDir: string) => readFileSync(join(cacheDir, 'db', 'trivy.db'), 'utf8');

describe('the kept database', () => {
  it('stays whole for a run that uses it while another run keeps a newer one', async () => {
    const first = await open('sha256:1111');
    expect(first.fresh).toBe(false);
    download(first.cacheDir, '2026-11-01T00:00:00Z', 'one');
    await first.keep();
    const user = await open('sha256:1111');
    expect(user.fresh).toBe(true);
    const second = await open('sha256:2222');
    expect(second.fresh).toBe(false);
    download(second.cacheDir, '2026-11-02T00:00:00Z', 'two');
    await second.keep();
    expect(content(user.cacheDir)).toBe('one');
    expect(content((await open('sha256:2222')).cacheDir)).toBe('two');
    expect((await open('sha256:1111')).fresh).toBe(false);
    expect(warnings).toEqual([]);
  });

  it('is one when two runs bring the same, and what another has half-made is left alone', async () => {
    const [a, b] = [await open('sha256:1111'), await open('sha256:1111')];
    for (const run of [a, b]) download(run.cacheDir, '2026-11-01T00:00:00Z', 'one');
    await a.keep();
    const [store = ''] = readdirSync(join(root, 'tools', 'seatrial'));
    mkdirSync(join(root, 'tools', 'seatrial', store, 'other.1.part'));
    await b.keep();
    expect(readdirSync(join(root, 'tools', 'seatrial', store)).filter((name) => name.endsWith('.part'))).toEqual([
      'other.1.part',
    ]);
    expect(content(b.cacheDir)).toBe('one');
  });

  it('that a scan broke with is not used again', async () => {
    const run = await open('sha256:1111');
    download(run.cacheDir, '2026-11-01T00:00:00Z', 'garbage');
    await run.keep();
    (await open('sha256:1111')).drop();
    expect((await open('sha256:1111')).fresh).toBe(false);
  });

  it('that can’t be kept is a warning, and the run has its own', async () => {
    writeFileSync(join(root, 'file'), '');
    const run = await open('sha256:1111', join(root, 'file'));
    download(run.cacheDir, '2026-11-01T00:00:00Z', 'one');
    await run.keep();
    expect(warnings).toEqual([expect.stringMatching(/could not be kept \(ENOTDIR\)/)]);
    expect(existsSync(join(run.cacheDir, 'db', 'trivy.db'))).toBe(true);
  });
});
