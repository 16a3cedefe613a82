import { describe, expect, it } from 'vitest';
import { buildNowhere } from '../../support/build-nowhere.ts';
import { shop } from '../../support/source.ts';

describe('mistakes are said before anything is touched', () => {
  const cases: [string, Record<string, string>, string, RegExp][] = [
    ['an unknown input', { imagge: 'x' }, 'INPUT_UNKNOWN', /did you mean "image"/],
    ['a tag in the image', { image: 'ghcr.io/acme/shop:v1' }, 'INPUT_INVALID', /tags/],
    ['a severity nobody knows', { severity: 'SEVERE' }, 'INPUT_INVALID', /^severity: .*CRITICAL/],
    ['a user without password', { username: 'sailor' }, 'INPUT_INVALID', /password/],
    ['a secret without id', { secrets: 'justasecretvalue' }, 'INPUT_INVALID', /^((?!justasecret).)*$/],
    ['a Trivy nobody pinned', { 'trivy-version': '0.69.4', 'trivy-path': '' }, 'INPUT_INVALID', /0\.74\.0/],
    ['latest alone', { tags: 'latest' }, 'TAG_LATEST', /latest alone/],
    ['a tag that would have to be changed', { tags: 'my#1' }, 'INPUT_INVALID', /"my#1" is not a tag/],
    ['an expression no line knows', { tags: '{{major}}.{{minor}}' }, 'INPUT_INVALID', /\{\{major\}\} is not known/],
    ['a type nobody knows', { tags: 'type=semvr,pattern={{version}}' }, 'INPUT_INVALID', /type "semvr" is not known/],
    ['two arguments on a line, or one', { 'build-args': 'V=1,W=2' }, 'INPUT_INVALID', /several arguments/],
    ['a platform nobody builds', { platforms: 'linux/amd65' }, 'INPUT_INVALID', /linux\/amd65/],
    ['a secret nothing asks for', { secrets: 'npn=x' }, 'INPUT_INVALID', /^((?!npn).)*item 1/],
    ['lines of a secret', { secrets: 'key=-----BEGIN\nMIIEo==\n' }, 'INPUT_INVALID', /^((?!MIIE).)*double quotes/],
    ['a Git URL', { context: 'https://github.com/acme/shop.git' }, 'INPUT_INVALID', /actions\/checkout/],
    ['a report in the context', { 'report-dir': 'reports' }, 'INPUT_INVALID', /report-dir/],
    ['no context', { context: 'nowhere' }, 'CONTEXT_MISSING', /nowhere/],
    ['no Dockerfile', { file: 'Dockerfile.prod' }, 'DOCKERFILE_MISSING', /Dockerfile\.prod/],
    ['lint: error', { lint: 'error', file: 'Bad' }, 'LINT_FAILED', /no-healthcheck.*root-user/],
  ];
  it.each(cases)('%s', async (_, inputs, code, message) => {
    const files = shop({}, { Bad: 'FROM scratch\nCOPY root/ /\n' });
    const told = await buildNowhere(files, {
      image: '127.0.0.1:1/shop',
      tags: 'v1',
      'trivy-path': '/nowhere',
      ...inputs,
    });
    expect([told.code, told.message]).toEqual([code, expect.stringMatching(message)]);
    expect(told.lines.join('\n')).not.toContain('Building with');
  });
});

describe('lint of the files', () => {
  const node = (...lines: string[]) => ['FROM node:24.21-slim', ...lines, 'USER node', ''].join('\n');
  const token = `ghp_${'a1B2'.repeat(9)}`;
  const cases: [string, Record<string, string>, string[]][] = [
    [
      'lists removed before they come',
      { Dockerfile: node('RUN rm -rf /var/lib/apt/lists/* && apt-get update') },
      ['apt-lists:2'],
    ],
    ['an install alone', { Dockerfile: node('RUN apt-get install -y curl') }, []],
    [
      'harmless names',
      { Dockerfile: node('ENV ACCESS_TOKEN_EXPIRE_MINUTES=30 ALLOW_EMPTY_PASSWORD=yes PWD=/app') },
      [],
    ],
    [
      'secrets written down',
      {
        Dockerfile: node(
          `RUN git clone https://x:${token}@github.com/a/b.git`,
          `LABEL t=${token}`,
          `ADD https://u:${token}@a.example.net/x /x`,
        ),
      },
      ['add-url:4', 'secret-in-add:4', 'secret-in-label:3', 'secret-in-run:2'],
    ],
    [
      'holes in the .dockerignore',
      { Dockerfile: node('COPY . .'), '.dockerignore': '*.md\n', 'node_modules/a/index.js': '' },
      ['dockerignore-gaps:2'],
    ],
    [
      'files that are judged by what is in them',
      {
        Dockerfile: node('COPY --exclude=.env . .', 'COPY docker.key /etc/apt/keyrings/docker.asc'),
        '.dockerignore': '.git\n',
        '.env': 'DB_PASSWORD=hunter22\n',
        '.npmrc': 'package-lock=false\n',
        'docker.key': '-----BEGIN PGP PUBLIC KEY BLOCK-----\n',
      },
      [],
    ],
    [
      'two ARGs on a line',
      { Dockerfile: 'ARG R=docker.io T=latest\nFROM ${R}/node:${T}\nUSER node\n' },
      ['latest-base:2'],
    ],
    [
      'what other linters find',
      { Dockerfile: node('RUN apk add curl', 'COPY --from=nginx /x /x', 'CMD npm start') },
      ['copy-from-unpinned:3', 'package-cache:2', 'shell-form-cmd:4'],
    ],
    [
      'a compose file beside',
      { Dockerfile: node(), 'compose.yaml': `services: { app: { environment: { API_TOKEN: ${token} } } }\n` },
      ['secret-in-compose:1'],
    ],
  ];
  it.each(cases)('%s', async (_, files, expected) => {
    const inputs = { image: 'registry.invalid/shop', tags: 'v1', lint: 'error', push: 'false', scan: 'false' };
    const { code, outputs, lines } = await buildNowhere(files, inputs);
    const found = (outputs.lint as { rule: string; line: number }[]).map(({ rule, line }) => `${rule}:${line}`);
    expect(found.sort(), lines.join('\n')).toEqual(expected);
    expect(code).toBe(expected.length ? 'LINT_FAILED' : 'ENGINE_UNREACHABLE');
    expect(lines.join('\n')).not.toContain(token);
  });
});
