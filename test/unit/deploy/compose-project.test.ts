import { describe, expect, it } from 'vitest';
import { checkProject, edgeService, portOf } from '../../../src/deploy/docker/compose/check.ts';
import { baseProject, releaseProject, withPaths } from '../../../src/deploy/docker/compose/derive.ts';
import { type Project, projectSchema } from '../../../src/deploy/docker/compose/project.ts';
import { exposed, looksSecret, placeholder, seal, secretNames } from '../../../src/deploy/docker/compose/secrets.ts';
import { checkFiles, checkValues } from '../../../src/deploy/docker/compose/sources.ts';
import { useImage } from '../../../src/deploy/docker/compose/spec.ts';

function project(change: (draft: Record<string, Record<string, unknown>>) => void = () => undefined): Project {
  const services: Record<string, Record<string, unknown>> = {
    web: {
      image: 'shop/web:1',
      ports: [{ target: 8080, published: '80', mode: 'ingress' }],
      networks: { default: null },
      depends_on: { db: { condition: 'service_started' } },
      volumes: [{ type: 'volume', source: 'uploads', target: '/uploads' }],
      secrets: [{ source: 'token' }],
      deploy: { replicas: 2, resources: { limits: { memory: '67108864' } } },
    },
    db: { image: 'shop/db:1', networks: { default: null }, depends_on: { web: {} } },
  };
  change(services);
  return projectSchema.parse({
    name: 'shop',
    services,
    networks: { default: { name: 'shop_default' } },
    volumes: { uploads: { name: 'shop_uploads' }, dbdata: { name: 'shop_dbdata' } },
    secrets: { token: { name: 'shop_token', environment: 'TOKEN' }, unused: { file: './unused' } },
  });
}

