import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type House, openHouse } from '../../support/house.ts';
import { shop } from '../../support/source.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const engine = (...args: string[]) => execFileSync('docker', args, { encoding: 'utf8' }).trim();
const names = (image: string) => engine('images', '--format', '{{.Repository}}:{{.Tag}}', image);

describe('what passes', () => {
  it('is pushed under the tags of git, and the digest is the scanned image’s', async () => {
    const { path, image } = house.repository();
    const folder = house.source(shop({ lodash: '4.17.21' }), { tag: 'v1.2.3' });
    const result = await house.build(folder, image, { 'report-dir': house.folder() });
    expect(result.errors, result.stdout).toEqual([]);
    expect(result.exitCode).toBe(0);
    const pushed = await house.registry.manifest(path, '1.2.3');
    expect(result.outputs.image).toBe(`${image}@${pushed.digest}`);
    expect(result.outputs.digest).toBe(pushed.digest);
    // An image is called by its config, or by its manifest where the engine keeps images in containerd's store.
    expect([pushed.body.config?.digest, pushed.digest]).toContain(house.json(result.outputs.report!).Metadata.ImageID);
    const sha = execFileSync('git', ['-C', folder, 'rev-parse', '--short=7', 'HEAD'], { encoding: 'utf8' }).trim();
    expect(result.outputs.tags?.split('\n')).toEqual(
      ['1.2.3', `sha-${sha}`, '1.2', '1'].map((tag) => `${image}:${tag}`),
    );
    expect((await house.registry.tags(path)).sort()).toEqual(['1', '1.2', '1.2.3', `sha-${sha}`].sort());
    expect(result.outputs).toMatchObject({ version: '1.2.3', blocked: 'false', 'error-code': '', lint: '[]' });
    expect(Number(result.outputs.size)).toBeGreaterThan(0);
    const { counts, blocking, db } = JSON.parse(result.outputs.vulnerabilities!);
    expect(counts).toEqual({ CRITICAL: 0, HIGH: 0, MEDIUM: 0, LOW: 0, UNKNOWN: 0 });
    expect(blocking).toEqual([]);
    expect(db.ageHours).toBeLessThan(1);
    expect(result.summary).toContain(`**Pushed: ${image} 1.2.3 passed the scan`);
    const label = engine(
      'image',
      'inspect',
      '--format',
      '{{index .Config.Labels "org.opencontainers.image.version"}}',
      `${image}:1.2`,
    );
    expect(label).toBe('1.2.3');
  });

  it('is itself under every tag, also when another build pushes one of them at the same time', async () => {
    const { path, image } = house.repository();
    const builds = await Promise.all(
      ['4.17.21', '4.17.20'].map((lodash, n) =>
        house.build(house.source(shop({ lodash })), image, { tags: `v${n}\nmain`, severity: 'CRITICAL' }),
      ),
    );
    const digests = await Promise.all(
      ['v0', 'v1', 'main'].map(async (tag) => (await house.registry.manifest(path, tag)).digest),
    );
    for (const [n, result] of builds.entries()) {
      expect(result.errors, result.stdout).toEqual([]);
      expect(result.outputs).toMatchObject({ digest: digests[n], tags: `${image}:v${n}\n${image}:main` });
    }
    expect(digests.slice(0, 2)).toContain(digests[2]);
  });

  it('stays in the engine with push: false, and needs no registry', async () => {
    const { path, image } = house.repository();
    const result = await house.build(house.source(shop({ minimist: '1.2.0' })), image, { push: 'false', tags: 'v1' });
    expect(result.errors, result.stdout).toEqual([]);
    expect(result.outputs.image).toBe(engine('image', 'inspect', '--format', '{{.Id}}', `${image}:v1`));
    expect(result.outputs).toMatchObject({ digest: '', tags: `${image}:v1`, blocked: 'false' });
    expect(JSON.parse(result.outputs.vulnerabilities!).counts.MEDIUM).toBe(1);
    expect(await house.registry.tags(path)).toEqual([]);
  });

  it('may hold what an ignore file lets pass until a day; an ended waiver blocks again', async () => {
    const { image } = house.repository();
    const folder = house.source(shop({ lodash: '4.17.4' }));
    const later = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10);
    writeFileSync(join(folder, '.trivyignore'), `CVE-2019-10744 exp:${later}\n`);
    const passed = await house.build(folder, image, { push: 'false', tags: 'v1' });
    expect(passed.errors, passed.stdout).toEqual([]);
    expect(passed.stdout).toContain(`The waiver of CVE-2019-10744 ends on ${later}`);
    expect(JSON.parse(passed.outputs.vulnerabilities!)).toMatchObject({
      counts: { CRITICAL: 0 },
      waived: { ignored: 1 },
    });
    const yaml = 'vulnerabilities:\n  - id: CVE-2019-10744\n    expired_at: 2020-01-01\n';
    writeFileSync(join(folder, 'waivers.yaml'), yaml);
    const blocked = await house.build(folder, image, { push: 'false', tags: 'v1', 'ignore-file': 'waivers.yaml' });
    expect(blocked.outputs['error-code']).toBe('SCAN_BLOCKED');
    expect(blocked.stdout).toContain('CVE-2019-10744 is no longer ignored: its waiver ended on 2020-01-01');
  });

  it('may hold what no version fixes, with ignore-unfixed; it is counted', async () => {
    const { image } = house.repository();
    const folder = house.source(shop({ request: '2.88.2' }));
    const refused = await house.build(folder, image, { push: 'false', tags: 'v1' });
    expect(refused.outputs['error-code']).toBe('SCAN_BLOCKED');
    const passed = await house.build(folder, image, { push: 'false', tags: 'v1', 'ignore-unfixed': 'true' });
    expect(passed.errors, passed.stdout).toEqual([]);
    expect(JSON.parse(passed.outputs.vulnerabilities!)).toMatchObject({ counts: { HIGH: 1 }, waived: { unfixed: 1 } });
    const statement = {
      '@context': 'https://openvex.dev/ns/v0.2.0',
      '@id': 'https://example.com/vex/1',
      author: 'test',
      timestamp: '2026-01-01T00:00:00Z',
      version: 1,
      statements: [
        {
          vulnerability: { name: 'CVE-2023-28155' },
          products: [{ '@id': 'pkg:npm/request@2.88.2' }],
          status: 'not_affected',
          justification: 'vulnerable_code_not_in_execute_path',
        },
      ],
    };
    writeFileSync(join(folder, 'vex.json'), JSON.stringify(statement));
    const excused = await house.build(folder, image, { push: 'false', tags: 'v1', vex: 'vex.json' });
    expect(excused.errors, excused.stdout).toEqual([]);
    expect(JSON.parse(excused.outputs.vulnerabilities!)).toMatchObject({ counts: { HIGH: 0 }, waived: { ignored: 1 } });
  });

  it('answers for its own findings only, beside a baseline', async () => {
    const { image } = house.repository();
    const base = house.repository().image;
    await house.build(house.source(shop({ lodash: '4.17.4' })), base, { scan: 'false', tags: 'base' });
    const more = await house.build(house.source(shop({ lodash: '4.17.4', request: '2.88.2' })), image, {
      tags: 'v2',
      'scan-baseline': `${base}:base`,
    });
    expect(more.outputs['error-code']).toBe('SCAN_BLOCKED');
    const { counts, waived, blocking } = JSON.parse(more.outputs.vulnerabilities!);
    expect(blocking.map((f: { id: string }) => f.id)).toEqual(['CVE-2023-28155']);
    expect({ counts, waived }).toMatchObject({ counts: { CRITICAL: 1 }, waived: { baseline: 1 } });
  });
});

