import { describe, expect, it } from 'vitest';
import { ageHours, dbRepositories } from '../../../src/build/scan/database.ts';
import { onlyBlocking } from '../../../src/build/scan/filter.ts';
import { doubts, type Finding, findingsOf, mergeFindings, parseReport } from '../../../src/build/scan/findings.ts';
import { judge } from '../../../src/build/scan/gate.ts';
import { lastWord } from '../../../src/build/scan/trivy.ts';
import { datedWaivers, waiverWarnings } from '../../../src/build/scan/waivers.ts';

const finding = (part: Partial<Finding>): Finding => ({
  kind: 'vulnerability',
  id: 'CVE-1',
  package: 'lodash',
  installed: '1.0.0',
  fixed: '1.0.1',
  severity: 'HIGH',
  title: '',
  url: '',
  ...part,
});
const policy = { severities: ['CRITICAL', 'HIGH'] as const, ignoreUnfixed: false };
const ids = (found: readonly Finding[]) => found.map(({ id }) => id);

describe('the gate', () => {
  it('refuses what is of a refused severity, and counts the rest', () => {
    const verdict = judge([finding({}), finding({ id: 'CVE-2', severity: 'MEDIUM', fixed: '' })], policy);
    expect(ids(verdict.blocking)).toEqual(['CVE-1']);
    expect(verdict.counts).toEqual({ CRITICAL: 0, HIGH: 1, MEDIUM: 1, LOW: 0, UNKNOWN: 0 });
    expect(verdict.fixable).toBe(1);
  });

  it('lets the unfixed pass only when asked, and a secret never', () => {
    const found = [finding({ fixed: '' }), finding({ kind: 'secret', id: 'aws', package: '/x:1', fixed: '' })];
    expect(ids(judge(found, policy).blocking)).toEqual(['CVE-1', 'aws']);
    const lenient = judge(found, { ...policy, ignoreUnfixed: true });
    expect(ids(lenient.blocking)).toEqual(['aws']);
    expect(lenient.waived).toEqual({ unfixed: 1, baseline: 0 });
  });

  it('knows the baseline’s findings again in another version or line, not in another package', () => {
    const baseline = [finding({ installed: '0.9.0' }), finding({ kind: 'secret', id: 'aws', package: '/x:1' })];
    const found = [
      finding({}),
      finding({ package: 'other' }),
      finding({ id: 'CVE-9' }),
      finding({ kind: 'secret', id: 'aws', package: '/x:7' }),
      finding({ kind: 'secret', id: 'aws', package: '/y:1' }),
    ];
    const verdict = judge(found, { ...policy, baseline });
    expect(verdict.blocking.map((f) => `${f.id} ${f.package}`)).toEqual(['CVE-1 other', 'CVE-9 lodash', 'aws /y:1']);
    expect(verdict.waived.baseline).toBe(2);
  });

  it('is open for an empty report, shut for nothing else', () => {
    expect(judge([], policy).blocking).toEqual([]);
  });
});

const report = (results: unknown, more: object = {}) =>
  JSON.stringify({
    SchemaVersion: 2,
    ArtifactName: 'sha256:1',
    Metadata: { ImageID: 'sha256:1' },
    Results: results,
    ...more,
  });
const vulnerability = { VulnerabilityID: 'CVE-1', PkgName: 'lodash', InstalledVersion: '1', Severity: 'HIGH' };

describe('a report', () => {
  it.each([
    '',
    'null',
    '[]',
    '{}',
    '{"SchemaVersion":1}',
    '{"SchemaVersion":2}',
    report([{ Vulnerabilities: [{}] }]),
    report(7),
  ])('that can’t be read is SCAN_FAILED: %s', (text) => {
    expect(() => parseReport(text)).toThrow(expect.objectContaining({ code: 'SCAN_FAILED' }));
  });

  it('may lack what old versions lack, and Results altogether', () => {
    expect(findingsOf(parseReport(report(null)))).toEqual([]);
    expect(findingsOf(parseReport(report(undefined)))).toEqual([]);
    expect(findingsOf(parseReport(report([{ Target: 'x', Vulnerabilities: [vulnerability] }])))).toEqual([
      finding({ installed: '1', fixed: '', url: '' }),
    ]);
  });

  it('holds a severity it doesn’t know as UNKNOWN, never as nothing', () => {
    const [found] = findingsOf(parseReport(report([{ Vulnerabilities: [{ ...vulnerability, Severity: 'SEVERE' }] }])));
    expect(found?.severity).toBe('UNKNOWN');
  });

  it('names the same thing once, the worst first, and passed checks not at all', () => {
    const parsed = parseReport(
      report([
        {
          Target: 'a',
          Vulnerabilities: [vulnerability, { ...vulnerability, VulnerabilityID: 'CVE-0', Severity: 'CRITICAL' }],
        },
        {
          Target: 'b',
          Vulnerabilities: [vulnerability],
          Misconfigurations: [{ ID: 'DS1', Status: 'PASS', Severity: 'HIGH' }],
        },
        { Target: 'c', Misconfigurations: [{ ID: 'DS2', Status: 'FAIL', Severity: 'LOW' }] },
      ]),
    );
    expect(ids(findingsOf(parsed))).toEqual(['CVE-0', 'CVE-1', 'DS2']);
    expect(ids(mergeFindings([findingsOf(parsed), findingsOf(parsed)]))).toEqual(['CVE-0', 'CVE-1', 'DS2']);
  });

  it('is cut down to what was refused, under the image’s name', () => {
    const text = report([
      { Target: 'sha256:1 (alpine)', Vulnerabilities: [vulnerability, { ...vulnerability, VulnerabilityID: 'CVE-2' }] },
      { Target: '/x', Secrets: [{ RuleID: 'aws', StartLine: 3 }] },
    ]);
    const kept = JSON.parse(
      onlyBlocking(
        text,
        [finding({ installed: '1' }), finding({ kind: 'secret', id: 'aws', package: '/x:3', installed: '' })],
        'shop:v1',
      ),
    );
    expect(kept.ArtifactName).toBe('shop:v1');
    expect(kept.Results[0]).toMatchObject({
      Target: 'shop:v1 (alpine)',
      Vulnerabilities: [{ VulnerabilityID: 'CVE-1' }],
    });
    expect(kept.Results[0].Vulnerabilities).toHaveLength(1);
    expect(kept.Results[1].Secrets).toHaveLength(1);
  });
});