const codeOf = (act: () => unknown): string => {
  try {
    act();
    return 'fine';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('an image beside the compose file', () => {
  const given = 'registry.example.com/web@sha256:ab';
  it('takes the place of the one of the service with the traffic, and of its like', () => {
    const draft = project((services) => {
      services.worker = { image: 'shop/web:1' };
    });
    useImage(draft, 'web', given);
    const images = Object.entries(draft.services).map(([name, { image }]) => [name, image]);
    expect(Object.fromEntries(images)).toEqual({ web: given, db: 'shop/db:1', worker: given });
  });
  it('stands for one that was only to be built', () => {
    const draft = project(({ web, db }) => {
      delete web!.image;
      web!.build = { context: '.' };
      delete db!.image;
    });
    draft.services.worker = { build: { context: '.' } };
    useImage(draft, 'web', given);
    const { web, db, worker } = draft.services;
    expect([web!.image, db!.image, worker!.image]).toEqual([given, undefined, given]);
  });
});

describe('the service that takes the traffic', () => {
  it('is the one named, or the only one with a port', () => {
    expect(edgeService(project(), 'db')).toBe('db');
    expect(edgeService(project(), undefined)).toBe('web');
  });
  it('is never guessed', () => {
    const two = project((s) => (s.db!.ports = [{ target: 5432 }]));
    const none = project((s) => delete s.web!.ports);
    for (const [file, name] of [
      [two, undefined],
      [none, undefined],
      [project(), 'wbe'],
    ] as const) {
      expect(codeOf(() => edgeService(file, name))).toBe('COMPOSE_INVALID');
    }
  });
  it('says its port as the inputs would', () => {
    expect(portOf(project().services.web!)).toEqual({ port: 8080, publish: '80' });
    expect(portOf({ ports: [{ target: 1, published: '2', host_ip: '127.0.0.1' }] })).toEqual({
      port: 1,
      publish: '127.0.0.1:2',
    });
    expect(portOf({ ports: [{ target: 1, published: '8000-8010' }] })).toEqual({ port: 1, publish: undefined });
    expect(portOf({})).toEqual({});
  });
});

const web = new Map([['web', undefined]]);
describe('what can not work', () => {
  const bind = (source: string) => project((s) => (s.db!.volumes = [{ type: 'bind', source, target: '/x' }]));
  it('is a bind mount of the checkout on a remote host', () => {
    for (const source of ['./conf', '../conf', '~/conf']) {
      expect(codeOf(() => checkProject(bind(source), web, true))).toBe('COMPOSE_BIND_MOUNT');
      expect(checkProject(bind(source), web, false)).toHaveLength(1);
    }
    expect(checkProject(bind('/etc/localtime'), web, true)).toEqual([]);
  });
  it('is a secret for a read-only service, which compose could not put there', () => {
    const strict = project((s) => (s.web!.read_only = true));
    expect(() => checkProject(strict, web, false)).toThrow(/web is read_only.*token of secrets/);
  });
  it('is a file secret or config on a remote host, when a service uses it', () => {
    const used = project((s) => (s.db!.secrets = [{ source: 'unused' }]));
    expect(codeOf(() => checkProject(used, web, true))).toBe('COMPOSE_FILE_SECRET');
    expect(checkProject(used, web, false)).toHaveLength(1);
    expect(checkProject(project(), web, true)).toEqual([]);
  });
  it.each<[string, (s: Record<string, Record<string, unknown>>) => void]>([
    ['the host network', (s) => (s.web!.network_mode = 'host')],
    ['two ports', (s) => (s.web!.ports = [{ target: 1 }, { target: 2 }])],
    ['a udp port', (s) => (s.web!.ports = [{ target: 1, protocol: 'udp' }])],
    ['a fixed address', (s) => (s.web!.networks = { default: { ipv4_address: '10.0.0.2' } })],
    ['a fixed hardware address', (s) => (s.web!.mac_address = '02:42:ac:11:65:43')],
    ['the same, of a network', (s) => (s.web!.networks = { default: { mac_address: '02:42:ac:11:65:43' } })],
    ['a hook that compose alone runs', (s) => (s.web!.pre_stop = [{ command: 'bye' }])],
    ['no image', (s) => delete s.db!.image],
  ])('is %s', (_, change) => {
    expect(codeOf(() => checkProject(project(change), web, false))).toBe('COMPOSE_INVALID');
  });
  it('a port that speaks TLS by itself is told of, by the file or by publish', () => {
    const secure = project((s) => {
      s.web!.ports = [{ target: 443, published: '443' }];
    });
    expect(checkProject(secure, web, false).join()).toContain('web: port 443 of a container is most often TLS');
    const named = new Map([['web', [80, 8443]]]);
    expect(checkProject(project(), named, false).join()).toMatch(/^web: port 8443 of/);
  });
  it.each<[Record<string, object>, string | undefined]>([
    [{ labels: { 'traefik.http.routers.web.rule': 'Host(`a.example`)' } }, 'Traefik'],
    [{ labels: { 'traefik.enable': 'false', 'traefik.http.routers.web.rule': 'x' } }, undefined],
    [{ labels: { caddy: 'a.example', 'caddy.reverse_proxy': '{{upstreams 80}}' } }, 'caddy-docker-proxy'],
    [{ environment: { VIRTUAL_HOST: 'a.example' } }, 'nginx-proxy'],
    [{ labels: { 'com.example.caddy': 'x' }, environment: { VIRTUAL_HOST: '' } as object }, undefined],
  ])('a proxy that would lead users past the gate is told of: %j', (more, words) => {
    const marked = project((s) => Object.assign(s.web!, more));
    const told = checkProject(marked, web, false).join();
    if (words) expect(told).toContain(`web is marked for ${words}`);
    else expect(told).toBe('');
    // A service in place is led to as ever.
    expect(
      checkProject(
        project((s) => Object.assign(s.db!, more)),
        web,
        false,
      ),
    ).toEqual([]);
  });
});

describe('what containers are filled from', () => {
  const file = project((s) => (s.db!.secrets = [{ source: 'unused' }]));
  it('is in the checkout, where it is a file that somebody uses', () => {
    expect(codeOf(() => checkFiles(file, '/nowhere'))).toBe('COMPOSE_INVALID');
    expect(codeOf(() => checkFiles(project(), '/nowhere'))).toBe('fine');
    file.secrets.unused!.file = './compose-project.test.ts';
    expect(codeOf(() => checkFiles(file, import.meta.dirname))).toBe('fine');
  });
  it('is at hand, where it is a value', () => {
    expect(codeOf(() => checkValues(project(), () => undefined))).toBe('SECRETS_NEEDED');
    expect(codeOf(() => checkValues(project(), (name) => (name === 'TOKEN' ? '' : undefined)))).toBe('fine');
    const nobodys = project((s) => delete s.web!.secrets);
    expect(codeOf(() => checkValues(nobodys, () => undefined))).toBe('fine');
  });
});

describe('a variable', () => {
  it.each([
    ['DB_PASSWORD', 'hunter2!', true],
    ['STRIPE_API_KEY', 'sk_live_1234', true],
    ['DATABASE_URL', 'postgres://shop:hunter2@db/shop', true],
    ['DATABASE_URL', 'postgres://db/shop', false],
    ['TOKEN_FILE', '/run/secrets/token', false],
    ['TOKEN_CHECK', 'true', false],
    ['TOKEN_TTL', '360000', false],
    ['VERSION', '1.2.3-alpha', false],
  ])('%s=%s is a secret: %s', (name, value, expected) => expect(looksSecret(name, value)).toBe(expected));
});

describe('secrets', () => {
  it('become names, and nothing of their values is left', () => {
    const file = project((s) => {
      s.web!.environment = {
        URL: `postgres://u:${placeholder('DB_PASSWORD')}@db`,
        PRICE: '5$$',
        API_KEY: 'k$$ey-of-an-env-file',
        EMPTY_TOKEN: '',
      };
      s.db!.environment = { API_KEY: 'another-one' };
    });
    const { project: sealed, values } = seal(file, new Map([['DB_PASSWORD', 'hunter2']]));
    expect(sealed.services.web!.environment).toEqual({
      URL: 'postgres://u:${DB_PASSWORD}@db',
      PRICE: '5$$',
      API_KEY: '${API_KEY}',
      EMPTY_TOKEN: '',
    });
    expect(sealed.services.db!.environment).toEqual({ API_KEY: '${DB_API_KEY}' });
    expect([...values]).toEqual([
      ['DB_PASSWORD', 'hunter2'],
      ['API_KEY', 'k$ey-of-an-env-file'],
      ['DB_API_KEY', 'another-one'],
    ]);
    expect(JSON.stringify(sealed)).not.toMatch(/hunter2|of-an-env-file|another-one/);
    expect(secretNames(sealed)).toEqual(['API_KEY', 'DB_API_KEY', 'DB_PASSWORD', 'TOKEN']);
    expect(exposed(sealed)).toEqual(['web.URL', 'web.API_KEY', 'db.API_KEY']);
  });
  it('have names that compose takes for variables, each of one value', () => {
    const file = project((s) => {
      s.web!.environment = { 'spring.redis.password': 'of-redis', 'auth-token': 'of-auth', '2FA_SECRET': 'of-2fa' };
      s.db!.environment = { PASSWORD: 'of-db-itself', 'spring.redis.password': 'of-db-redis' };
    });
    const taken = { DB_PASSWORD: 'of-a-variable', PASSWORD: 'of-another', DB_SPRING_REDIS_PASSWORD: 'of-a-third' };
    const { project: sealed, values } = seal(file, new Map(Object.entries(taken)));
    expect(sealed.services.web!.environment).toEqual({
      'spring.redis.password': '${spring_redis_password}',
      'auth-token': '${auth_token}',
      '2FA_SECRET': '${_2FA_SECRET}',
    });
    expect(sealed.services.db!.environment).toEqual({
      PASSWORD: '${DB_PASSWORD_2}',
      'spring.redis.password': '${DB_SPRING_REDIS_PASSWORD_2}',
    });
    expect(Object.fromEntries(values)).toEqual({
      ...taken,
      spring_redis_password: 'of-redis',
      auth_token: 'of-auth',
      _2FA_SECRET: 'of-2fa',
      DB_PASSWORD_2: 'of-db-itself',
      DB_SPRING_REDIS_PASSWORD_2: 'of-db-redis',
    });
  });
  it('are not seen where a dollar sign was escaped', () => {
    const file = project((s) => (s.web!.environment = { SHELL: '$${HOME}' }));
    expect(secretNames(seal(file, new Map()).project)).toEqual(['TOKEN']);
  });
});

describe('the project of one release', () => {
  const made = releaseProject(project(), 'web', {
    project: 'shop-r1',
    names: ['shop-r1-1', 'shop-r1-2'],
    labels: { 'io.seatrial.spec': '{"price":"5$"}' },
    network: 'shop-net',
    aliases: ['shop-r1'],
    publishItself: false,
  });
  it('has a named container for each replica and no port of its own', () => {
    expect(Object.keys(made.services)).toEqual(['web-1', 'web-2']);
    expect(made.services['web-2']).toMatchObject({ container_name: 'shop-r1-2', image: 'shop/web:1' });
    expect(made.services['web-1']).not.toHaveProperty('ports');
    expect(made.services['web-1']).not.toHaveProperty('depends_on');
    expect(made.services['web-1']!.deploy).toEqual({ resources: { limits: { memory: '67108864' } } });
    expect(made.services['web-1']!.labels).toEqual({ 'io.seatrial.spec': '{"price":"5$$"}' });
  });
  it('restarts, rotates its logs and stops as our defaults say, but only where the file is silent', () => {
    const logging = { driver: 'json-file', options: { 'max-size': '10m' } };
    const defaults = { restart: 'unless-stopped', logging, stop_grace_period: '10s' };
    const of = (edit?: Parameters<typeof project>[0]) => {
      const release = { project: 'p', names: ['n'], labels: {}, network: 'net', aliases: [], publishItself: false };
      return releaseProject(project(edit), 'web', { ...release, defaults }).services['web-1'];
    };
    expect(of()).toMatchObject(defaults);
    const own = { restart: 'always', logging: { driver: 'journald' }, stop_grace_period: '1m0s' };
    expect(of((s) => Object.assign(s.web!, own))).toMatchObject(own);
    expect(of((s) => (s.web!.deploy = { restart_policy: { condition: 'any' } }))).not.toHaveProperty('restart');
  });
  it('is still found under its own name by its fellows, and by the edge', () => {
    expect(made.services['web-1']!.networks).toEqual({
      default: { aliases: ['web'] },
      seatrial: { aliases: ['shop-r1'] },
    });
  });
  it('shares the networks and volumes of the base project', () => {
    expect(made.networks).toEqual({
      default: { name: 'shop_default', external: true },
      seatrial: { name: 'shop-net', external: true },
    });
    expect(made.volumes).toEqual({ uploads: { name: 'shop_uploads', external: true } });
    expect(Object.keys(made.secrets)).toEqual(['token']);
  });
});

describe('the base project', () => {
  it('keeps the edge service in the file, with no container and nobody waiting for it', () => {
    const base = baseProject(project(), ['web']);
    expect(base.services.web!.deploy!.replicas).toBe(0);
    expect(base.services.web).not.toHaveProperty('ports');
    expect(base.services.db!.depends_on).toEqual({});
    expect(base.volumes).toHaveProperty('dbdata');
  });
  it('has the paths of the checkout made absolute', () => {
    const bound = project((s) => (s.db!.volumes = [{ type: 'bind', source: './conf', target: '/x' }]));
    const made = withPaths(bound, '/srv/shop');
    expect(made.services.db!.volumes![0]!.source).toBe('/srv/shop/conf');
    expect(made.secrets.unused!.file).toBe('/srv/shop/unused');
  });
});
