import { describe, expect, it } from 'vitest';
import { lineOf } from '../../../src/build/scan/annotate.ts';
import { baselineOf } from '../../../src/build/scan/baseline.ts';
import { ageHours, dbRepositories } from '../../../src/build/scan/database.ts';
import { inOrder, onlyThese } from '../../../src/build/scan/filter.ts';
import { doubts, parseReport } from '../../../src/build/scan/findings.ts';
import { judge } from '../../../src/build/scan/gate.ts';
import { instructionOf } from '../../../src/build/scan/image-config.ts';
import { compareLayers, layersOf } from '../../../src/build/scan/layers.ts';
import { groupsOf, type Occurrence, occurrencesOf } from '../../../src/build/scan/occurrences.ts';
import { hideSecrets } from '../../../src/build/scan/reports.ts';
import { lastWord } from '../../../src/build/scan/trivy.ts';
import { refusal } from '../../../src/build/scan/upload-sarif.ts';
import { readWaivers, unusedWaivers, waiverWarnings } from '../../../src/build/scan/waivers.ts';

const finding = (part: Partial<Occurrence>): Occurrence => ({
  kind: 'vulnerability',
  id: 'CVE-1',
  package: 'lodash',
  installed: '1.0.0',
  fixed: '1.0.1',
  severity: 'HIGH',
  title: '',
  url: '',
  path: 'app/node_modules/lodash/package.json',
  layer: '',
  at: { result: 0, list: 'Vulnerabilities', index: 0 },
  ...part,
});
const policy = { severities: ['CRITICAL', 'HIGH'] as const, ignoreUnfixed: false };
const ids = (found: readonly { id: string }[]) => found.map(({ id }) => id);
const verdictOf = (...args: Parameters<typeof judge>) => judge(...args).verdict;

describe('the gate', () => {
  it('refuses what is of a refused severity, and counts the rest', () => {
    const verdict = verdictOf([finding({}), finding({ id: 'CVE-2', severity: 'MEDIUM', fixed: '' })], policy);
    expect(ids(verdict.blocking)).toEqual(['CVE-1']);
    expect(verdict.counts).toEqual({ CRITICAL: 0, HIGH: 1, MEDIUM: 1, LOW: 0, UNKNOWN: 0 });
    expect(verdict.fixable).toBe(1);
  });

  it('lets the unfixed pass only when asked, and a secret never', () => {
    const found = [finding({ fixed: '' }), finding({ kind: 'secret', id: 'aws', package: '/x:1', fixed: '' })];
    expect(ids(verdictOf(found, policy).blocking)).toEqual(['aws', 'CVE-1']);
    const lenient = verdictOf(found, { ...policy, ignoreUnfixed: true });
    expect(ids(lenient.blocking)).toEqual(['aws']);
    expect(lenient.waived).toEqual({ unfixed: 1, baseline: 0 });
  });

  it('counts a thing in many places once, names its places, and judges each of them', () => {
    const places = Array.from({ length: 30 }, (_, i) => finding({ path: `app/p${i}/lodash` }));
    const verdict = verdictOf(places, { ...policy, known: ({ path }) => path !== 'app/p29/lodash' });
    expect(verdict.counts.HIGH).toBe(1);
    expect(verdict.waived.baseline).toBe(0);
    expect(verdict.blocking).toMatchObject([{ id: 'CVE-1', places: 1, paths: ['app/p29/lodash'] }]);
    const [all] = verdictOf(places, policy).blocking;
    expect(all).toMatchObject({ places: 30 });
    expect(all?.paths).toHaveLength(20);
  });

  it('is open for an empty report, shut for nothing else', () => {
    expect(verdictOf([], policy).blocking).toEqual([]);
  });
});

/** A report of an image with these layers; `found` are vulnerabilities as Trivy tells them. */
const image = (diffIds: string[], found: object[], type = 'lang-pkgs') =>
  parseReport(
    JSON.stringify({
      SchemaVersion: 2,
      ArtifactName: 'sha256:1',
      Metadata: { ImageID: 'sha256:1', DiffIDs: diffIds },
      Results: [{ Target: 'Node.js', Class: type, Vulnerabilities: found }],
    }),
  );
const lodash = (part: object = {}) => ({
  VulnerabilityID: 'CVE-1',
  PkgName: 'lodash',
  PkgPath: 'app/node_modules/lodash/package.json',
  InstalledVersion: '4.17.4',
  Severity: 'HIGH',
  Layer: { DiffID: 'base' },
  ...part,
});

