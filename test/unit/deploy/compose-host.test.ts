import { describe, expect, it } from 'vitest';
import { checkAble } from '../../../src/deploy/docker/compose/able.ts';
import { adoption, checkThere, orphans, type There } from '../../../src/deploy/docker/compose/ask-host.ts';
import { checkCpus, checkPorts, checkSubnets } from '../../../src/deploy/docker/compose/clash.ts';
import { folderName, namesItself } from '../../../src/deploy/docker/compose/name.ts';
import { projectSchema } from '../../../src/deploy/docker/compose/project.ts';
import { unsteady } from '../../../src/deploy/docker/compose/rest.ts';
import { checkCounts, leftOut } from '../../../src/deploy/docker/compose/spec.ts';
import { valuesIn } from '../../../src/deploy/docker/compose/standing.ts';
import { withComposeFile } from '../../../src/deploy/input/compose-file.ts';
import { parsePublish } from '../../../src/deploy/publish.ts';
import type { Actions } from '../../../src/lib/actions.ts';

const project = projectSchema.parse({
  name: 'shop',
  services: {
    web: { image: 'w', networks: { back: null }, ports: [{ target: 80, published: '8080' }] },
    db: {
      image: 'd',
      container_name: 'my-db',
      volumes: [{ type: 'volume', source: 'data', target: '/d' }],
      ports: [{ target: 5432, published: '5432', host_ip: '127.0.0.1' }],
    },
  },
  networks: { back: { name: 'back', external: true }, unused: { external: true } },
  volumes: { data: { name: 'shop_data' } },
});

