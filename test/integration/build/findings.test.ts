import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type House, openHouse } from '../../support/house.ts';
import { npmPackages, shop } from '../../support/source.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

const clean = (...middle: string[]) =>
  ['FROM scratch', 'COPY root/ /', ...middle, 'USER 1000', 'HEALTHCHECK CMD ["/x"]', ''].join('\n');
const blocking = (outputs: Record<string, string>) => JSON.parse(outputs.vulnerabilities!).blocking;

describe('a secret in the image’s own configuration', () => {
  const key = `AKIA${'Q3EGRVWJ5TNKZ7PD'}`;
  const keep = ['ENV AWS_ACCESS_KEY_ID=', 'LABEL held='].map((line) => `${line}${key}`);
  const inputs = { scanners: 'vuln,secret', tags: 'v1', lint: 'off' };

  it('is named by its ENV or LABEL, once, in a registry with a port, and shown nowhere', async () => {
    const { path, image } = house.repository();
    const folder = house.source(shop({}, { Dockerfile: clean(...keep) }));
    const result = await house.build(folder, image, { ...inputs, 'report-dir': house.folder() });
    expect(result.outputs['error-code'], result.stdout).toBe('SCAN_BLOCKED');
    expect(
      blocking(result.outputs)
        .map((found: { package: string }) => found.package)
        .sort(),
    ).toEqual(['ENV AWS_ACCESS_KEY_ID', 'LABEL held']);
    const sarif = readFileSync(result.outputs.sarif!, 'utf8');
    expect(JSON.parse(sarif).runs[0].results).toHaveLength(2);
    const seen = [
      result.stdout.replace(/^::add-mask::.*$/gm, ''),
      result.summary,
      JSON.stringify(result.outputs),
      sarif,
      readFileSync(result.outputs.report!, 'utf8'),
    ];
    // What the builder printed of its steps came before the scan knew of the key; lint is what tells of it in time.
    expect(seen.slice(1).join('\n')).not.toContain(key);
    expect(await house.registry.tags(path)).toEqual([]);
  });

  it('is waived by a baseline that has it', async () => {
    const base = house.repository().image;
    const { image } = house.repository();
    await house.build(house.source(shop({}, { Dockerfile: clean(...keep) })), base, { ...inputs, scan: 'false' });
    const child = `FROM ${base}:v1\nCOPY root/app/server.js /other.js\n`;
    const folder = house.source(shop({}, { Dockerfile: child }));
    const result = await house.build(folder, image, { ...inputs, 'scan-baseline': `${base}:v1` });
    expect(result.errors, result.stdout).toEqual([]);
    expect(JSON.parse(result.outputs.vulnerabilities!).waived.baseline).toBe(2);
  });
});

describe('a baseline', () => {
  it('passes what is its own, not the same at another path or in another version', async () => {
    const base = house.repository().image;
    const { image } = house.repository();
    await house.build(house.source(shop({ lodash: '4.17.4' })), base, { scan: 'false', tags: 'base' });
    const build = (lines: string[], files: Record<string, string>) =>
      house.build(
        house.source(shop({}, { Dockerfile: [`FROM ${base}:base`, ...lines, ''].join('\n'), ...files })),
        image,
        { tags: 'v1', push: 'false', 'scan-baseline': `${base}:base`, 'report-dir': house.folder() },
      );
    const copied = (version: string) => ({ 'own/package.json': `{"name":"lodash","version":"${version}"}` });
    const own = await build(['COPY root/app/server.js /other.js'], {});
    expect(own.errors, own.stdout).toEqual([]);
    expect(own.summary).toContain('Compared with');
    for (const [to, version] of [
      ['/srv/node_modules/lodash/', '4.17.4'],
      ['/app/node_modules/lodash/', '4.17.10'],
    ] as const) {
      const result = await build([`COPY own/package.json ${to}`], copied(version));
      expect(result.outputs['error-code'], `${to} ${version}\n${result.stdout}`).toBe('SCAN_BLOCKED');
      expect(blocking(result.outputs)).toMatchObject([
        { id: 'CVE-2019-10744', installed: version, places: 1, from: `COPY own/package.json ${to}` },
      ]);
      expect(result.stdout).toMatch(
        /::warning title=CVE-2019-10744 in lodash,file=Dockerfile,line=2::CRITICAL CVE-2019-10744 in lodash 4\.17\.\d+ → 4\.17\.12/,
      );
    }
  });
});