describe('a baseline', () => {
  const base = baselineOf(image(['base'], [lodash()]));
  const isNew = (diffIds: string[], part: object) => {
    const [found] = occurrencesOf(image(diffIds, [lodash(part)]));
    return !base.knows(found!, diffIds);
  };
  it.each([
    ['what it has itself', {}, false],
    ['the same version at another path', { PkgPath: 'srv/node_modules/lodash/package.json' }, true],
    ['another version at the same path', { InstalledVersion: '4.17.5' }, true],
    ['a layer of the image’s own', { Layer: { DiffID: 'own' } }, true],
    ['another package', { PkgName: 'other' }, true],
    ['another vulnerability', { VulnerabilityID: 'CVE-9' }, true],
  ])('in an image built on it: %s', (_, part, expected) => {
    expect(isNew(['base', 'own'], part)).toBe(expected);
  });

  it.each([
    ['the same version at the same path, in a layer built anew', { Layer: { DiffID: 'own' } }, false],
    ['another version', { Layer: { DiffID: 'own' }, InstalledVersion: '4.17.5' }, true],
  ])('in an image that is not: %s', (_, part, expected) => {
    expect(isNew(['own'], part)).toBe(expected);
  });

  it('knows a secret again in another line of its file, not in another file', () => {
    const secrets = (target: string, line: number) =>
      parseReport(report([{ Target: target, Class: 'secret', Secrets: [{ RuleID: 'aws', StartLine: line }] }]));
    const known = baselineOf(secrets('/x', 1));
    expect(known.knows(occurrencesOf(secrets('/x', 7))[0]!, [])).toBe(true);
    expect(known.knows(occurrencesOf(secrets('/y', 1))[0]!, [])).toBe(false);
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
    expect(occurrencesOf(parseReport(report(null)))).toEqual([]);
    expect(occurrencesOf(parseReport(report(undefined)))).toEqual([]);
    expect(occurrencesOf(parseReport(report([{ Target: 'x', Vulnerabilities: [vulnerability] }])))).toEqual([
      finding({ installed: '1', fixed: '', url: '', path: 'x' }),
    ]);
  });

  it('holds a severity it doesn’t know as UNKNOWN, never as nothing', () => {
    const [found] = occurrencesOf(
      parseReport(report([{ Vulnerabilities: [{ ...vulnerability, Severity: 'SEVERE' }] }])),
    );
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
    expect(ids(groupsOf(occurrencesOf(parsed)))).toEqual(['CVE-0', 'CVE-1', 'DS2']);
    expect(groupsOf(occurrencesOf(parsed)).map(({ places }) => places)).toEqual([1, 2, 1]);
  });

  it('is cut down to what was refused, under the image’s name', () => {
    const text = report([
      { Target: 'sha256:1 (alpine)', Vulnerabilities: [vulnerability, { ...vulnerability, VulnerabilityID: 'CVE-2' }] },
      { Target: '/x', Secrets: [{ RuleID: 'aws', StartLine: 3 }] },
    ]);
    const found = occurrencesOf(parseReport(text)).filter(({ id }) => id !== 'CVE-2');
    const kept = JSON.parse(onlyThese(text, found, 'shop:v1'));
    expect(kept.ArtifactName).toBe('shop:v1');
    expect(kept.Results[0]).toMatchObject({
      Target: 'shop:v1 (alpine)',
      Vulnerabilities: [{ VulnerabilityID: 'CVE-1' }],
    });
    expect(kept.Results[0].Vulnerabilities).toHaveLength(1);
    expect(kept.Results[1].Secrets).toHaveLength(1);
  });

  it('is cut with every finding before any finds a second place, the worst first', () => {
    const many = Array.from({ length: 3 }, (_, i) => finding({ path: `p${i}` }));
    const order = inOrder([
      ...many,
      finding({ id: 'CVE-0', severity: 'CRITICAL' }),
      many[0]!,
      finding({ id: 'CVE-2' }),
    ]);
    expect(order.map(({ id, path }) => `${id} ${path.slice(0, 3)}`)).toEqual([
      'CVE-0 app',
      'CVE-1 p0',
      'CVE-2 app',
      'CVE-1 p1',
      'CVE-1 p2',
    ]);
  });
});

