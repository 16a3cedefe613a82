import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAttests } from '../../../src/build/input/attests.ts';
import { listOfItems, listOfLines, parseCsv } from '../../../src/build/input/csv.ts';
import {
  checkSecretIds,
  parseBuildArgs,
  parsePairs,
  parseSecrets,
  secretIdsIn,
} from '../../../src/build/input/pairs.ts';
import { parsePlatforms } from '../../../src/build/input/platforms.ts';

describe('a list', () => {
  it.each([
    ['a\nb\n\n c ', [['a'], ['b'], [' c ']]],
    ['a,b\r\nc', [['a', 'b'], ['c']]],
    ['"a,b",c', [['a,b', 'c']]],
    ['"say ""hi"""', [['say "hi"']]],
    ['"two\nlines"\nnext', [['two\nlines'], ['next']]],
    ['x="quoted"', [['x="quoted"']]],
    ['"half', [['"half']]],
    ['"a" b', [['"a" b']]],
    ['a,', [['a', '']]],
    ['', []],
  ])('%j', (text, records) => {
    expect(parseCsv(text)).toEqual(records);
  });

  it('gives back what was quoted', () => {
    const field = fc.string({ minLength: 1 }).filter((text) => !text.includes('\r') && text.trim() !== '');
    const record = fc.array(field, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 3 }), (records) => {
        const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
        const text = records.map((fields) => fields.map(quoted).join(',')).join('\n');
        expect(parseCsv(text)).toEqual(records);
      }),
    );
  });

  it('of lines keeps commas, of items parts at them', () => {
    expect(listOfLines('a,b\n"c,d"\n')).toEqual(['a,b', 'c,d']);
    expect(listOfItems('a, b\nc')).toEqual(['a', 'b', 'c']);
  });
});

describe('build arguments', () => {
  it.each([
    ['V=1.0', 'V', '1.0'],
    ['"V=1.0"', 'V', '1.0'],
    ['V=a,b', 'V', 'a,b'],
    ['"V=1,W=2"', 'V', '1,W=2'],
    ['V=a b=c', 'V', 'a b=c'],
    ['V=', 'V', ''],
    ['V="x"', 'V', '"x"'],
  ])('%s', (text, name, value) => {
    expect(parseBuildArgs(text)).toEqual([{ name, value }]);
  });

  it.each(['V=1,W=2', 'V', '=x', 'a b=c'])('%s is refused', (text) => {
    expect(() => parseBuildArgs(text)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  });
});

const PEM = '-----BEGIN KEY-----\nMIIEow==\nIBAAKCAQEA\n-----END KEY-----';

describe('build secrets', () => {
  it('may have several lines, in quotes', () => {
    expect(parseSecrets(`npm=a=b\n"key=${PEM}"\njson={"a":"b, c"}`)).toEqual([
      { id: 'npm', value: 'a=b' },
      { id: 'key', value: PEM },
      { id: 'json', value: '{"a":"b, c"}' },
    ]);
  });

  it.each([`key=${PEM}`, 'justasecret', 'a=1\na=2', 'sp ace=1'])('%j is refused, and nothing of it quoted', (text) => {
    const refused = expect.objectContaining({
      code: 'INPUT_INVALID',
      message: expect.not.stringMatching(/MIIE|IBAA|justasecret|sp ace/),
    });
    expect(() => parseSecrets(text)).toThrow(refused);
  });

  const ids = (...lines: string[]) => secretIdsIn(lines.join('\n'));
  it('are those a Dockerfile asks for', () => {
    expect(ids('FROM a', 'RUN --mount=type=secret,id=npm --mount=id=pip,type=secret,env=PIP x')).toEqual(
      new Set(['npm', 'pip']),
    );
    expect(
      ids('RUN --mount=type=cache,target=/x \\', '# a comment', '  --mount=type=secret,target=/root/.npmrc x'),
    ).toEqual(new Set(['.npmrc']));
    expect(ids('RUN --mount=type=secret,env=TOKEN x')).toEqual(new Set(['TOKEN']));
    expect(ids('#RUN --mount=type=secret,id=old x', 'FROM a')).toEqual(new Set());
    expect(ids('ARG ID', 'RUN --mount=type=secret,id=$ID x')).toBeUndefined();
    expect(ids('# syntax=example.com/other:1', 'FROM a')).toBeUndefined();
    expect(ids('# syntax=docker/dockerfile:1.20', 'FROM a')).toEqual(new Set());
  });

  it('that nothing asks for are refused by their number alone', () => {
    const given = (id: string) => [{ id, input: 'secrets', n: 3 }];
    const dockerfile = 'FROM a\nRUN --mount=type=secret,id=npm x\n';
    expect(() => checkSecretIds(given('npm'), dockerfile)).not.toThrow();
    expect(() => checkSecretIds(given('GIT_AUTH_TOKEN.github.com'), dockerfile)).not.toThrow();
    const refused = expect.objectContaining({ message: expect.stringMatching(/^((?!MIIE).)*item 3.*asks for npm/) });
    expect(() => checkSecretIds(given('MIIE'), dockerfile)).toThrow(refused);
  });
});

describe('platforms', () => {
  it.each([
    ['linux/amd64,linux/amd64', ['linux/amd64']],
    ['linux/amd64,linux/arm64/v8', ['linux/amd64', 'linux/arm64']],
    ['linux/aarch64\nLinux/x86_64', ['linux/arm64', 'linux/amd64']],
    ['arm64', ['linux/arm64']],
    ['linux/arm,linux/arm/v7,linux/arm/v6', ['linux/arm/v7', 'linux/arm/v6']],
    ['', []],
  ])('%j', (text, platforms) => {
    expect(parsePlatforms(text)).toEqual(platforms);
  });

  it.each(['linux/amd65', 'linux', 'darwin/arm64', 'linux/arm64/v8/x'])('%s is refused', (text) => {
    expect(() => parsePlatforms(text)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  });
});

describe('attestations', () => {
  it('are named as in build-push-action', () => {
    expect(parseAttests('')).toEqual({ sbom: false });
    expect(parseAttests('type=provenance\ntype=sbom')).toEqual({ provenance: 'min', sbom: true });
    expect(parseAttests('type=provenance,mode=max')).toEqual({ provenance: 'max', sbom: false });
  });

  it.each(['type=sbom,generator=image', 'provenance', 'type=provenance,mode=full'])('%s is refused', (text) => {
    expect(() => parseAttests(text)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
  });
});

it('pairs keep the commas of a value', () => {
  expect(parsePairs('a=1,2\n"b=x, y=z"')).toEqual([
    { name: 'a', value: '1,2' },
    { name: 'b', value: 'x, y=z' },
  ]);
});