describe('SARIF', () => {
  it('holds what code scanning takes, every finding of the gate first', async () => {
    const { image } = house.repository();
    const many = Object.fromEntries(
      Array.from({ length: 5200 }, (_, i) => [
        `root/app/p${i}/node_modules/lodash/package.json`,
        '{"name":"lodash","version":"4.17.11"}',
      ]),
    );
    const folder = house.source({ ...shop({ request: '2.88.2' }), ...many }, { git: false });
    const result = await house.build(folder, image, { tags: 'v1', push: 'false', 'report-dir': house.folder() });
    expect(result.outputs['error-code'], result.stdout.slice(-3000)).toBe('SCAN_BLOCKED');
    expect(blocking(result.outputs)).toMatchObject([
      { id: 'CVE-2019-10744', places: 5200 },
      { id: 'CVE-2023-28155', places: 1 },
    ]);
    const { results } = JSON.parse(readFileSync(result.outputs.sarif!, 'utf8')).runs[0];
    expect(results).toHaveLength(5000);
    expect(new Set(results.map(({ ruleId }: { ruleId: string }) => ruleId)).size).toBe(2);
    expect(result.stdout).toContain('::warning::SARIF holds 5000 of 5201 places');
    expect(result.stdout.length).toBeLessThan(100_000);
  });
});

describe('ignore files and VEX', () => {
  it('are refused before the build where they can’t be understood', async () => {
    const { image } = house.repository();
    const folder = house.source(shop({}));
    const cases: [string, string, RegExp][] = [
      ['misspelt.yaml', 'vulnerabilites:\n  - id: CVE-2019-10744\n', /vulnerabilities/],
      ['typo.yaml', 'vulnerabilities:\n  - id: CVE-2019-10744\n    expired-at: 2020-01-01\n', /expired_at/],
      ['.trivyignore', 'vulnerabilities:\n  - id: CVE-2019-10744\n', /\.trivyignore\.yaml/],
    ];
    for (const [name, text, words] of cases) {
      writeFileSync(join(folder, name), text);
      const result = await house.build(folder, image, { tags: 'v1', 'ignore-file': name });
      expect(result.outputs['error-code'], result.stdout).toBe('INPUT_INVALID');
      expect(result.errors[0]).toMatch(words);
      expect(result.stdout).not.toContain('Building with');
    }
  });

  it('about this image are applied; what matches nothing is said once', async () => {
    const { image } = house.repository();
    const folder = house.source(shop({ lodash: '4.17.4' }));
    writeFileSync(join(folder, '.trivyignore'), 'CVE-2020-0001\nCVE-2020-0002\n');
    const url = encodeURIComponent(image);
    const statement = {
      '@context': 'https://openvex.dev/ns/v0.2.0',
      '@id': 'https://example.com/vex/1',
      author: 'test',
      timestamp: '2026-01-01T00:00:00Z',
      version: 1,
      statements: [
        {
          vulnerability: { name: 'CVE-2019-10744' },
          products: [{ '@id': `pkg:oci/${image.split('/').at(-1)}@sha256:00?repository_url=${url}` }],
          status: 'not_affected',
          justification: 'vulnerable_code_not_in_execute_path',
        },
        {
          vulnerability: { name: 'CVE-2018-16487' },
          products: [{ '@id': 'pkg:npm/lodsh@4.17.4' }],
          status: 'not_affected',
          justification: 'component_not_present',
        },
      ],
    };
    writeFileSync(join(folder, 'vex.json'), JSON.stringify(statement));
    const result = await house.build(folder, image, { push: 'false', tags: 'v1', vex: 'vex.json' });
    expect(result.errors, result.stdout).toEqual([]);
    expect(JSON.parse(result.outputs.vulnerabilities!)).toMatchObject({
      counts: { CRITICAL: 0 },
      waived: { ignored: 1 },
    });
    const warnings = result.stdout.split('\n').filter((line) => line.startsWith('::warning'));
    expect(warnings.filter((line) => line.includes('CVE-2020-0001, CVE-2020-0002'))).toHaveLength(1);
    expect(warnings.filter((line) => line.includes('pkg:npm/lodsh@4.17.4'))).toHaveLength(1);
  });

  it('leave out folders and files on request, and the summary says so', async () => {
    const { image } = house.repository();
    const folder = house.source({ ...shop({ lodash: '4.17.4' }), ...npmPackages({}) });
    const result = await house.build(folder, image, {
      push: 'false',
      tags: 'v1',
      'skip-dirs': 'app/node_modules\nopt',
      'skip-files': 'etc/x',
    });
    expect(result.errors, result.stdout).toEqual([]);
    expect(result.summary).toContain('Not looked at: `app/node_modules`, `opt`, `etc/x`');
  });
});