describe('a finding in the image’s own configuration', () => {
  it.each([
    ['127.0.0.1:5000/shop:v1', 'shop'],
    ['localhost:5000/acme/shop:v1', 'acme/shop'],
    ['ghcr.io/acme/shop', 'acme/shop'],
    ['shop:v1', 'shop'],
  ])('is at a path that is a URI, for %s', (image, target) => {
    const text = report([{ Target: 'sha256:1', Class: 'config', Misconfigurations: [{ ID: 'DS-0002' }] }]);
    const found = finding({ kind: 'misconfiguration', id: 'DS-0002', package: 'image configuration', installed: '' });
    expect(JSON.parse(onlyBlocking(text, [found], image)).Results[0].Target).toBe(target);
  });
});

describe('what a broken scanner said', () => {
  it('is its last line, or what it died of', () => {
    expect(lastWord({ stdout: '', stderr: 'INFO a\n2026\tFATAL\tFatal error\tdisk full\n' })).toContain('disk full');
    const stderr = 'INFO a\npanic: runtime error: nil\n\ngoroutine 1 [running]:\n\tmain.go:19 +0x1f\n';
    expect(lastWord({ stdout: '', stderr })).toBe('panic: runtime error: nil');
  });
});

describe('doubts', () => {
  it('are said when nothing was recognised, or the system is out of support', () => {
    expect(doubts(parseReport(report(null)))[0]).toMatch(/recognised no package/);
    expect(doubts(parseReport(report([{ Packages: [{ Name: 'x' }] }])))).toEqual([]);
    const old = { Metadata: { ImageID: 'x', OS: { Family: 'alpine', Name: '3.18.4', EOSL: true } } };
    expect(doubts(parseReport(report([{ Packages: [{}] }], old)))[0]).toMatch(
      /^alpine 3\.18\.4 gets no security updates/,
    );
  });
});

describe('waivers', () => {
  const now = Date.parse('2026-11-23T12:00:00Z');
  const text = '# why\nCVE-1\nCVE-2 exp:2026-11-22\nCVE-3 exp:2026-12-01 # soon\nCVE-4 exp:2027-12-01\n';
  const yaml =
    'vulnerabilities:\n  - id: CVE-2\n    expired_at: 2026-11-22\n  - id: CVE-1\nsecrets:\n  - id: aws\n    expired_at: 2026-12-01\n';

  it('that end are told beforehand, those that ended as well', () => {
    const lines = waiverWarnings(datedWaivers('.trivyignore', text), now);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^CVE-2 is no longer ignored/);
    expect(lines[1]).toMatch(/^The waiver of CVE-3 ends on 2026-12-01/);
    expect(waiverWarnings(datedWaivers('x.yaml', yaml), now)).toHaveLength(2);
  });

  it('end as their day begins, as Trivy reads them', () => {
    expect(waiverWarnings([{ id: 'A', until: '2026-11-23' }], now)[0]).toMatch(/^A is no longer ignored/);
    expect(waiverWarnings([{ id: 'A', until: '2026-11-24' }], now)[0]).toMatch(/ends on 2026-11-24/);
  });
});

describe('the database', () => {
  it('may be asked for by plain http: silently here, with a word elsewhere', () => {
    expect(dbRepositories(['http://127.0.0.1:5000/db', 'ghcr.io/x/db:2'])).toEqual({
      names: ['127.0.0.1:5000/db', 'ghcr.io/x/db:2'],
      plain: ['127.0.0.1:5000/db'],
      insecure: false,
    });
    expect(dbRepositories(['http://mirror.lan/db']).insecure).toBe(true);
  });

  it('has an age, never a negative one', () => {
    const made = { updatedAt: '2026-11-23T00:00:00Z', nextUpdate: '' };
    expect(ageHours(made, Date.parse('2026-11-23T05:30:00Z'))).toBe(5.5);
    expect(ageHours(made, Date.parse('2026-11-22T00:00:00Z'))).toBe(0);
  });
});
