import { describe, expect, it } from 'vitest';
import { anonymousTargets, toCarry } from '../../../src/deploy/docker/compose/carry.ts';
import { baseProject, joinRelease, only, releaseProject } from '../../../src/deploy/docker/compose/derive.ts';
import { inFront } from '../../../src/deploy/docker/compose/kin.ts';
import { type Project, projectSchema } from '../../../src/deploy/docker/compose/project.ts';

const of = (services: Record<string, Record<string, unknown>>): Project =>
  projectSchema.parse({ name: 'shop', services: mapValues(services, (service) => ({ image: 'i', ...service })) });
const mapValues = <A, B>(all: Record<string, A>, map: (value: A) => B) =>
  Object.fromEntries(Object.entries(all).map(([key, value]) => [key, map(value)]));

const release = { project: 'p', names: ['shop-r1-1', 'shop-r1-2'], labels: {}, network: 'net', aliases: [] };
const made = (project: Project, more: object = {}) =>
  releaseProject(project, 'web', { ...release, publishItself: false, ...more });
const standing = new Map([['web', { container: 'shop-r1-1', alias: 'shop-r1' }]]);

describe('services in front of the one with the traffic', () => {
  it('are those that need it, and those that need them; never what it needs itself', () => {
    const project = of({
      web: { depends_on: { db: {} }, links: ['cache:c'] },
      db: {},
      cache: {},
      proxy: { depends_on: { web: {} } },
      tunnel: { depends_on: { proxy: {} } },
      sidecar: { network_mode: 'service:web' },
      debug: { pid: 'service:web' },
      backup: { volumes_from: ['web:ro'] },
      worker: { depends_on: { db: {} } },
      foreign: { volumes_from: ['container:web'] },
    });
    expect([...inFront(project, ['web'])].sort()).toEqual(['backup', 'debug', 'proxy', 'sidecar', 'tunnel']);
  });
  it('are bound to the release that stands', () => {
    const project = of({
      web: { container_name: 'shop-web' },
      proxy: { depends_on: { web: {} }, links: ['web:app', 'db'] },
      sidecar: { network_mode: 'service:web', ipc: 'service:web', volumes_from: ['web:ro', 'db'] },
      db: {},
    });
    const { proxy, sidecar } = baseProject(project, ['web'], standing).services;
    expect(proxy).toMatchObject({
      depends_on: {},
      links: ['db'],
      external_links: ['shop-r1:web', 'shop-r1:shop-web', 'shop-r1:app'],
    });
    expect(sidecar).toMatchObject({
      network_mode: 'container:shop-r1-1',
      ipc: 'container:shop-r1-1',
      volumes_from: ['container:shop-r1-1:ro', 'db'],
    });
  });
  it('stay in a file of their own with what they lean on', () => {
    const project = of({
      web: {},
      proxy: { links: ['db:d'], depends_on: { db: {} } },
      db: { environment: { A: 'x' } },
    });
    const { services } = only(project, ['proxy']);
    expect(services.db).toEqual({ image: 'i', networks: undefined });
    expect(services.proxy).toMatchObject({ links: ['db:d'], depends_on: {} });
    expect(Object.keys(services)).toEqual(['proxy', 'db']);
  });
});

