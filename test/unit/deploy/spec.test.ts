import { describe, expect, it } from 'vitest';
import { createOptions } from '../../../src/deploy/docker/containers.ts';
import { describe as words } from '../../../src/deploy/docker/facts.ts';
import { loginIsFor, loginOf, registryOf } from '../../../src/deploy/docker/image.ts';
import { type DockerSpec, specFrom, specWarnings } from '../../../src/deploy/docker/spec.ts';
import { readLabels, writeLabels } from '../../../src/deploy/docker/state/labels.ts';
import { schema } from '../../../src/deploy/inputs.ts';
import { compare } from '../../../src/deploy/release/plan.ts';
import { secretValues } from '../../../src/deploy/release/secrets.ts';
import { sameSpec } from '../../../src/deploy/release/spec.ts';
import { spec } from './samples.ts';

const differences = (from: DockerSpec, to: DockerSpec) => compare(words(from), words(to));
const good = { app: 'shop', image: 'shop:1', port: '3000', publish: '8080' };
const faults = (more: Record<string, string>) => {
  const result = schema.safeParse({ ...good, ...more });
  return result.success ? [] : result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
};

describe('inputs', () => {
  it('that fit together are taken', () => expect(faults({})).toEqual([]));
  it.each([
    [{ app: 'Shop_1' }, 'app: '],
    [{ image: '', publish: '' }, 'strategy: blue-green'],
    [{ publish: '80x' }, 'publish: '],
    [{ env: 'A=1\nB' }, 'env: entry 2 is not NAME=value'],
    [{ secrets: 'hunter2' }, 'secrets: entry 1 is not NAME=value'],
    [{ username: 'me' }, 'username: '],
    [{ 'canary-steps': '50%,20%' }, 'canary-steps: '],
    [{ 'canary-weight': '100%' }, 'canary-weight: '],
    [{ 'canary-weight': '0%' }, 'canary-weight: 0% lets nobody reach the candidate but testers'],
    [{ 'canary-steps': '0%,100%' }, 'canary-steps: '],
    [{ 'canary-match': 'header X-Canary: "1"' }, 'canary-match: "header X-Canary: "1"": the value may have'],
    [{ 'metrics-address': '9101' }, 'metrics-address: "9101" names no address'],
    [{ 'metrics-address': '127.0.0.1:8080' }, 'metrics-address: 127.0.0.1:8080 is the port of publish'],
    [{ 'canary-match': 'cookie a=1', sticky: 'true' }, 'canary-match: a sticky cookie'],
    [{ 'canary-match': 'cookie a=1', publish: '', strategy: 'recreate' }, 'canary-match: needs the edge'],
    [{ to: 'r1' }, 'to: '],
    [{ volumes: 'data:/data\nnonsense' }, 'volumes: "nonsense" is not a volume'],
    [{ command: 'status', to: 'r1' }, 'to: '],
    [{ edge: 'none' }, 'strategy: blue-green switches traffic at the edge'],
    [{ edge: 'none', strategy: 'recreate', replicas: '2' }, 'replicas: '],
    [{ 'health-path': 'healthz' }, 'must begin with a slash'],
    [{ 'compose-file': 'compose.yml', image: '', publish: '', edge: 'none' }, 'strategy: blue-green switches'],
    [{ cpus: 'many' }, 'cpus: '],
    [{ 'log-max-size': '10 parrots' }, 'log-max-size: '],
  ] as [Record<string, string>, string][])('%j are refused', (more, message) => {
    expect(faults(more).join('\n')).toContain(message);
  });
  it('a compose file publishes its port itself, and may have all that the edge can do', () => {
    const compose = { app: 'shop', 'compose-file': 'compose.yml', sticky: 'true', 'max-body': '1m', replicas: '2' };
    expect(schema.safeParse(compose).success).toBe(true);
    expect(schema.safeParse({ ...compose, image: 'registry.example.com/shop:1' }).success).toBe(true);
  });
  it('never quote a secret', () => expect(faults({ secrets: 'hunter2' }).join()).not.toContain('hunter2'));
  it('of the other commands need no image', () => {
    expect(schema.safeParse({ app: 'shop', command: 'rollback' }).success).toBe(true);
  });
});

