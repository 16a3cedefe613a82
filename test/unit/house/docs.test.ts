import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { command } from '../../support/command.ts';
import { breaches } from '../../support/json-schema.ts';

// quotepath: names in Chinese as they are, else they would be passed over.
const pages = command('git', ['-c', 'core.quotepath=off', 'ls-files', '-co', '--exclude-standard', '*.md', '**/*.md'])
  .stdout.trim()
  .split('\n')
  .filter((page) => !page.startsWith('node_modules/') && existsSync(page));
const texts = new Map(pages.map((page) => [page, readFileSync(page, 'utf8')]));
const schema = JSON.parse(readFileSync('seatrial.schema.json', 'utf8'));

/** Anchors as GitHub makes them of headings. */
const anchors = (text: string) =>
  [...text.matchAll(/^#{1,6} (.+)$/gm)].map((found) =>
    found[1]!
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- _]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
const withoutCode = (text: string) => text.replace(/```[\s\S]*?```/g, '').replace(/`[^`\n]*`/g, '');
const snippets = (language: string) =>
  [...texts].flatMap(([page, text]) =>
    [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map((found) => ({
      page,
      text: found[1]!,
    })),
  );

interface Called {
  uses?: string;
  with?: Record<string, unknown>;
  secrets?: Record<string, unknown> | string;
}
/** Every map that has `uses:` of ours, wherever it stands. */
function calls(node: unknown): Called[] {
  if (Array.isArray(node)) return node.flatMap(calls);
  if (typeof node !== 'object' || node === null) return [];
  const mine = String((node as Called).uses ?? '').startsWith('seatrial/seatrial/') ? [node as Called] : [];
  return [...mine, ...Object.values(node).flatMap(calls)];
}
/** What of a call its workflow or action does not know. */
function unknown({ uses = '', with: given = {}, secrets = {} }: Called): string[] {
  const path = uses.slice('seatrial/seatrial/'.length).split('@')[0]!;
  const file = path.endsWith('.yml') ? path : `${path}/action.yml`;
  if (!existsSync(file)) return [`${file} is not there`];
  const { on, inputs } = parse(readFileSync(file, 'utf8'));
  const known = on?.workflow_call ?? { inputs, secrets: {} };
  const required = Object.entries((known.inputs ?? {}) as Record<string, { required?: boolean }>)
    .filter(([name, input]) => input.required && !(name in given))
    .map(([name]) => `${name} is required`);
  return [
    ...required,
    ...Object.keys(given).filter((name) => !(name in known.inputs)),
    ...(typeof secrets === 'string' ? [] : Object.keys(secrets).filter((name) => !(name in known.secrets))),
  ];
}

describe('pages', () => {
  it('link to files and headings that are there', () => {
    const dead = [...texts].flatMap(([page, text]) =>
      [...withoutCode(text).matchAll(/\]\((?!https?:|mailto:)([^)\s]*)\)/g)]
        .map((found) => found[1]!)
        .filter((link) => {
          const [path = '', anchor] = link.split('#');
          const file = path ? posix.join(posix.dirname(page), decodeURI(path)) : page;
          if (!existsSync(file)) return true;
          return anchor !== undefined && file.endsWith('.md') && !anchors(readFileSync(file, 'utf8')).includes(anchor);
        })
        .map((link) => `${page}: ${link}`),
    );
    expect(dead).toEqual([]);
  });
  it('show calls that our workflows and actions would take', () => {
    // What begins with a blank is a part of something that stands above it.
    const whole = snippets('ya?ml').filter(({ text }) => !text.startsWith(' '));
    const shown = whole.flatMap(({ page, text }) =>
      parseAllDocuments(text).flatMap((document) => {
        expect(document.errors, page).toEqual([]);
        return calls(document.toJS()).map((call) => ({ page, call }));
      }),
    );
    expect(shown.length).toBeGreaterThan(3);
    expect(shown.flatMap(({ page, call }) => unknown(call).map((what) => `${page}: ${what}`))).toEqual([]);
  });
  it('show a seatrial.yml that its schema takes', () => {
    const files = snippets('yaml').filter(({ text }) => text.startsWith('# seatrial.yml'));
    expect(files.length).toBeGreaterThan(1);
    expect(files.flatMap(({ page, text }) => breaches(schema, parse(text)).map((what) => `${page}: ${what}`))).toEqual(
      [],
    );
  });
  it("count a newcomer's commands and files truly", () => {
    for (const [page, readme, words, fromNothing] of [
      [
        'docs/getting-started.md',
        'README.md',
        /nine command lines and three files/i,
        /eleven (command lines )?and six/,
      ],
      ['docs/getting-started.zh-CN.md', 'README.zh-CN.md', /九行命令[，、]三个文件/, /十一行命令[，、]六个文件/],
    ] as const) {
      const text = texts.get(page)!;
      const lines = snippets('sh')
        .filter((snippet) => snippet.page === page)
        .map((snippet) => snippet.text.trim().split('\n'));
      // The first block makes a repository of an empty folder; who has one begins behind it.
      expect(lines.flat(), page).toHaveLength(11);
      expect(lines.slice(1).flat(), page).toHaveLength(9);
      for (const file of ['Dockerfile', 'server.mjs', '.dockerignore']) expect(text).toContain(`\`${file}\``);
      const files = ['.github/workflows/ship.yml', '.github/workflows/rollback.yml', 'seatrial.yml'];
      for (const file of files) expect(text).toContain(`\`${file}\``);
      for (const said of [words, fromNothing]) {
        expect(text).toMatch(said);
        expect(texts.get(readme)).toMatch(said);
      }
    }
  });
  it('say the same to a newcomer in both languages, comments and a message of one’s own apart', () => {
    const bare = (page: string) =>
      ['sh', 'yaml', 'dockerfile', 'js', 'text']
        .flatMap(snippets)
        .filter((snippet) => snippet.page === page)
        .map(({ text }) => text.replaceAll(/ *#.*$/gm, '').replace(/-m '[^']*'/, "-m ''"));
    expect(bare('docs/getting-started.zh-CN.md')).toEqual(bare('docs/getting-started.md'));
  });
  it('of examples call what is there as well', () => {
    const files = command('git', ['ls-files', '-co', '--exclude-standard', 'examples/workflows/*.yml'])
      .stdout.trim()
      .split('\n');
    const wrong = files.flatMap((file) =>
      calls(parse(readFileSync(file, 'utf8')))
        .flatMap(unknown)
        .map((what) => `${file}: ${what}`),
    );
    expect(wrong).toEqual([]);
  });
});