describe('a release of a service', () => {
  it('is found by all its names', () => {
    const project = of({
      web: { container_name: 'shop-web', networks: { default: { aliases: ['w'] } } },
      other: { links: ['web:app', 'web'] },
    });
    const { networks } = made(project, { alias: 'shop-r1' }).services['web-1']!;
    expect(networks!.default!.aliases).toEqual(['web', 'shop-web', 'w', 'app', 'shop-r1']);
  });
  it('keeps its links, namespaces and volumes of its fellows, by their containers', () => {
    const project = of({
      web: {
        links: ['db:database', 'db', 'cache:cache'],
        external_links: ['far:away'],
        pid: 'service:db',
        ipc: 'service:named',
        volumes_from: ['db:ro', 'container:x'],
      },
      db: { scale: 2 },
      cache: {},
      named: { container_name: 'my-name' },
    });
    const web = made(project).services['web-1']!;
    expect(web).toMatchObject({
      external_links: ['far:away', 'shop-db-1:database', 'shop-db-2:database'],
      pid: 'container:shop-db-1',
      ipc: 'container:my-name',
      volumes_from: ['container:shop-db-1:ro', 'container:shop-db-2:ro', 'container:x'],
    });
    expect(web).not.toHaveProperty('links');
    expect(web).not.toHaveProperty('scale');
    expect(baseProject(project, ['web']).services.web).not.toHaveProperty('pid');
  });
  it('takes over volumes that nobody named, each container those of its own predecessor', () => {
    const volume = 'a'.repeat(64);
    const project = of({
      web: {
        volumes: [
          { type: 'volume', target: '/data' },
          { type: 'volume', source: 'up', target: '/up' },
        ],
      },
    });
    const project2 = made(project, { carried: [[{ volume, target: '/data' }], []] });
    expect(project2.services['web-1']!.volumes).toEqual([
      { type: 'volume', source: 'up', target: '/up' },
      { type: 'volume', source: volume, target: '/data' },
    ]);
    expect(project2.services['web-2']!.volumes).toContainEqual({ type: 'volume', target: '/data' });
    expect(project2.volumes[volume]).toEqual({ name: volume, external: true });
  });
  it('takes over only what it would have without a name itself', () => {
    const service = of({
      web: {
        volumes: [
          { type: 'volume', target: '/data' },
          { type: 'volume', source: 'up', target: '/up' },
        ],
      },
    }).services.web!;
    const targets = anonymousTargets(service, ['/up', '/cache']);
    expect([...targets]).toEqual(['/data', '/cache']);
    const mount = (Name: string, Destination: string, Type = 'volume') => ({ Type, Name, Destination });
    const id = 'b'.repeat(64);
    expect(
      toCarry(
        [mount(id, '/data'), mount('shop_up', '/cache'), mount(id, '/gone'), mount(id, '/cache', 'bind')],
        targets,
      ),
    ).toEqual([{ volume: id, target: '/data' }]);
  });
});

describe('a release of several services', () => {
  const project = of({
    web: { depends_on: { api: { condition: 'service_healthy' }, db: {} }, links: ['api:backend', 'db'] },
    api: { depends_on: { db: {} }, networks: { default: null, back: null } },
    db: {},
    proxy: { depends_on: { api: {} } },
    far: { networks: { back: null } },
  });
  const services = ['web', 'api'];
  const fellow = (part: string, names: string[]) => ({ names, alias: `shop-r1${part}` });
  const all = new Map([
    ['web', fellow('', ['shop-r1-1', 'shop-r1-2'])],
    ['api', fellow('-api', ['shop-r1-api-1'])],
  ]);
  const whole = joinRelease(
    project,
    new Map(
      [...all].map(([name, { names, alias }]) => [
        name,
        releaseProject(project, name, {
          ...{ project: 'shop-r1', names, labels: {}, network: 'net', aliases: [alias], alias, publishItself: false },
          fellows: new Map([...all].filter(([other]) => other !== name)),
        }),
      ]),
    ),
  );
  it('is one project, in which they wait for each other and for nobody outside', () => {
    expect(Object.entries(whole.services).map(([key, service]) => [key, service.container_name])).toEqual([
      ['web-1', 'shop-r1-1'],
      ['web-2', 'shop-r1-2'],
      ['api-1', 'shop-r1-api-1'],
    ]);
    expect(whole.services['web-1']!.depends_on).toEqual({ 'api-1': { condition: 'service_healthy' } });
    expect(whole.services['api-1']!.depends_on).toBeUndefined();
    expect(Object.keys(whole.networks).sort()).toEqual(['back', 'default', 'seatrial']);
  });
  it('finds its own fellows by their names, not those of the release before', () => {
    expect(whole.services['web-1']!.external_links).toEqual([
      'shop-r1-api-1:backend',
      'shop-r1-api:api',
      'shop-r1-api:backend',
    ]);
    expect(whole.services['api-1']!.external_links).toEqual(['shop-r1:web']);
    expect(whole.services['web-1']!.networks!.default!.aliases).toEqual(['web', 'shop-r1']);
  });
  it('stays out of what stands beside, which is bound to it', () => {
    expect([...inFront(project, services)]).toEqual(['proxy']);
    const base = baseProject(
      project,
      services,
      new Map([
        ['web', { container: 'shop-r1-1', alias: 'shop-r1' }],
        ['api', { container: 'shop-r1-api-1', alias: 'shop-r1-api' }],
      ]),
    );
    expect([base.services.web!.deploy, base.services.api!.deploy]).toEqual([{ replicas: 0 }, { replicas: 0 }]);
    expect(base.services.proxy).toMatchObject({
      depends_on: {},
      external_links: ['shop-r1-api:api', 'shop-r1-api:backend'],
    });
  });
});