describe('a finding in the image’s own configuration', () => {
  it.each([
    ['127.0.0.1:5000/shop:v1', 'shop'],
    ['localhost:5000/acme/shop:v1', 'acme/shop'],
    ['ghcr.io/acme/shop', 'acme/shop'],
    ['shop:v1', 'shop'],
  ])('is at a path that is a URI, for %s', (name, target) => {
    const text = report([
      { Target: 'sha256:1', Class: 'config', Misconfigurations: [{ ID: 'DS-0002' }] },
      { Target: 'sha256:1', Class: 'secret', Secrets: [{ RuleID: 'aws', StartLine: 12 }] },
    ]);
    const kept = JSON.parse(onlyThese(text, occurrencesOf(parseReport(text)), name));
    expect(kept.Results.map((result: { Target: string }) => result.Target)).toEqual([target, target]);
  });

  const token = (n: number) => `ghp_${String(n).repeat(36)}`;
  const config = {
    architecture: 'amd64',
    history: [
      { created_by: '/bin/sh -c #(nop) COPY dir:abc in / ' },
      { created_by: `ENV API=${token(1)} B=1`, empty_layer: true },
      { created_by: `LABEL token=${token(2)}`, empty_layer: true },
      { created_by: `RUN |1 V=1 /bin/sh -c curl -H ${token(3)} x # buildkit` },
    ],
    rootfs: { type: 'layers', diff_ids: ['sha256:a', 'sha256:b'] },
    config: { Env: ['PATH=/bin', `API=${token(1)}`], Labels: { token: token(2) }, Cmd: ['x', token(4)], Volumes: {} },
  };
  const lines = JSON.stringify(config, null, 1).split('\n');
  const secrets = lines.flatMap((line, i) =>
    line.includes('ghp_')
      ? [{ RuleID: 'github-pat', StartLine: i + 1, Match: line.replace(/ghp_\d+/, '*'.repeat(40)) }]
      : [],
  );
  const text = JSON.stringify({
    SchemaVersion: 2,
    ArtifactName: 'sha256:1',
    Metadata: { ImageID: 'sha256:1', DiffIDs: ['sha256:a', 'sha256:b'], ImageConfig: config },
    Results: [{ Target: 'sha256:1', Class: 'secret', Secrets: secrets }],
  });

  it('goes by its ENV, LABEL or history line, once, and its secret is known to be hidden', () => {
    const found = occurrencesOf(parseReport(text));
    expect(groupsOf(found).map((group) => group.package)).toEqual([
      'CMD',
      'ENV API',
      'history line 4 (RUN)',
      'LABEL token',
    ]);
    expect(found).toHaveLength(6);
    expect(inOrder(found)).toHaveLength(4);
    expect(hideSecrets(text, found)).not.toContain('ghp_');
    expect(JSON.parse(hideSecrets(text, found)).Metadata.ImageConfig.config.Labels).toEqual({ token: '***' });
  });

  it('is waived by a baseline that has it, not by one with another value', () => {
    const [found] = occurrencesOf(parseReport(text));
    expect(baselineOf(parseReport(text)).knows(found!, ['sha256:a', 'sha256:b', 'sha256:c'])).toBe(true);
    const other = parseReport(text.replaceAll(token(1), token(9)));
    expect(baselineOf(other).knows(found!, [])).toBe(false);
  });

  it('has layers by the instruction that made them', () => {
    const layers = layersOf(parseReport(text));
    expect(layers.map(({ by }) => by)).toEqual(['COPY dir:abc in /', 'RUN curl -H [key] x']);
  });
});

describe('layers', () => {
  it.each([
    ['/bin/sh -c #(nop)  CMD ["x"]', 'CMD ["x"]'],
    ['COPY root/ / # buildkit', 'COPY root/ /'],
    ['RUN /bin/sh -c apt-get update # buildkit', 'RUN apt-get update'],
    ['RUN |2 A=1 B=2 /bin/bash -c make', 'RUN make'],
    ['/bin/sh -c apk add x', 'RUN apk add x'],
  ])('%j is %j', (created, instruction) => {
    expect(instructionOf(created)).toBe(instruction);
  });

  it('are the baseline’s own, changed or new', () => {
    const base = [
      { diffId: 'a', size: 10, by: 'COPY a /' },
      { diffId: 'b', size: 20, by: 'RUN make' },
    ];
    const own = [base[0]!, { diffId: 'c', size: 25, by: 'RUN make' }, { diffId: 'd', size: 5, by: 'COPY d /' }];
    expect(compareLayers(own, base).map(({ kind, more }) => [kind, more])).toEqual([
      ['same', 0],
      ['changed', 5],
      ['new', 5],
    ]);
  });

  it('lead back to a line of the Dockerfile, a base’s to FROM', () => {
    const file = 'FROM a AS x\nFROM b\nRUN apt-get update \\\n  && x\nCOPY root/  /\n';
    expect(lineOf(file, 'RUN apt-get update && x')).toBe(3);
    expect(lineOf(file, 'COPY root/ /')).toBe(5);
    expect(lineOf(file, 'RUN something of the base')).toBe(2);
    expect(lineOf('', '')).toBeUndefined();
    expect(lineOf('FROM a\nENV A=1 \\\n  API=x\nLABEL API x\n', '', 'ENV API')).toBe(4);
    expect(lineOf('FROM a\nENV A=1 \\\n  API=x\n', '', 'ENV API')).toBe(3);
  });
});

