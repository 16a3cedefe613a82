import { describe, expect, it } from 'vitest';
import { COMPOSE_FILE, secretsInCompose } from '../../../src/build/lint/compose.ts';
import { chainOf, parseDockerfile } from '../../../src/build/lint/dockerfile.ts';
import { ignores } from '../../../src/build/lint/ignore.ts';
import { type LintContext, lint } from '../../../src/build/lint/rules.ts';

const clean = ['FROM node:24.1@sha256:abc', 'COPY src/ /app/', 'USER node', 'HEALTHCHECK CMD ["/x"]'];
const rules = (lines: string[], context: Partial<LintContext> = {}) =>
  lint(parseDockerfile(lines.join('\n')), { dockerignore: '.git\n', files: [], ...context }).map(
    ({ rule, line }) => `${rule}:${line}`,
  );
/** The clean Dockerfile with one line put in after FROM. */
const withLine = (line: string) => [clean[0]!, line, ...clean.slice(1)];

describe('lint', () => {
  it('has nothing to say of a clean one', () => {
    expect(rules(clean)).toEqual([]);
  });

  it.each([
    ['no .dockerignore', withLine('COPY . /app'), { dockerignore: undefined }, ['no-dockerignore:0']],
    [
      'no .dockerignore, and a folder copied',
      clean,
      { dockerignore: undefined, files: ['src/app.js'] },
      ['no-dockerignore:0'],
    ],
    ['no health check on no base', ['FROM scratch', ...clean.slice(1, 3)], {}, ['no-healthcheck:0']],
    ['health check switched off', [...clean, 'HEALTHCHECK NONE'], {}, ['no-healthcheck:5']],
    ['no user on no base', ['FROM scratch', clean[1]!, clean[3]!], {}, ['root-user:1']],
    ['root by ARG', [clean[0]!, 'ARG U=root', 'USER ${U}', clean[3]!], {}, ['root-user:3']],
    [
      'root by ARG of the whole',
      ['ARG U=0', clean[0]!, 'ARG U', 'ENV W=$U', 'USER $W', clean[3]!],
      {},
      ['root-user:5'],
    ],
    ['root by number', [...clean, 'USER 0:0'], {}, ['root-user:5']],
    ['no tag', ['FROM node', ...clean.slice(1)], {}, ['latest-base:1']],
    ['latest', ['FROM --platform=linux/amd64 reg:5000/node:latest AS x', ...clean.slice(1)], {}, ['latest-base:1']],
    ['latest by ARG', ['ARG TAG=latest', 'FROM node:${TAG}', ...clean.slice(1)], {}, ['latest-base:2']],
    ['secret in ENV', withLine('ENV A=1 DB_PASSWORD="hunter2"'), {}, ['secret-in-env:2']],
    ['secret in old ENV', withLine('ENV API_KEY abc def'), {}, ['secret-in-env:2']],
    ['secret in camel case', withLine('ENV stripeSecretKey=abc'), {}, ['secret-in-env:2']],
    ['a key by its looks', withLine(`ENV THING=AKIA${'ABCDEFGHIJKLMNOP'}`), {}, ['secret-in-env:2']],
    ['secret in ARG', withLine('ARG NPM_TOKEN'), {}, ['secret-in-arg:2']],
    ['secret ARG before FROM', ['ARG GIT_TOKEN', ...clean], {}, ['secret-in-arg:1']],
    ['secret in a second line', withLine('ENV A=1 \\\n  # why\n  B_TOKEN=x'), {}, ['secret-in-env:2']],
    ['.env copied', withLine('COPY --chown=1:1 .env /app/'), {}, ['secret-copied:2']],
    ['.env copied, JSON form', withLine('COPY ["config/.env.prod", "/app/"]'), {}, ['secret-copied:2']],
    [
      '.env along with all',
      withLine('COPY . /app'),
      { files: ['.env', 'src', 'id_rsa'] },
      ['secret-copied:2', 'secret-copied:2'],
    ],
    ['apt lists', withLine('RUN apt-get update && apt-get install -y curl'), {}, ['apt-lists:2']],
    [
      'apt lists, here-document',
      withLine('RUN <<EOF\napt-get update\napt-get install -y curl\nEOF'),
      {},
      ['apt-lists:2'],
    ],
    ['a password in a URL', withLine('ENV DATABASE_URL=postgres://shop:hunter2@db/shop'), {}, ['secret-in-env:2']],
    ['a short name', withLine('ENV DB_PASS=hunter2 DBPASSWORD=x'), {}, ['secret-in-env:2', 'secret-in-env:2']],
    ['secret kept for the next image', withLine('ONBUILD ENV API_TOKEN=abc'), {}, ['secret-in-env:2']],
    ['secret in a folder copied', withLine('COPY config/ /app/'), { files: ['config/prod/.env'] }, ['secret-copied:2']],
    ['secret by a pattern', withLine('COPY config/*.key /app/'), { files: ['config/tls.key'] }, ['secret-copied:2']],
    ['a name with dashes within', withLine('COPY my--tls.key /app/'), {}, ['secret-copied:2']],
    ['secret written', withLine('COPY <<EOF /app/.conf\nuser=shop\npassword=hunter2\nEOF'), {}, ['secret-copied:2']],
    ['secret in a build argument', clean, { buildArgs: new Map([['NPM_TOKEN', 'x']]) }, ['secret-in-build-arg:0']],
    [
      'secret in a declared build argument, once',
      withLine('ARG NPM_TOKEN'),
      { buildArgs: new Map([['NPM_TOKEN', 'x']]) },
      ['secret-in-arg:2'],
    ],
    [
      'lists beside a cached download',
      withLine('RUN --mount=type=cache,target=/var/cache/apt apt-get update && apt-get install -y curl'),
      {},
      ['apt-lists:2'],
    ],
    ['another escape', ['# escape=`', ...withLine('ENV A=1 `\n  B_TOKEN=x')], {}, ['secret-in-env:3']],
    ['no directive after a comment', ['# why', '# escape=`', ...withLine('ENV A=1 `\n  B_TOKEN=x')], {}, []],
    [
      'a here-string and a shift, which are no here-documents',
      [clean[0]!, 'RUN cat <<<EOF', 'RUN echo $((1 <<2))', 'USER root', clean[3]!],
      {},
      ['root-user:4'],
    ],
  ])('%s', (_, lines, context, expected) => {
    expect(rules(lines, context)).toEqual(expected);
  });

  it.each([
    ['a file named, not held', withLine('ENV DB_PASSWORD_FILE=/run/secrets/db TOKEN_TTL=60')],
    ['an empty placeholder', withLine('ENV DB_PASSWORD=')],
    ['an ignored .env', withLine('COPY . /app')],
    ['an example', withLine('COPY .env.example /app/')],
    ['from another stage', ['FROM a:1 AS work', 'FROM b:2', 'COPY --from=work /x/.env /', ...clean.slice(2)]],
    ['lists removed', withLine('RUN apt-get update && apt-get install -y curl \\\n && rm -rf /var/lib/apt/lists/*')],
    ['an empty line within', withLine('RUN apt-get update \\\n\n && rm -rf /var/lib/apt/lists/*')],
    ['a slash that is none', withLine('RUN echo x\\\\')],
    ['a mount in another order', withLine('RUN --mount=target=/var/lib/apt,type=cache apt-get install -y curl')],
    ['a key that is fetched', withLine('ADD --checksum=sha256:abc https://example.com/release.key /k')],
    ['a user filled in', [clean[0]!, 'ARG U=root', 'ARG U=1000', 'USER $U', clean[3]!]],
    ['an address without password', withLine('ENV API_URL=https://api.example.com:8443/x@y')],
    ['a password filled in later', withLine('ENV DATABASE_URL=postgres://shop:${PASS}@db/shop')],
    ['lists in a cache mount', withLine('RUN --mount=type=cache,target=/var/lib/apt apt-get install -y curl')],
    ['lists in a stage that is thrown away', ['FROM a:1 AS work', 'RUN apt-get update', ...clean]],
    ['a stage as base', ['FROM a:1 AS base', 'USER 1', 'HEALTHCHECK CMD ["/x"]', 'FROM base', 'COPY src /app']],
    ['a base that is no root', ['FROM gcr.io/distroless/static:nonroot', 'HEALTHCHECK CMD ["/x"]']],
    [
      'a waiver with its rule',
      ['FROM a:1', 'HEALTHCHECK CMD ["/x"]', 'USER app', '# seatrial-ignore: secret-in-arg', 'ARG X_TOKEN'],
    ],
  ])('lets pass: %s', (_, lines) => {
    expect(rules(lines, { dockerignore: '.git\n.env\n', files: ['.env'] })).toEqual([]);
  });

  it('says of a stage that is thrown away what is true of it', () => {
    const file = parseDockerfile(['FROM a:1 AS work', 'ARG NPM_TOKEN', ...clean].join('\n'));
    const [found] = lint(file, { dockerignore: '', files: [] });
    expect(found?.why).toBe('NPM_TOKEN looks like a secret: it stays in the layers and caches of its stage.');
  });

  it('looks at the stage that is built', () => {
    const file = parseDockerfile(['FROM a:1 AS prod', 'USER 1', 'FROM prod AS test', 'USER root'].join('\n'));
    expect(chainOf(file, 'prod').map(({ name }) => name)).toEqual(['prod']);
    expect(chainOf(file).map(({ name }) => name)).toEqual(['prod', 'test']);
  });
});