describe('lint of the built image', () => {
  it('finds nothing in a child of a base with user and health check, and stops one without before it is pushed', async () => {
    const base = house.repository().image;
    const { path, image } = house.repository();
    await house.build(house.source(shop({})), base, { scan: 'false', tags: 'good' });
    await house.build(house.source(shop({}, { Dockerfile: 'FROM scratch\nCOPY root/ /\n' })), base, {
      scan: 'false',
      lint: 'off',
      tags: 'bad',
    });
    const build = (tag: string) =>
      house.build(house.source(shop({}, { Dockerfile: `FROM ${base}:${tag}\nCOPY root/app/server.js /y\n` })), image, {
        lint: 'error',
        tags: tag,
        scan: 'false',
      });
    const good = await build('good');
    expect(good.errors, good.stdout).toEqual([]);
    expect(good.outputs.lint).toBe('[]');
    const bad = await build('bad');
    expect(bad.outputs['error-code'], bad.stdout).toBe('LINT_FAILED');
    expect(bad.stdout).toContain('Building with');
    expect(
      JSON.parse(bad.outputs.lint!)
        .map(({ rule }: { rule: string }) => rule)
        .sort(),
    ).toEqual(['no-healthcheck', 'root-user']);
    expect(await house.registry.tags(path)).toEqual(['good']);
  });
});

const TOKEN = 'ghs_0123456789abcdefghij';

/** Deployments and code scanning of acme/shop as GitHub's API has them; anyone without the token gets a 403. */
class Github {
  sha = '';
  refuse = '';
  uploads: { ref: string; commit_sha: string; sarif: unknown }[] = [];
  readonly #server: Server;