describe('the spec', () => {
  const inputs = schema.parse({ ...good, env: 'A=1\nB=x=y', secrets: 'KEY=s3cret', labels: 'team=shop' });
  it('has the environment, and of secrets only the names', () => {
    const made = specFrom(inputs, '/');
    expect(made.env).toEqual({ A: '1', B: 'x=y' });
    expect(made.secrets).toEqual(['KEY']);
    expect(JSON.stringify(made)).not.toContain('s3cret');
    expect(secretValues(inputs).get('KEY')).toBe('s3cret');
  });
  it('is warned about where it is careless', () => {
    const said = specWarnings({
      ...spec,
      memory: undefined,
      env: { DB_PASSWORD: 'x' },
      health: { ...spec.health, path: undefined },
    }).join('\n');
    for (const word of ['memory', 'DB_PASSWORD', 'health-path']) expect(said).toContain(word);
    expect(specWarnings(spec)).toEqual([]);
    const url = { ...spec, env: { DATABASE: 'postgres://shop:s3cret-value@db/shop', DEBUG: 'yes' } };
    const secrets = new Map(Object.entries({ KEY: 's3cret-value', SHORT: 'yes' }));
    expect(specWarnings(url, secrets)).toEqual([expect.stringMatching(/looks like a secret \(DATABASE\)/)]);
  });
  it('is compared by names, and a changed value is told without its text', () => {
    const changes = differences(spec, { ...spec, env: { VERSION: 'v2-hidden' }, replicas: 3 });
    expect(changes).toEqual([
      { what: 'replicas', from: '1', to: '3' },
      { what: 'env values', from: '', to: 'changed: VERSION' },
    ]);
    expect(JSON.stringify(changes)).not.toContain('v2-hidden');
  });
  it('of a compose file is compared service by service, by names as well', () => {
    const file = (version: string, more: Record<string, string> = {}, memory = '512m') => {
      const web = { image: 'shop/web@sha256:1', environment: { VERSION: version, ...more }, mem_limit: 2 ** 29 };
      const services = { web, db: { image: 'shop/db:1', command: memory } };
      const project = { name: 'shop', services, networks: {}, volumes: {}, secrets: {}, configs: {} };
      return { ...spec, compose: { service: 'web', project, asked: { web: `shop/web:${version}` } } };
    };
    expect(differences(file('1'), file('2-hidden', { DEBUG: 'yes' }, '1g'))).toEqual([
      { what: 'web: image', from: 'shop/web:1', to: 'shop/web:2-hidden' },
      { what: 'web: env', from: 'VERSION', to: 'DEBUG, VERSION' },
      { what: 'db: settings', from: expect.stringMatching(/^\w{8}$/), to: expect.stringMatching(/^\w{8}$/) },
      { what: 'env values', from: '', to: 'changed: web.VERSION' },
    ]);
    expect(differences(file('1'), file('1'))).toEqual([]);
  });
});

describe('a container', () => {
  const labels = {
    app: 'shop',
    environment: 'production',
    release: 'r1',
    image: spec.image,
    spec,
    run: 'https://ci/1',
    actor: 'me',
    previous: '',
    slot: 'a',
    at: 'now',
  };
  it('has its labels, and they can be read back', () => {
    expect(readLabels(writeLabels(labels))).toEqual({
      ...labels,
      spec: expect.objectContaining({ image: spec.image }),
    });
    expect(readLabels({ 'io.seatrial.role': 'app', 'io.seatrial.spec': '{' })).toBeUndefined();
    expect(readLabels({})).toBeUndefined();
  });
  it("keeps the image's own health check, its rhythm and its start period, unless told otherwise", () => {
    const check = (health: Partial<typeof spec.health>) => {
      const changed = { ...labels, spec: { ...spec, health: { ...spec.health, ...health } } };
      return createOptions({ labels: changed, n: 1, publishItself: false }).Healthcheck;
    };
    expect(check({ command: undefined, startPeriodMs: 0 })).toBeUndefined();
    expect(check({ command: undefined, startPeriodMs: 30_000 })).toEqual({ StartPeriod: 30e9 });
    expect(check({ command: 'curl -f http://localhost', timeoutMs: 5000, startPeriodMs: 0 })).toEqual({
      Test: ['CMD-SHELL', 'curl -f http://localhost'],
      Timeout: 5e9,
    });
  });
  it('publishes a port only when it has no edge', () => {
    const of = (publishItself: boolean) => createOptions({ labels, n: 2, publishItself });
    expect(of(false).HostConfig?.PortBindings).toBeUndefined();
    expect(of(true).HostConfig?.PortBindings).toEqual({ '3000/tcp': [{ HostIp: '', HostPort: '8080' }] });
    expect(of(false).name).toBe('shop-r1-2');
  });
});

it.each([
  ['shop:1', 'https://index.docker.io/v1/'],
  ['acme/shop', 'https://index.docker.io/v1/'],
  ['ghcr.io/acme/shop', 'ghcr.io'],
  ['127.0.0.1:5000/shop', '127.0.0.1:5000'],
  ['localhost/shop', 'localhost'],
])('the registry of %s is %s', (image, registry) => expect(registryOf(image)).toBe(registry));

describe('a login', () => {
  const me = { username: 'me', password: 'secret' };
  it.each([
    [me, 'ghcr.io/acme/shop:1', true],
    [me, 'haproxy:3.2', false],
    [me, 'other.example/db:1', false],
    [{ ...me, registry: 'docker.io' }, 'haproxy:3.2', true],
    [{ ...me, registry: 'https://index.docker.io/v1/' }, 'acme/shop:1', true],
    [{ ...me, registry: 'https://ghcr.io' }, 'ghcr.io/acme/shop:1', true],
    [{ ...me, registry: 'docker.io' }, 'ghcr.io/acme/shop:1', false],
    [{}, 'ghcr.io/acme/shop:1', false],
  ])('%j is shown to the registry of %s: %s', (given, image, shown) => {
    expect(loginIsFor(loginOf(given, 'ghcr.io/acme/shop:1'), image)).toBe(shown);
  });
});

describe('a spec', () => {
  it('is the same however it was written and whatever tag it was asked for by', () => {
    const read = JSON.parse(JSON.stringify({ ...spec, asked: 'shop:1', env: { B: '2', A: '1' } }));
    expect(sameSpec({ ...spec, asked: 'shop:2', env: { A: '1', B: '2' }, cpus: undefined }, read)).toBe(true);
  });
  it.each([
    { imageId: 'sha256:cccc' },
    { env: { VERSION: 'v2' } },
    { memory: undefined },
    { secrets: ['TOKEN'] },
    { health: { ...spec.health, path: '/ready' } },
  ])('is another one with %j', (more) => expect(sameSpec(spec, { ...spec, ...more })).toBe(false));
});
