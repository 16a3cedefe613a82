import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RunOptions, runAction } from '../../support/action.ts';
import { type Registry, startRegistry } from '../../support/registry.ts';
import { makeSource, shop } from '../../support/source.ts';
import { trivyPath } from '../../support/trivy.ts';
import { pushDatabase } from '../../support/vulndb/database.ts';

let registry: Registry;
let cache: string;
const made: string[] = [];
const closing: (() => void)[] = [];

beforeAll(async () => {
  registry = await startRegistry();
  await pushDatabase(`${registry.host}/trivy-db:2`);
  cache = mkdtempSync(join(tmpdir(), 'seatrial-cache-'));
});
afterEach(() => {
  for (const close of closing.splice(0)) close();
});
afterAll(async () => {
  const names = execFileSync('docker', ['images', '--format', '{{.Repository}}:{{.Tag}}'], { encoding: 'utf8' })
    .split('\n')
    .filter((name) => made.some((repository) => name.startsWith(`${repository}:`)));
  if (names.length) execFileSync('docker', ['rmi', '--force', ...names], { stdio: 'ignore' });
  await registry.stop();
  rmSync(cache, { recursive: true, force: true });
});

/** A repository of its own for each test, so that what lies in the registry is this test's doing. */
function newRepository(): { path: string; image: string } {
  const path = `shop-${randomBytes(4).toString('hex')}`;
  const image = `${registry.host}/${path}`;
  made.push(image);
  return { path, image };
}

function source(...args: Parameters<typeof makeSource>): string {
  const { folder, remove } = makeSource(...args);
  closing.push(remove);
  return folder;
}

function build(folder: string, image: string, inputs: Record<string, string> = {}, options: RunOptions = {}) {
  return runAction(
    'build',
    {
      image,
      'trivy-path': trivyPath(),
      'trivy-db-repository': `${registry.host}/trivy-db:2`,
      scanners: 'vuln',
      ...inputs,
    },
    {
      cwd: folder,
      ...options,
      env: { DOCKER_CONFIG: process.env.DOCKER_CONFIG, XDG_CACHE_HOME: cache, ...options.env },
    },
  );
}

describe('what passes', () => {
  it('is pushed under the tags of git, and the digest is the scanned image’s', async () => {
    const { path, image } = newRepository();
    const folder = source(shop({ lodash: '4.17.21' }), { tag: 'v1.2.3' });
    const result = await build(folder, image);
    expect(result.errors, result.stdout).toEqual([]);
    expect(result.exitCode).toBe(0);
    const pushed = await registry.manifest(path, '1.2.3');
    expect(result.outputs.image).toBe(`${image}@${pushed.digest}`);
    expect(result.outputs.digest).toBe(pushed.digest);
    const id = execFileSync('docker', ['image', 'inspect', '--format', '{{.Id}}', `${image}:1.2.3`], {
      encoding: 'utf8',
    });
    expect(pushed.body.config?.digest).toBe(id.trim());
    const sha = execFileSync('git', ['-C', folder, 'rev-parse', '--short=7', 'HEAD'], { encoding: 'utf8' }).trim();
    expect(result.outputs.tags?.split('\n')).toEqual(['1.2.3', `sha-${sha}`, '1.2', '1']);
    expect((await registry.tags(path)).sort()).toEqual(['1', '1.2', '1.2.3', `sha-${sha}`].sort());
    expect(result.outputs.version).toBe('1.2.3');
    expect(result.outputs.blocked).toBe('false');
    expect(Number(result.outputs.size)).toBeGreaterThan(0);
    expect(result.outputs['error-code']).toBe('');
    const { counts, blocking, db } = JSON.parse(result.outputs.vulnerabilities!);
    expect(counts).toEqual({ CRITICAL: 0, HIGH: 0, MEDIUM: 0, LOW: 0, UNKNOWN: 0 });
    expect(blocking).toEqual([]);
    expect(db.ageHours).toBeLessThan(1);
    expect(result.summary).toContain(`**Pushed: ${image} 1.2.3 passed the scan`);
    expect(JSON.parse(result.outputs.lint!)).toEqual([]);
  });
});

describe('what the gate refuses', () => {
  it('is not pushed, and the step says what to update', async () => {
    const { path, image } = newRepository();
    const reports = mkdtempSync(join(tmpdir(), 'seatrial-reports-'));
    closing.push(() => rmSync(reports, { recursive: true, force: true }));
    const result = await build(source(shop({ lodash: '4.17.4' })), image, { tags: 'v1', 'report-dir': reports });
    expect(result.exitCode).toBe(1);
    expect(result.errors).toHaveLength(1);
    expect(result.errors[0]).toMatch(/^SCAN_BLOCKED: .*CVE-2019-10744 in lodash \(fixed in 4\.17\.12\)/);
    expect(result.outputs['error-code']).toBe('SCAN_BLOCKED');
    expect(result.outputs.blocked).toBe('true');
    expect(result.outputs.image).toBe('');
    expect(await registry.tags(path)).toEqual([]);
    expect(await registry.repositories()).not.toContain(path);
    const found = JSON.parse(result.outputs.vulnerabilities!);
    expect(found.counts).toMatchObject({ CRITICAL: 1, MEDIUM: 1 });
    expect(found.fixable).toBe(2);
    expect(found.blocking).toMatchObject([
      { id: 'CVE-2019-10744', package: 'lodash', installed: '4.17.4', fixed: '4.17.12', severity: 'CRITICAL' },
    ]);
    expect(result.summary).toContain('update lodash to 4.17.12');
    const sarif = JSON.parse(readFileSync(result.outputs.sarif!, 'utf8'));
    expect(sarif.runs[0].results.map((r: { ruleId: string }) => r.ruleId)).toEqual(['CVE-2019-10744']);
    const sbom = JSON.parse(readFileSync(result.outputs.sbom!, 'utf8'));
    expect(sbom.bomFormat).toBe('CycloneDX');
    expect(JSON.stringify(sbom.components)).toContain('lodash');
    expect(existsSync(result.outputs.report!)).toBe(true);
  });
});
