import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type House, openHouse } from '../../support/house.ts';
import { type Registry, startRegistry } from '../../support/registry.ts';
import { CLEAN_DOCKERFILE, shop } from '../../support/source.ts';
import { startTokenRegistry } from '../../support/token-registry.ts';
import { trivyPath } from '../../support/trivy.ts';
import { pushDatabase } from '../../support/vulndb/database.ts';

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house.close());

function script(body: string): string {
  const file = join(house.folder(), 'trivy');
  writeFileSync(file, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return file;
}

/** Writes `report` where the action asked for it, and ends well. */
const writes = (report: string) =>
  script(`while [ $# -gt 0 ]; do [ "$1" = --output ] && out=$2; shift; done\ncat >"$out" <<'END'\n${report}\nEND`);

describe('a scanner that broke is an error of its own, and nothing is pushed', () => {
  const broken: [string, () => Record<string, string>][] = [
    ['ends with 1', () => ({ 'trivy-path': script('echo "FATAL out of memory" >&2; exit 1') })],
    ['writes no report', () => ({ 'trivy-path': script('exit 0') })],
    ['writes garbage', () => ({ 'trivy-path': writes('<html>') })],
    ['writes JSON that is no report', () => ({ 'trivy-path': writes('{}') })],
    [
      'reports on another image',
      () => ({ 'trivy-path': writes('{"SchemaVersion":2,"ArtifactName":"x","Metadata":{"ImageID":"sha256:0"}}') }),
    ],
    ['is not there', () => ({ 'trivy-path': '/nowhere/trivy' })],
    ['gets no database', () => ({ 'trivy-db-repository': '127.0.0.1:1/nowhere/trivy-db:2' })],
  ];
  it.each(broken)('%s', async (_, inputs) => {
    const { path, image } = house.repository();
    const result = await house.build(house.source(shop({})), image, { tags: 'v1', ...inputs() });
    expect(result.outputs['error-code'], result.stdout).toBe('SCAN_FAILED');
    expect(result.exitCode).toBe(1);
    expect(result.errors).toHaveLength(1);
    expect(result.outputs).toMatchObject({ image: '', digest: '', blocked: '', vulnerabilities: '' });
    expect(await house.registry.tags(path)).toEqual([]);
  });

  it('knows no secret of ours', async () => {
    const { image } = house.repository();
    const seen = join(house.folder(), 'seen');
    const spy = script(`env >>${seen}; echo "$@" >>${seen}\nexec ${trivyPath()} "$@"`);
    const asks = 'FROM scratch AS never\nRUN --mount=type=secret,id=npm ["/x"]\n';
    const result = await house.build(
      house.source(shop({}, { Dockerfile: `${asks}${CLEAN_DOCKERFILE}` })),
      image,
      {
        tags: 'v1',
        'trivy-path': spy,
        'github-token': 'ghs_topsecret',
        secrets: 'npm=npmsecret',
        'build-args': 'A=argvalue',
      },
      {
        env: { GITHUB_TOKEN: 'ghs_other', ACTIONS_RUNTIME_TOKEN: 'runtimesecret', AWS_SECRET_ACCESS_KEY: 'awssecret' },
      },
    );
    expect(result.errors, result.stdout).toEqual([]);
    const told = readFileSync(seen, 'utf8');
    expect(told).toContain('--format json');
    expect(told).not.toMatch(/secret\b|ghs_|INPUT_|ACTIONS_|GITHUB_|argvalue/);
  });
});

describe('Trivy’s archive', () => {
  it('is refused when it is not the pinned one, before it is unpacked', async () => {
    const { path, image } = house.repository();
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end('not the archive');
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const cache = house.folder();
    const result = await house.build(
      house.source(shop({})),
      image,
      { tags: 'v1', 'trivy-path': '' },
      { env: { SEATRIAL_TRIVY_MIRROR: mirror, XDG_CACHE_HOME: cache } },
    );
    server.close();
    expect(result.outputs['error-code'], result.stdout).toBe('TRIVY_CHECKSUM');
    expect(asked).toEqual([expect.stringMatching(/^\/v0\.74\.0\/trivy_0\.74\.0_Linux-(64bit|ARM64)\.tar\.gz$/)]);
    expect(readdirSync(cache)).toEqual([]);
    expect(await house.registry.tags(path)).toEqual([]);
  });

  it('is asked for again when its server is busy, and not when it is not there', async () => {
    const { image } = house.repository();
    const statuses: number[] = [];
    let asked = 0;
    const server = createServer((_, response) => {
      asked++;
      response.writeHead(statuses.shift() ?? 404).end('no archive');
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const env = {
      SEATRIAL_TRIVY_MIRROR: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      XDG_CACHE_HOME: house.folder(),
      PATH: '/usr/bin:/bin',
    };
    const run = () => house.build(house.source(shop({})), image, { tags: 'v1', 'trivy-path': '' }, { env });
    statuses.push(503, 200);
    const busy = await run();
    expect(busy.outputs['error-code'], busy.stdout).toBe('TRIVY_CHECKSUM');
    expect(asked).toBe(2);
    const missing = await run();
    server.close();
    expect(missing.outputs['error-code'], missing.stdout).toBe('SCAN_FAILED');
    expect(missing.errors[0]).toContain('status 404, 1 tries');
    expect(asked).toBe(3);
  });
});

describe('the vulnerability database', () => {
  it('is kept between runs and used while it is the newest', async () => {
    const { image } = house.repository();
    const seen = join(house.folder(), 'seen');
    const spy = script(`echo "$@" >>${seen}\nexec ${trivyPath()} "$@"`);
    const folder = house.source(shop({ lodash: '4.17.4' }));
    const env = { XDG_CACHE_HOME: house.folder() };
    const database = `${house.registry.host}/db-${randomBytes(4).toString('hex')}`;
    const inputs = { push: 'false', tags: 'v1', 'trivy-path': spy, 'trivy-db-repository': database };
    const scans = () =>
      readFileSync(seen, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('image '));
    await pushDatabase(database, new Date(Date.now() - 5 * 3_600_000));
    for (const age of [5, 5]) {
      const result = await house.build(folder, image, inputs, { env });
      expect(result.outputs['error-code'], result.stdout).toBe('SCAN_BLOCKED');
      expect(JSON.parse(result.outputs.vulnerabilities!).db.ageHours).toBeCloseTo(age, 0);
    }
    expect(scans().map((line) => line.includes('--skip-db-update'))).toEqual([false, true]);
    await pushDatabase(database);
    const newer = await house.build(folder, image, inputs, { env });
    expect(JSON.parse(newer.outputs.vulnerabilities!).db.ageHours).toBeLessThan(1);
    expect(scans().at(-1)).not.toContain('--skip-db-update');
  });
});

describe('a registry with a login', () => {
  let locked: Registry;
  const login = {
    username: 'sailor',
    password: 'correct horse battery',
    // bcrypt of that password
    htpasswd: '$2b$04$f5mjQQ9yxwFe8zMAcpTaQ.l40J9ESGM6eGTbcaUs2cNMM5jC04izS',
  };
  beforeAll(async () => {
    locked = await startRegistry(login);
  });
  afterAll(() => locked.stop());

  it('stops the run before the build when it refuses', async () => {
    const image = `${locked.host}/shop`;
    for (const password of ['wrong password', undefined]) {
      const given: Record<string, string> = password ? { username: login.username, password } : {};
      const result = await house.build(house.source(shop({})), image, { tags: 'v1', ...given });
      expect(result.outputs['error-code'], result.stdout).toBe('REGISTRY_LOGIN');
      expect(result.stdout).not.toContain('Building with');
    }
  });

  it('takes the push with it; the password is in no file, neither during the run nor after it', async () => {
    const image = `${locked.host}/shop`;
    const home = house.folder();
    const temp = house.folder();
    mkdirSync(join(home, 'cli-plugins'));
    writeFileSync(join(home, 'config.json'), '{"auths":{}}');
    const { username, password } = login;
    const seen = join(house.folder(), 'seen');
    const coded = Buffer.from(`${username}:${password}`).toString('base64');
    const spy = script(
      `echo looked >>${seen}; grep -rl -e '${password}' -e '${coded}' ${temp} >>${seen}\nexec ${trivyPath()} "$@"`,
    );
    const result = await house.build(
      house.source(shop({})),
      image,
      { tags: 'v1', username, password, 'trivy-path': spy },
      { env: { DOCKER_CONFIG: home, RUNNER_TEMP: temp } },
    );
    expect(result.errors, result.stdout).toEqual([]);
    expect(new Set(readFileSync(seen, 'utf8').trim().split('\n'))).toEqual(new Set(['looked']));
    expect((await locked.manifest('shop', 'v1')).digest).toBe(result.outputs.digest);
    expect(readFileSync(join(home, 'config.json'), 'utf8')).toBe('{"auths":{}}');
    const left = readdirSync(temp, { recursive: true }).map(String);
    expect(left.filter((name) => /config\.json|docker/.test(name))).toEqual([]);
    expect(result.stdout.replace(/^::add-mask::.*$/gm, '')).not.toContain(password);
  });
});

describe('a login that docker keeps', () => {
  const homeWith = (auths: object) => {
    const home = house.folder();
    mkdirSync(join(home, 'cli-plugins'));
    writeFileSync(join(home, 'config.json'), JSON.stringify({ auths }));
    return { env: { DOCKER_CONFIG: home } };
  };
  const coded = (user: string, password: string) => Buffer.from(`${user}:${password}`).toString('base64');

  it('under a key with scheme and path, as old clients wrote it, pushes', async () => {
    const [username, password] = ['sailor', 'correct horse battery'];
    const htpasswd = '$2b$04$f5mjQQ9yxwFe8zMAcpTaQ.l40J9ESGM6eGTbcaUs2cNMM5jC04izS';
    const locked = await startRegistry({ username, password, htpasswd });
    try {
      const kept = homeWith({ [`http://${locked.host}/v2/`]: { auth: coded(username, password) } });
      const result = await house.build(house.source(shop({})), `${locked.host}/shop`, { tags: 'v1' }, kept);
      expect(result.errors, result.stdout).toEqual([]);
      expect((await locked.manifest('shop', 'v1')).digest).toBe(result.outputs.digest);
    } finally {
      await locked.stop();
    }
  });

  it('as an identity token, as Azure’s command line leaves it, pushes', async () => {
    const azure = await startTokenRegistry('refresh');
    try {
      const nobody = coded('00000000-0000-0000-0000-000000000000', '');
      const kept = homeWith({ [azure.host]: { auth: nobody, identitytoken: 'refresh' } });
      const result = await house.build(house.source(shop({})), `${azure.host}/shop`, { tags: 'v1' }, kept);
      expect(result.errors, result.stdout).toEqual([]);
      expect(new Set(azure.grants)).toEqual(new Set(['refresh_token']));
      expect((await azure.manifest('shop', 'v1')).digest).toBe(result.outputs.digest);
    } finally {
      await azure.stop();
    }
  });
});

// Those that need neither an engine nor Trivy: test/unit/build/mistakes.test.ts.
describe('mistakes are said before anything is touched', () => {
  const cases: [string, Record<string, string>, string, RegExp][] = [
    ['a severity nobody knows', { severity: 'SEVERE' }, 'INPUT_INVALID', /^INPUT_INVALID: severity: .*CRITICAL/],
    ['a Trivy of another version', { 'trivy-version': '0.72.0' }, 'TRIVY_VERSION', /Trivy 0\.74\.0.*0\.72\.0/],
    ['a baseline that is nowhere', { 'scan-baseline': '127.0.0.1:1/none:v1' }, 'SCAN_FAILED', /scan-baseline/],
    ['attestations in the engine', { attests: 'type=provenance' }, 'NOT_SUPPORTED', /setup-buildx/],
    ['several platforms in the engine', { platforms: 'linux/amd64\nlinux/arm64' }, 'NOT_SUPPORTED', /setup-buildx/],
  ];
  it.each(cases)('%s', async (_, inputs, code, message) => {
    const { path, image } = house.repository();
    const folder = house.source(shop({}));
    const result = await house.build(folder, image, { tags: 'v1', ...inputs });
    expect(result.outputs['error-code'], result.stdout).toBe(code);
    expect(result.errors).toHaveLength(1);
    expect(result.errors[0]).toMatch(message);
    expect(result.stdout).not.toContain('Building with');
    expect(await house.registry.tags(path)).toEqual([]);
  });

  it('a registry without TLS that the engine does not know as one', async () => {
    const address = Object.values(networkInterfaces())
      .flat()
      .find((one) => one?.family === 'IPv4' && !one.internal)?.address;
    const server = createServer((_, response) => response.end('{}'));
    await new Promise<void>((done) => server.listen(0, address, done));
    const registry = `${address}:${(server.address() as AddressInfo).port}`;
    const inputs = { tags: 'v1', registry: `http://${registry}` };
    const result = await house.build(house.source(shop({})), `${registry}/shop`, inputs);
    server.close();
    expect(result.outputs['error-code'], result.stdout).toBe('NOT_SUPPORTED');
    expect(result.errors[0]).toContain('insecure-registries');
    expect(result.stdout).not.toContain('Building with');
  });

  it('needs tags where there is no git', async () => {
    const { image } = house.repository();
    const folder = house.source(shop({}), { git: false });
    const result = await house.build(folder, image);
    expect(result.outputs['error-code'], result.stdout).toBe('TAGS_NEEDED');
  });
});

describe('a build that fails', () => {
  it('is BUILD_FAILED with what the builder said', async () => {
    const { path, image } = house.repository();
    const folder = house.source(shop({}, { Dockerfile: 'FROM scratch\nCOPY not-there /\n' }));
    const result = await house.build(folder, image, { tags: 'v1' });
    expect(result.outputs['error-code'], result.stdout).toBe('BUILD_FAILED');
    expect(result.errors).toHaveLength(1);
    expect(result.errors[0]).toMatch(/not-there.*not found/s);
    expect(await house.registry.tags(path)).toEqual([]);
  });

  it('says when there is no engine', async () => {
    const { image } = house.repository();
    const result = await house.build(
      house.source(shop({})),
      image,
      { tags: 'v1' },
      { env: { DOCKER_HOST: 'unix:///nowhere' } },
    );
    expect(result.outputs['error-code'], result.stdout).toBe('ENGINE_UNREACHABLE');
  });
});
