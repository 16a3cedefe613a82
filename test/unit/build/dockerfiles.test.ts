import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseDockerfile } from '../../../src/build/lint/dockerfile.ts';
import type { ImageConfig } from '../../../src/build/lint/process.ts';
import { lint, lintImage, RULES } from '../../../src/build/lint/rules.ts';

interface Case {
  name: string;
  expect: string[];
  text: string;
  context: Parameters<typeof lint>[1];
  image?: { config: ImageConfig; expect: string[] };
}

/** A rule must be right at least this often, or it has no place among the defaults. */
const PRECISION = 0.95;

const findings = (text: string) => text.split(/\s+/).filter((word) => word !== '-' && word !== '');

/** `a,b{x=1},c` as names with their contents. */
function filesOf(text: string): Map<string, string | undefined> {
  return new Map([...text.matchAll(/([^,{]+)(?:\{([^}]*)\})?/g)].map(([, name, content]) => [name!, content]));
}

function read(section: string): Case {
  const [head = '', text = ''] = section.split(/^---\n/m);
  const [name = '', ...lines] = head.trim().split('\n');
  const field = (key: string) =>
    lines
      .find((line) => line.startsWith(`${key}:`))
      ?.slice(key.length + 1)
      .trim() ?? '';
  const words = [...field('with').matchAll(/(\S+?)=((?:\{[^}]*\}|\S)*)|(\S+)/g)];
  const all = (key: string) => words.filter((word) => word[1] === key).map((word) => word[2]!);
  const has = (flag: string) => words.some((word) => word[3] === flag);
  const files = filesOf(all('files').join(','));
  const [, config, more = ''] = /^(\{.*\})\s+(.*)$/.exec(field('image')) ?? [];
  const shaped = has('crlf') ? text.replaceAll('\n', '\r\n') : text;
  const pairs = all('arg').map((arg): [string, string] => [
    arg.slice(0, arg.indexOf('=')),
    arg.slice(arg.indexOf('=') + 1),
  ]);
  return {
    name,
    expect: findings(field('expect')).sort(),
    text: has('bom') ? `\uFEFF${shaped}` : shaped,
    context: {
      dockerignore: has('no-ignore')
        ? undefined
        : (all('ignore')[0] ?? '.git;.env*;node_modules').replaceAll(';', '\n'),
      files: [...files.keys()],
      folders: all('folders')[0]?.split(',') ?? [],
      read: (path) => files.get(path),
      target: all('target')[0],
      buildArgs: new Map(pairs),
    },
    ...(config ? { image: { config: JSON.parse(config), expect: findings(more).sort() } } : {}),
  };
}

const cases = readFileSync(join(import.meta.dirname, 'lint/dockerfiles.txt'), 'utf8')
  .split(/^=== /m)
  .slice(1)
  .map((section) => read(section.trimEnd().concat('\n')));

function judge({ text, context, image }: Case) {
  const dockerfile = parseDockerfile(text, context.buildArgs);
  const found = lint(dockerfile, context);
  const told = image ? lintImage(dockerfile, context.target, [image.config], found) : [];
  const shown = (some: typeof found) => some.map(({ rule, line }) => `${rule}:${line}`).sort();
  return { found: shown(found), told: shown(told) };
}

describe('lint over Dockerfiles of the shapes met in public', () => {
  it('has sixty at least', () => {
    expect(cases.length).toBeGreaterThanOrEqual(60);
  });

  it.each(cases)('$name', (one) => {
    const { found, told } = judge(one);
    expect(found).toEqual(one.expect);
    if (one.image) expect(told).toEqual(one.image.expect);
  });

  it(`is right in ${PRECISION * 100} % of what each rule says`, () => {
    const tally = new Map<string, { right: number; wrong: number; missed: number }>();
    const count = (finding: string, kind: 'right' | 'wrong' | 'missed') => {
      const [rule = ''] = finding.split(':');
      const row = tally.get(rule) ?? { right: 0, wrong: 0, missed: 0 };
      row[kind]++;
      tally.set(rule, row);
    };
    for (const one of cases) {
      const { found, told } = judge(one);
      for (const [is, should] of [
        [found, one.expect],
        [told, one.image?.expect ?? []],
      ] as const) {
        const left = [...should];
        for (const finding of is) {
          const at = left.indexOf(finding);
          count(finding, at >= 0 ? 'right' : 'wrong');
          if (at >= 0) left.splice(at, 1);
        }
        for (const finding of left) count(finding, 'missed');
      }
    }
    const rows = [...tally].sort().map(([rule, { right, wrong, missed }]) => ({
      rule,
      precision: right + wrong ? right / (right + wrong) : 1,
      right,
      wrong,
      missed,
    }));
    console.table(rows);
    expect(rows.filter(({ precision }) => precision < PRECISION)).toEqual([]);
    // Every rule has been seen to speak, but the one about compose files, which has a test of its own.
    expect(RULES.filter((rule) => !tally.get(rule)?.right)).toEqual(['secret-in-compose']);
  });
});