type Container = There['containers'][number];
const container = (name: string, of = '', service = '', port?: number): Container => ({
  Names: [`/${name}`],
  Labels: { 'com.docker.compose.project': of, 'com.docker.compose.service': service },
  Ports: port ? [{ IP: '0.0.0.0', PrivatePort: port, PublicPort: port, Type: 'tcp' }] : [],
  State: 'running',
});
const there = (containers: Container[], volumes: string[] = [], networks = ['back']): There => ({
  containers,
  volumes: new Set(volumes),
  networks: new Set(networks),
});
const codeOf = (file: typeof project, host: There): string => {
  try {
    checkThere(file, ['web'], host, 'h');
    return 'fine';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('what a host has', () => {
  it('is no obstacle where it is the project itself', () =>
    expect(codeOf(project, there([container('my-db', 'shop', 'db', 5432)]))).toBe('fine'));
  it.each<[string, There, string]>([
    ['an external network that is missing', there([], [], []), 'NETWORK_MISSING'],
    ['a port of a service in place that another has', there([container('pg', '', '', 5432)]), 'PORT_TAKEN'],
    ['a name that another container has', there([container('my-db')]), 'COMPOSE_INVALID'],
  ])('stops a deploy: %s', (_, host, code) => expect(codeOf(project, host)).toBe(code));
  it('stops it where an external volume is missing', () => {
    const draft = structuredClone(project);
    draft.volumes.data!.external = true;
    expect(codeOf(draft, there([]))).toBe('COMPOSE_INVALID');
    expect(codeOf(draft, there([], ['shop_data']))).toBe('fine');
  });
  it('names what the file no longer has', () => {
    const host = there([
      container('shop-old-1', 'shop', 'old'),
      container('my-db', 'shop', 'db'),
      container('x', 'y', 'z'),
    ]);
    expect(orphans(project, host)).toEqual(['shop-old-1']);
  });
});

describe('what a project trips over', () => {
  const code = (act: () => void) => {
    try {
      act();
      return 'fine';
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  const ports = (services: Record<string, object>, edge = '8080') =>
    code(() => checkPorts(projectSchema.parse({ name: 'p', services }), ['web'], edge ? [parsePublish(edge)] : []));
  const open = (published: string, more: object = {}) => ({ ports: [{ target: 80, published, ...more }] });
  it.each<[string, Record<string, object>, string]>([
    ['the port of the edge', { web: open('8080'), db: open('8080') }, 'COMPOSE_INVALID'],
    ['one of its fellow', { a: open('90'), b: open('90', { host_ip: '127.0.0.1' }) }, 'COMPOSE_INVALID'],
    ['its own, as there are two of it', { a: { ...open('90'), scale: 2 } }, 'COMPOSE_INVALID'],
    ['none: of the service with the traffic it is the edge that has it', { web: open('9090') }, 'fine'],
    ['none: a range is chosen from', { a: { ...open('90-91'), scale: 2 } }, 'fine'],
    ['none: another protocol', { a: open('53'), b: open('53', { protocol: 'udp' }) }, 'fine'],
    [
      'none: another address',
      { a: open('90', { host_ip: '127.0.0.1' }), b: open('90', { host_ip: '10.0.0.1' }) },
      'fine',
    ],
  ])('is %s', (_, services, expected) => expect(ports(services)).toBe(expected));

  const net = (subnet: string) =>
    projectSchema.parse({ name: 'p', networks: { n: { name: 'p_n', ipam: { config: [{ subnet }] } } } });
  const has = [
    { name: 'bridge', subnets: ['172.17.0.0/16'] },
    { name: 'six', subnets: ['fd00:1::/64'] },
  ];
  it.each([
    ['172.17.4.0/24', 'COMPOSE_INVALID'],
    ['172.16.0.0/12', 'COMPOSE_INVALID'],
    ['fd00::/16', 'COMPOSE_INVALID'],
    ['172.18.0.0/16', 'fine'],
    ['fd01::/64', 'fine'],
    ['no range', 'fine'],
  ])('is addresses that another network has: %s is %s', (subnet, expected) => {
    expect(code(() => checkSubnets(net(subnet), has, 'h'))).toBe(expected);
    const itself = [...has, { name: 'p_n', subnets: [subnet] }];
    expect(code(() => checkSubnets(net(subnet), itself, 'h'))).toBe('fine');
  });

  it.each([
    [{ deploy: { resources: { limits: { cpus: '3' } } } }, 'COMPOSE_INVALID'],
    [{ cpus: 2.5 }, 'COMPOSE_INVALID'],
    [{ cpus: '2' }, 'fine'],
    [{}, 'fine'],
  ])('is processors that are not there: %j is %s', (service, expected) => {
    const file = projectSchema.parse({ name: 'p', services: { a: service } });
    expect(code(() => checkCpus(file, 2, 'h'))).toBe(expected);
  });

  it.each<[object, number | undefined, string]>([
    [{ scale: 0 }, undefined, 'COMPOSE_INVALID'],
    [{ deploy: { replicas: 0 } }, undefined, 'COMPOSE_INVALID'],
    [{ scale: 0 }, 2, 'fine'],
    [{}, undefined, 'fine'],
  ])('is a release of nothing: %j, asked for %s, is %s', (web, asked, expected) => {
    const file = projectSchema.parse({ name: 'p', services: { web, api: {}, off: { scale: 0 } } });
    expect(code(() => checkCounts(file, ['web', 'api'], 'web', asked))).toBe(expected);
    expect(code(() => checkCounts(file, ['api', 'off'], 'api', 2))).toBe('COMPOSE_INVALID');
  });

  const MB = 1024 ** 2;
  it.each<[object, string | undefined]>([
    [{ mem_limit: `${4 * MB}` }, 'less memory than the 6 MB'],
    [{ deploy: { resources: { limits: { memory: `${5 * MB}` } } } }, 'less memory than the 6 MB'],
    [{ mem_limit: `${64 * MB}`, memswap_limit: `${32 * MB}` }, 'memswap_limit below'],
    [{ memswap_limit: `${32 * MB}` }, 'no memory limit'],
    [{ mem_limit: `${64 * MB}`, mem_reservation: `${65 * MB}` }, 'reserves more'],
    [{ mem_limit: `${64 * MB}`, memswap_limit: '-1', mem_reservation: `${64 * MB}` }, undefined],
    [{ cpuset: '0,2-3' }, 'the host has 2 (0-1)'],
    [{ cpuset: '0-1' }, undefined],
    [{ runtime: 'nvidia' }, 'the runtime nvidia'],
    [{ runtime: 'runc' }, undefined],
    [{ logging: { driver: 'loki' } }, 'the log driver loki'],
    [{ logging: { driver: 'acme' } }, undefined],
    [{ logging: { driver: 'none' } }, undefined],
    [{ logging: { options: { 'max-size': '5m' } } }, undefined],
    [{ secrets: [{ source: 'theirs' }] }, 'theirs of secrets as external'],
    [{ secrets: [{ source: 'ours' }] }, undefined],
    [{ volumes: [{ type: 'image', source: 'i', target: '/i' }] }, 'Docker Engine 28.0'],
    [{ networks: { default: { interface_name: 'eth9' } } }, 'Docker Engine 28.1'],
    [{ networks: { default: null } }, undefined],
  ])('is what the engine has not: %j is told as %s', (service, words) => {
    const file = projectSchema.parse({
      name: 'p',
      services: { a: service },
      secrets: { theirs: { external: true }, ours: { environment: 'OURS' } },
    });
    const able = {
      api: '1.41',
      cpus: 2,
      runtimes: new Set(['runc']),
      logDrivers: new Set(['json-file', 'acme', 'none']),
    };
    const told = (() => {
      try {
        return checkAble(file, able, 'h');
      } catch (error) {
        return (error as Error).message;
      }
    })();
    if (words) expect(told).toContain(words);
    else expect(told).toBeUndefined();
    const young = { ...able, api: '1.52', cpus: 4, runtimes: new Set(['nvidia']) };
    const silent = { ...able, runtimes: undefined, logDrivers: undefined };
    if (/the runtime|log driver/.test(told ?? '')) expect(() => checkAble(file, silent, 'h')).not.toThrow();
    if (/Engine|processors|runtime/.test(told ?? '')) expect(() => checkAble(file, young, 'h')).not.toThrow();
  });
});

describe('a first deploy', () => {
  it('says what becomes of the volumes of a project that runs', () => {
    const host = there([container('my-db', 'shop', 'db'), container('shop-web-1', 'shop', 'web')], ['shop_data']);
    const [volumes, old] = adoption(project, ['web'], 'folder', host);
    expect(volumes).toMatch(/takes over the project shop.*shop_data are used/);
    expect(old).toContain('docker rm -f shop-web-1');
  });
  it('says that it stands beside a like project, with new and empty volumes', () => {
    const running = [container('a', 'folder', 'web'), container('b', 'folder', 'db')];
    const [words] = adoption(project, ['web'], 'folder', there(running));
    expect(words).toMatch(/project folder.*new and empty: shop_data.*name: folder/);
    expect(adoption(project, ['web'], 'else', there([container('a', 'folder', 'web')]))).toEqual([]);
  });
});

describe('COMPOSE_FILE', () => {
  const actions = (env: Record<string, string>) => ({ env }) as unknown as Actions;
  const COMPOSE_FILE = './a.yaml:b.yaml';
  it('says what to deploy where nothing else does', () => {
    const { env } = withComposeFile(actions({ COMPOSE_FILE, SEATRIAL_DEFAULTS: '{"locale":"en"}' }));
    expect(JSON.parse(env.SEATRIAL_DEFAULTS!)).toEqual({ locale: 'en', 'compose-file': './a.yaml\nb.yaml' });
    for (const given of ['INPUT_IMAGE', 'INPUT_COMPOSE-FILE']) {
      expect(withComposeFile(actions({ COMPOSE_FILE, [given]: 'x' })).env).not.toHaveProperty('SEATRIAL_DEFAULTS');
    }
  });
  it('is told of where the input leaves a file of it out', () => {
    expect(leftOut({ COMPOSE_FILE }, ['a.yaml'])).toEqual(['b.yaml']);
    expect(leftOut({ COMPOSE_FILE: 'a.yaml;b.yaml', COMPOSE_PATH_SEPARATOR: ';' }, ['b.yaml', 'a.yaml'])).toEqual([]);
  });
});

describe('the name of a project', () => {
  const says = (name: string) => async () => JSON.stringify({ name });
  it('is the one of its folder, as compose writes it', () => expect(folderName('/srv/_My.Shop 2')).toBe('myshop2'));
  it('is its own where it is not the folder', async () =>
    expect(await namesItself('shop', '/srv/app', says('unasked'))).toBe(true));
  it('is asked for again where the two are the same', async () => {
    expect(await namesItself('app', '/srv/app', says('app'))).toBe(true);
    expect(await namesItself('app', '/srv/app', says('other-app'))).toBe(false);
    expect(await namesItself('app', '/srv/app', () => Promise.reject(new Error('no')))).toBe(false);
  });
});

describe('secrets that stand in a container', () => {
  it.each<[string, string, Record<string, string>]>([
    ['${A}', 'x\ny', { A: 'x\ny' }],
    ['postgres://app:${PW}@db/$$x', 'postgres://app:s3.c@ret@db/$x', { PW: 's3.c@ret' }],
    ['${A}-${B}-${A}', 'one-two-one', { A: 'one', B: 'two' }],
    ['${A}-${A}', 'one-two', {}],
    ['http://${A}', 'https://x', {}],
    ['plain', 'plain', {}],
  ])('are read by %s', (source, actual, values) =>
    expect(Object.fromEntries(valuesIn(source, actual))).toEqual(values),
  );
});

describe('a container that was restarted', () => {
  const one = { id: 'a', name: 'a', service: 'w', hash: '', state: 'running', exitCode: 0 };
  it.each<[string, number, number, string[]]>([
    ['a moment ago is not trusted', 3, 99_000, ['a']],
    ['long ago is', 3, 10_000, []],
    ['never is', 0, 99_900, []],
  ])('%s', (_, count, since, found) => {
    expect([...unsteady([one], new Map([['a', { count, since }]]), 100_000)]).toEqual(found);
  });
});