describe('GitHub’s refusal of SARIF', () => {
  it.each([
    [403, '{"message":"Advanced Security must be enabled for this repository to use code scanning."}', /plan/],
    [403, '{"message":"Resource not accessible by integration"}', /security-events: write/],
    [404, '', /security-events: write/],
    [500, '<html>', /answered 500/],
  ])('%i %s', (status, body, words) => {
    expect(refusal(status, body)).toMatch(words);
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
    const lines = waiverWarnings(readWaivers('.trivyignore', text), now);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^CVE-2 is no longer ignored/);
    expect(lines[1]).toMatch(/^The waiver of CVE-3 ends on 2026-12-01/);
    expect(waiverWarnings(readWaivers('x.yaml', yaml), now)).toHaveLength(2);
  });

  it('end as their day begins, as Trivy reads them', () => {
    expect(waiverWarnings([{ id: 'A', until: '2026-11-23' }], now)[0]).toMatch(/^A is no longer ignored/);
    expect(waiverWarnings([{ id: 'A', until: '2026-11-24' }], now)[0]).toMatch(/ends on 2026-11-24/);
  });

  it('are told in one line, however many', () => {
    const many = Array.from({ length: 3000 }, (_, i) => ({ id: `CVE-${i}`, until: '2020-01-01' }));
    const lines = waiverWarnings(many, now);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/3000 waivers have ended: CVE-0 \(2020-01-01\).* and 2995 more/);
  });

  it('that took nothing out are known, ended ones apart', () => {
    const waivers = readWaivers('.trivyignore', text);
    expect(unusedWaivers(waivers, new Set(['CVE-1']), now)).toEqual(['CVE-3', 'CVE-4']);
  });

  it.each([
    ['a.yaml', 'vulnerabilities:\n  - id: CVE-1\n    expired-at: 2020-01-01\n', /line 3: "expired-at".*expired_at/],
    ['a.yaml', 'vulnerabilites:\n  - id: CVE-1\n', /line 1: "vulnerabilites".*vulnerabilities/],
    ['a.yaml', 'vulnerabilities:\n  - CVE-1\n', /line 2/],
    ['a.yaml', 'vulnerabilities:\n  - paths: [a]\n', /needs an id/],
    ['a.yaml', 'vulnerabilities:\n  - id: CVE-1\n    expired_at: soon\n', /line 3: expired_at of CVE-1/],
    ['a.yaml', 'vulnerabilities:\n  - id: CVE-1\n    expired_at: 2026-02-30\n', /no date/],
    ['a.yaml', 'vulnerabilities:\n  - id: CVE-1\n    paths: x\n', /paths must be a list/],
    ['a.yaml', '- id: CVE-1\n', /line 1: must hold the sections/],
    ['a.yaml', 'a: [\n', /YAML/],
    ['a.yaml', 'CVE-2019-10744\n', /must hold the sections/],
    ['.trivyignore', 'vulnerabilities:\n  - id: CVE-1\n', /line 1: this is YAML/],
    ['.trivyignore', '# x\nCVE-1 exp:2026-13-01\n', /line 2: "exp:2026-13-01"/],
    ['.trivyignore', 'CVE-1 until:2026-12-01\n', /"until:2026-12-01" is not understood/],
    ['.trivyignore', 'CVE-1 CVE-2\n', /one id a line/],
    ['.trivyignore', '!CVE-1\n', /no id/],
  ])('that can’t be understood are refused: %s %j', (file, content, words) => {
    expect(() => readWaivers(file, content)).toThrow(
      expect.objectContaining({ code: 'INPUT_INVALID', message: expect.stringMatching(words) }),
    );
  });

  it.each([
    ['.trivyignore', '\uFEFF# only words\r\n\r\nCVE-1 exp:2026-12-01\r\nGHSA-aaaa-bbbb-cccc\nDS-0002\nGPL-3.0\n', 4],
    ['a.yml', '', 0],
    ['a.yaml', 'vulnerabilities:\nlicenses:\n  - id: GPL-3.0\n    statement: 法务已确认\n', 1],
    [
      'a.yaml',
      'vulnerabilities:\n  - id: CVE-1\n    purls: ["pkg:npm/a@1"]\n    expired_at: 2027-01-01T00:00:00Z\n',
      1,
    ],
  ])('that can be are read: %s %j', (file, content, count) => {
    expect(readWaivers(file, content)).toHaveLength(count);
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
