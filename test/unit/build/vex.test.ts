import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseRepository } from '../../../src/build/registry/reference.ts';
import { parseReport } from '../../../src/build/scan/findings.ts';
import { isThisImage, parsePurl, prepareVex } from '../../../src/build/scan/vex.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'seatrial-vex-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const shop = parseRepository('ghcr.io/acme/shop');
const prepare = (content: unknown) => {
  const file = join(folder, 'given.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return prepareVex(file, 'given.json', [shop], folder);
};
const openVex = (products: unknown[], part: object = {}) => ({
  '@context': 'https://openvex.dev/ns/v0.2.0',
  '@id': 'https://example.com/vex/1',
  author: 'test',
  version: 1,
  statements: [
    {
      vulnerability: { name: 'CVE-1' },
      products,
      status: 'not_affected',
      justification: 'component_not_present',
      ...part,
    },
  ],
});
const IMAGE = 'pkg:oci/shop?repository_url=ghcr.io%2Facme%2Fshop';

describe('a package URL', () => {
  it.each([
    ['pkg:npm/%40scope/name@1.2.3', { type: 'npm', name: '@scope/name', version: '1.2.3' }],
    ['pkg:npm/@scope/name', { type: 'npm', name: '@scope/name', version: '' }],
    ['pkg:oci/shop@sha256:abc?repository_url=ghcr.io/acme/shop', { type: 'oci', name: 'shop', version: 'sha256:abc' }],
    ['pkg:oci/shop@sha256%3Aabc', { type: 'oci', name: 'shop', version: 'sha256:abc' }],
  ])('%s', (text, parts) => {
    expect(parsePurl(text)).toMatchObject(parts);
  });

  it.each(['', 'shop', 'pkg:npm', 'pkg:oci/%zz', 'https://example.com'])('is not %j', (text) => {
    expect(parsePurl(text)).toBeUndefined();
  });

  it.each([
    [IMAGE, true],
    ['pkg:oci/shop@sha256:abc?repository_url=ghcr.io/acme/shop', true],
    ['pkg:oci/shop?repository_url=ghcr.io/acme', true],
    ['pkg:oci/shop', true],
    ['pkg:oci/shop?repository_url=ghcr.io/other/shop', false],
    ['pkg:oci/store?repository_url=ghcr.io/acme/shop', false],
    ['pkg:npm/shop', false],
  ])('%s is this image: %s', (text, expected) => {
    expect(isThisImage(parsePurl(text)!, shop)).toBe(expected);
  });
});

describe('a VEX document', () => {
  it.each([
    ['no JSON', 'vulnerabilities:', /not JSON/],
    ['something else', { a: 1 }, /neither OpenVEX nor CSAF/],
    ['CycloneDX', { bomFormat: 'CycloneDX' }, /bills of materials only/],
    ['no statements', { '@context': 'https://openvex.dev/ns', statements: [] }, /statements/],
    ['a status nobody knows', openVex(['pkg:npm/a@1'], { status: 'harmless' }), /statements\.0\.status/],
    ['no product', openVex([]), /names no product/],
  ])('is refused: %s', (_, content, words) => {
    expect(() => prepare(content)).toThrow(
      expect.objectContaining({ code: 'INPUT_INVALID', message: expect.stringMatching(words) }),
    );
  });

  it('about the whole image is applied by ourselves, its aliases too', () => {
    const vex = prepare(
      openVex([{ '@id': IMAGE }], { vulnerability: { name: 'CVE-1', aliases: ['GHSA-aaaa-bbbb-cccc'] } }),
    );
    expect([...vex.excused]).toEqual(['CVE-1', 'GHSA-aaaa-bbbb-cccc']);
    expect(vex.file).toBeUndefined();
    expect(vex.warnings).toEqual([]);
  });

  it('about another digest of this repository is applied, and said', () => {
    const vex = prepare(openVex(['pkg:oci/shop@sha256:abc?repository_url=ghcr.io/acme/shop']));
    expect([...vex.excused]).toEqual(['CVE-1']);
    expect(vex.warnings[0]).toContain('sha256:abc');
  });

  it('that says affected takes nothing out', () => {
    expect([...prepare(openVex([IMAGE], { status: 'affected' })).excused]).toEqual([]);
  });

  it('about parts of this image names the parts to Trivy', () => {
    const vex = prepare(openVex([{ '@id': IMAGE, subcomponents: [{ '@id': 'pkg:npm/lodash@4.17.4' }] }]));
    expect(vex.excused.size).toBe(0);
    expect(existsSync(vex.file!)).toBe(true);
    expect(JSON.parse(readFileSync(vex.file!, 'utf8')).statements[0].products).toEqual([
      { '@id': 'pkg:npm/lodash@4.17.4' },
    ]);
  });

  it('names products that no package of the image is', () => {
    const report = parseReport(
      JSON.stringify({
        SchemaVersion: 2,
        ArtifactName: 'x',
        Metadata: {},
        Results: [{ Packages: [{ Identifier: { PURL: 'pkg:npm/lodash@4.17.4' } }] }],
      }),
    );
    const given = ['pkg:npm/lodash@4.17.4', 'pkg:npm/lodash', 'pkg:npm/lodsh@4.17.4', 'shop', 'pkg:npm/lodash@9'];
    expect(prepare(openVex(given)).unmatched([report])).toEqual(['pkg:npm/lodsh@4.17.4', 'shop', 'pkg:npm/lodash@9']);
  });

  it('in CSAF is handed on as it is', () => {
    const vex = prepare({ document: { category: 'csaf_vex' }, vulnerabilities: [] });
    expect(vex.file).toContain('given.json');
  });
});