describe('a compose file', () => {
  const compose = (lines: string[]) =>
    secretsInCompose('compose.yaml', lines.join('\n')).map(({ line, why }) => `${line} ${why.split(' ')[0]}`);

  it('has secrets in environment and build arguments', () => {
    const text = [
      'services:',
      '  db:',
      '    image: postgres:17',
      '    environment:',
      '      POSTGRES_PASSWORD: s3cr3t-of-ours',
      '      POSTGRES_USER: shop',
      '  app:',
      '    build: { context: ., args: { NPM_TOKEN: npm_abcdefghijklmnopqrstuvwxyz0123456789 } }',
      '    environment:',
      '      - DATABASE_URL=postgres://shop:s3cr3t-of-ours@db/shop',
      '      - LOG_LEVEL=debug',
    ];
    expect(compose(text).sort()).toEqual(['10 DATABASE_URL', '5 POSTGRES_PASSWORD', '8 NPM_TOKEN']);
  });

  it.each([
    [
      'values from outside',
      ['services:', '  db:', '    environment:', '      POSTGRES_PASSWORD: ${DB_PASSWORD:-postgres}', '      A_TOKEN:'],
    ],
    [
      'the passwords of every example',
      ['services:', '  db:', '    environment:', '      - POSTGRES_PASSWORD=postgres'],
    ],
    ['a file of secrets', ['services:', '  db:', '    environment:', '      DB_PASSWORD_FILE: /run/secrets/db']],
    ['no services', ['a: 1']],
    ['no YAML', ['services: [']],
  ])('is let pass: %s', (_, lines) => {
    expect(compose(lines)).toEqual([]);
  });

  it.each([
    ['compose.yaml', true],
    ['docker-compose.prod.yml', true],
    ['docker-compose-dev.yaml', true],
    ['compose.json', false],
    ['decompose.yaml', false],
  ])('%s by its name: %s', (name, expected) => {
    expect(COMPOSE_FILE.test(name)).toBe(expected);
  });
});

describe('.dockerignore', () => {
  it.each([
    ['.env*', '.env.local', true],
    ['.env', 'sub/.env', false],
    ['**/.env', 'a/b/.env', true],
    ['**/.env', '.env', true],
    ['*\n!src', 'src', false],
    ['*\n!src', '.env', true],
    ['node_modules/', 'node_modules/x', true],
    ['# .env', '.env', false],
    ['/.env', '.env', true],
    ['.en[a-v]', '.env', true],
    ['.en[^v]', '.env', false],
    ['a[b', 'a[b', true],
  ])('%j and %s', (patterns, path, expected) => {
    expect(ignores(patterns)(path)).toBe(expected);
  });
});