  constructor() {
    this.#server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const answer = this.#answer(
        `${request.method} ${request.url}`,
        request.headers,
        Buffer.concat(chunks).toString(),
      );
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer.json));
    });
  }

  #answer(call: string, headers: NodeJS.Dict<string | string[]>, body: string): { status: number; json: unknown } {
    if (!headers['user-agent'] || headers.authorization !== `Bearer ${TOKEN}`) {
      return { status: 403, json: { message: 'Resource not accessible by integration' } };
    }
    if (/^GET \/repos\/acme\/shop\/deployments\?environment=production/.test(call)) {
      return { status: 200, json: [{ id: 9, sha: 'f'.repeat(40) }, ...(this.sha ? [{ id: 8, sha: this.sha }] : [])] };
    }
    if (call.startsWith('GET /repos/acme/shop/deployments/9/statuses'))
      return { status: 200, json: [{ state: 'failure' }] };
    if (call.startsWith('GET /repos/acme/shop/deployments/8/statuses'))
      return { status: 200, json: [{ state: 'success' }] };
    if (call === 'POST /repos/acme/shop/code-scanning/sarifs') {
      if (this.refuse) return { status: 403, json: { message: this.refuse } };
      const given = JSON.parse(body) as { commit_sha: string; ref: string; sarif: string };
      if (!/^[0-9a-f]{40}$/.test(given.commit_sha) || !given.ref.startsWith('refs/')) {
        return { status: 400, json: { message: 'Bad Request' } };
      }
      this.uploads.push({ ...given, sarif: JSON.parse(gunzipSync(Buffer.from(given.sarif, 'base64')).toString()) });
      return { status: 202, json: { id: 'abc' } };
    }
    if (call === 'GET /repos/acme/shop/code-scanning/sarifs/abc')
      return { status: 200, json: { processing_status: 'complete' } };
    return { status: 404, json: { message: 'Not Found' } };
  }

  async start(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

describe('GitHub', () => {
  const github = new Github();
  let env: Record<string, string>;
  beforeAll(async () => {
    env = {
      GITHUB_API_URL: await github.start(),
      GITHUB_REPOSITORY: 'acme/shop',
      GITHUB_REF: 'refs/heads/main',
      GITHUB_REF_NAME: 'main',
      GITHUB_REF_TYPE: 'branch',
    };
  });
  afterAll(() => github.stop());
  const commit = (folder: string) =>
    execFileSync('git', ['-C', folder, 'rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();

  it('says what is deployed, and the gate asks for no more than that', async () => {
    const { image } = house.repository();
    const old = house.source(shop({ lodash: '4.17.4' }));
    const run = (folder: string, inputs: Record<string, string> = {}) =>
      house.build(
        folder,
        image,
        { 'scan-baseline': 'deployed', 'github-token': TOKEN, ...inputs },
        { env: { ...env, GITHUB_SHA: commit(folder) } },
      );
    await run(old, { scan: 'false' });
    const folder = house.source(shop({ lodash: '4.17.4' }, { 'root/more': 'x' }));
    const unknown = await run(folder, { push: 'false' });
    expect(unknown.outputs['error-code'], unknown.stdout).toBe('SCAN_BLOCKED');
    expect(unknown.stdout).toContain('no deployment of production has succeeded yet');
    github.sha = commit(old);
    const known = await run(folder, { push: 'false' });
    expect(known.errors, known.stdout).toEqual([]);
    expect(JSON.parse(known.outputs.vulnerabilities!).waived.baseline).toBe(1);
  });

  it('gets SARIF, and what it refuses is told as it is', async () => {
    const { image } = house.repository();
    const folder = house.source(shop({ lodash: '4.17.4' }));
    const run = (token: string) =>
      house.build(
        folder,
        image,
        { push: 'false', 'upload-sarif': 'true', 'github-token': token },
        { env: { ...env, GITHUB_SHA: commit(folder) } },
      );
    const sent = await run(TOKEN);
    expect(sent.outputs['error-code'], sent.stdout).toBe('SCAN_BLOCKED');
    expect(sent.stdout).toContain('SARIF is uploaded');
    expect(github.uploads).toMatchObject([
      {
        ref: 'refs/heads/main',
        commit_sha: commit(folder),
        sarif: { runs: [{ results: [{ ruleId: 'CVE-2019-10744' }] }] },
      },
    ]);
    github.refuse = 'Advanced Security must be enabled for this repository to use code scanning.';
    const poor = await run(TOKEN);
    expect(poor.stdout).toMatch(/::warning::SARIF was not uploaded: this repository's plan has no code scanning/);
    expect(poor.errors).toHaveLength(1);
  });
});