describe('what the gate refuses', () => {
  it('is not pushed, leaves the engine, and the step says what to update', async () => {
    const { path, image } = house.repository();
    const folder = house.source(
      shop(
        { lodash: '4.17.4' },
        {
          'root/etc/os-release': 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.18.4\n',
          'root/etc/alpine-release': '3.18.4\n',
          'root/lib/apk/db/installed': 'P:libcrypto3\nV:3.1.3-r0\nA:x86_64\no:openssl\n\n',
        },
      ),
    );
    const inputs = { tags: 'v1', 'report-dir': house.folder(), sbom: 'cyclonedx' };
    const result = await house.build(folder, image, inputs);
    expect(result.exitCode).toBe(1);
    expect(result.errors).toHaveLength(1);
    expect(result.errors[0]).toMatch(/^SCAN_BLOCKED: 2 .*CVE-2019-10744 in lodash \(fixed in 4\.17\.12\)/);
    expect(result.outputs).toMatchObject({
      'error-code': 'SCAN_BLOCKED',
      blocked: 'true',
      image: '',
      digest: '',
      tags: '',
    });
    expect(await house.registry.repositories()).not.toContain(path);
    expect(names(image)).toBe('');
    const found = JSON.parse(result.outputs.vulnerabilities!);
    expect(found.counts).toEqual({ CRITICAL: 1, HIGH: 1, MEDIUM: 1, LOW: 0, UNKNOWN: 0 });
    expect(found.fixable).toBe(3);
    expect(found.blocking).toMatchObject([
      { id: 'CVE-2019-10744', package: 'lodash', installed: '4.17.4', fixed: '4.17.12', severity: 'CRITICAL' },
      { id: 'CVE-2023-5363', package: 'libcrypto3', installed: '3.1.3-r0', fixed: '3.1.4-r0', severity: 'HIGH' },
    ]);
    expect(result.summary).toContain('update lodash to 4.17.12');
    const sarif = JSON.parse(readFileSync(result.outputs.sarif!, 'utf8'));
    const ids = sarif.runs[0].results.map((r: { ruleId: string }) => r.ruleId);
    expect(ids.sort()).toEqual(['CVE-2019-10744', 'CVE-2023-5363']);
    const sbom = JSON.parse(readFileSync(result.outputs.sbom!, 'utf8'));
    expect(sbom.bomFormat).toBe('CycloneDX');
    expect(JSON.stringify(sbom.components)).toContain('lodash');
    expect(existsSync(result.outputs.report!)).toBe(true);
  });

  it('is judged by the severities asked for', async () => {
    const { image } = house.repository();
    const folder = house.source(shop({ minimist: '1.2.0' }));
    const result = await house.build(folder, image, { push: 'false', tags: 'v1', severity: 'medium' });
    expect(result.outputs['error-code'], result.stdout).toBe('SCAN_BLOCKED');
  });

  it('may be how it is configured', async () => {
    const { path, image } = house.repository();
    const folder = house.source(shop({}, { Dockerfile: 'FROM scratch\nCOPY root/ /\n' }));
    const result = await house.build(folder, image, {
      tags: 'v1',
      scanners: 'misconfig',
      'report-dir': house.folder(),
    });
    expect(result.outputs['error-code'], result.stdout).toBe('SCAN_BLOCKED');
    expect(JSON.parse(result.outputs.vulnerabilities!).blocking).toMatchObject([
      { kind: 'misconfiguration', id: 'DS-0002', package: 'image configuration' },
    ]);
    const sarif = JSON.parse(readFileSync(result.outputs.sarif!, 'utf8'));
    expect(sarif.runs[0].results.map((r: { ruleId: string }) => r.ruleId)).toEqual(['DS-0002']);
    expect(await house.registry.tags(path)).toEqual([]);
  });

  it('may be a key left in the image; the key itself is shown nowhere', async () => {
    const { image } = house.repository();
    const key = `AKIA${'Q3EGRVWJ5TNKZ7PD'}`;
    const folder = house.source(shop({}, { 'root/app/settings.ini': `aws_access_key_id = ${key}\n` }));
    const result = await house.build(folder, image, { tags: 'v1', scanners: 'vuln,secret' });
    expect(result.outputs['error-code'], result.stdout).toBe('SCAN_BLOCKED');
    expect(JSON.parse(result.outputs.vulnerabilities!).blocking).toMatchObject([
      { kind: 'secret', package: '/app/settings.ini:1', severity: 'CRITICAL' },
    ]);
    expect(result.stdout + result.summary + JSON.stringify(result.outputs)).not.toContain(key);
  });

  it('may be its size alone', async () => {
    const { path, image } = house.repository();
    const result = await house.build(house.source(shop({})), image, { tags: 'v1', 'max-size': '1b' });
    expect(result.outputs, result.stdout).toMatchObject({
      'error-code': 'IMAGE_TOO_LARGE',
      blocked: 'true',
      image: '',
    });
    expect(await house.registry.tags(path)).toEqual([]);
  });
});
