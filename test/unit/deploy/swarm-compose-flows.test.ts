import { describe, expect, it } from 'vitest';
import { Lab } from '../../support/swarm-memory/lab.ts';

/** As `docker compose config` answers it. */
const project = (version: string, more: Record<string, object> = {}, top: object = {}) => ({
  name: 'shop',
  services: {
    web: {
      image: `web:${version}`,
      environment: { VERSION: version },
      networks: { default: null },
      depends_on: { cache: { condition: 'service_started' } },
      deploy: { replicas: 2 },
    },
    cache: { image: 'cache:1', networks: { default: null } },
    migrate: { image: 'once:1', restart: 'no', networks: { default: null } },
    ...more,
  },
  networks: { default: { name: 'shop_default' } },
  ...top,
});
const KEEPS = { 'keep-warm': '0s' };

const imageOf = (lab: Lab, name: string) =>
  (lab.swarm.named(name)!.Spec.TaskTemplate as { ContainerSpec: { Image: string } }).ContainerSpec.Image;
/** Ids of all tasks a service has ever had. */
const lives = (lab: Lab, name: string) => lab.swarm.allTasksOf(name).length;

describe('a compose file on a Swarm', () => {
  it('its service with the traffic is a release behind the edge, the others are services of the stack', async () => {
    const lab = new Lab();
    const one = await lab.compose(project('1'));
    expect([one.end, one.warnings]).toEqual(['ok', []]);
    expect(lab.users()).toEqual([['web:1', 1]]);
    const release = `shop-${one.outputs.release}`;
    expect(lab.swarm.tasksOf(release)).toHaveLength(2);
    expect(lab.swarm.named(release)!.Spec.TaskTemplate).toMatchObject({
      Networks: [{ Target: 'shop-net' }, { Target: 'shop_default', Aliases: ['web'] }],
    });
    expect(lab.swarm.tasksOf('shop_cache')).toHaveLength(1);
    expect(lab.swarm.named('shop_cache')!.Spec).toMatchObject({
      Labels: { 'com.docker.stack.namespace': 'shop' },
      EndpointSpec: { Mode: 'dnsrr' },
    });
    expect(imageOf(lab, 'shop_cache')).toMatch(/^cache@sha256:/);
    expect(lab.swarm.networks.has('shop_default')).toBe(true);
    // What waits for a service comes after it; the edge and the release come last.
    const made = lab.swarm.changes.filter((line) => line.startsWith('POST services') && !line.includes('seatrial'));
    expect(made.slice(0, 2).sort()).toEqual(['POST services shop-edge', 'POST services shop_cache'].sort());
  });

  it('what differs in nothing is left alone, one that ended well is run once', async () => {
    const lab = new Lab();
    await lab.compose(project('1'), KEEPS);
    const two = await lab.compose(project('2'), KEEPS);
    expect(two.end).toBe('ok');
    expect(lab.users()).toEqual([['web:2', 1]]);
    expect([lives(lab, 'shop_cache'), lives(lab, 'shop_migrate')]).toEqual([1, 1]);
    expect(two.lines.join('\n')).not.toContain('bringing up');
  });

  it('services in place go back with a rollback, and no migration is run again', async () => {
    const lab = new Lab();
    await lab.compose(project('1'), KEEPS);
    const two = await lab.compose(
      project('2', {
        cache: { image: 'cache:2', networks: { default: null } },
        migrate: { image: 'once:2', restart: 'no' },
      }),
      KEEPS,
    );
    expect(two.end).toBe('ok');
    expect([imageOf(lab, 'shop_cache'), lives(lab, 'shop_migrate')]).toEqual([expect.stringMatching(/^cache@/), 2]);
    const before = imageOf(lab, 'shop_cache');
    const back = await lab.run({ command: 'rollback' });
    expect([back.end, back.warnings]).toEqual(['ok', []]);
    expect(lab.users()).toEqual([['web:1', 1]]);
    expect(imageOf(lab, 'shop_cache')).not.toBe(before);
    expect([lives(lab, 'shop_cache'), lives(lab, 'shop_migrate')]).toEqual([3, 2]);
  });

  it.each([
    ['crashes', { cache: { image: 'crash:1', networks: { default: null } } }, 'exited with code 4'],
    ['fails at its task', { migrate: { image: 'once-fails:1', restart: 'no' } }, 'exited with code 3'],
    ['ends though it is to go on', { cache: { image: 'once:9', networks: { default: null } } }, 'is to go on'],
  ])('a service in place that %s takes the deploy back, and what it was', async (_, more, why) => {
    const lab = new Lab();
    await lab.compose(project('1'), KEEPS);
    const cache = imageOf(lab, 'shop_cache');
    const two = await lab.compose(project('2', more), KEEPS);
    expect([two.end, two.outputs.state]).toEqual(['COMPOSE_SERVICE_FAILED', 'bad']);
    expect(two.why).toContain(why);
    expect(lab.users()).toEqual([['web:1', 1]]);
    expect(imageOf(lab, 'shop_cache')).toBe(cache);
  });

  it('keeps secrets and configs out of what it writes down, and goes back to them without their values', async () => {
    const value = 'n0body-may-read-this';
    const top = {
      secrets: { token: { environment: 'TOKEN' } },
      configs: { conf: { content: 'listen $$port; key ${TOKEN}' } },
    };
    const cache = (image: string) => ({
      cache: {
        image,
        networks: { default: null },
        environment: { URL: 'redis://:${TOKEN}@cache' },
        secrets: [{ source: 'token', target: '/etc/token', mode: '0400' }],
        configs: [{ source: 'conf', target: '/etc/conf' }],
      },
    });
    const lab = new Lab();
    expect((await lab.compose(project('1', cache('cache:1'), top), KEEPS)).end).toBe('SECRETS_NEEDED');
    expect(lab.swarm.services.size).toBe(0);
    const one = await lab.compose(project('1', cache('cache:1'), top), { ...KEEPS, secrets: `TOKEN=${value}` });
    expect(one.end).toBe('ok');
    const [secret] = [...lab.swarm.stored.secrets.values()];
    expect(Buffer.from(secret!.Spec.Data!, 'base64').toString()).toBe(value);
    const conf = [...lab.swarm.stored.configs.values()].find(({ Spec }) => Spec.Name.startsWith('shop-config-'));
    expect(Buffer.from(conf!.Spec.Data!, 'base64').toString()).toBe(`listen $port; key ${value}`);
    const told = [...lab.swarm.services.values()].map(({ Spec }) => JSON.stringify(Spec.Labels));
    const kept = [...lab.swarm.stored.configs.values()].filter(({ Spec }) => Spec.Name.includes('seatrial'));
    const history = kept.map(({ Spec }) => Buffer.from(Spec.Data!, 'base64').toString());
    expect([...told, ...history, ...one.lines].join()).not.toContain(value);
    expect(lab.swarm.named('shop_cache')!.Spec.TaskTemplate).toMatchObject({
      ContainerSpec: {
        Env: [`URL=redis://:${value}@cache`],
        Secrets: [{ SecretName: secret!.Spec.Name, File: { Name: '/etc/token', UID: '0', GID: '0', Mode: 0o400 } }],
        Configs: [{ ConfigName: conf!.Spec.Name, File: { Name: '/etc/conf' } }],
      },
    });
    const two = await lab.compose(project('2', cache('cache:2'), top), { ...KEEPS, secrets: 'TOKEN=another-one' });
    expect(two.end).toBe('ok');
    const back = await lab.run({ command: 'rollback' });
    expect([back.end, back.warnings.filter((line) => !line.includes('TOKEN'))]).toEqual(['ok', []]);
    expect(lab.swarm.named('shop_cache')!.Spec.TaskTemplate).toMatchObject({
      ContainerSpec: { Secrets: [{ SecretName: secret!.Spec.Name }], Configs: [{ ConfigName: conf!.Spec.Name }] },
    });
  });

  it('a hook runs once, with what its service has, when what stands behind it is there', async () => {
    const lab = new Lab();
    const one = await lab.compose(project('1'), { 'pre-deploy': 'migrate --up' });
    expect([one.end, one.outputs.state]).toEqual(['ok', 'good']);
    const made = lab.swarm.made.filter(({ Name }) => !Name.includes('edge'));
    expect(made.map(({ Name }) => Name.replace(`${one.outputs.release}`, 'R'))).toEqual([
      'shop_cache',
      'shop_migrate',
      'shop-R-pre-deploy',
      'shop-R',
    ]);
    expect(made[2]!.TaskTemplate).toMatchObject({
      ContainerSpec: { Env: ['VERSION=1'], Args: ['-c', 'migrate --up'] },
      Networks: [{ Target: 'shop-net' }, { Target: 'shop_default' }],
    });
    expect(lab.swarm.named(`shop-${one.outputs.release}-pre-deploy`)).toBeUndefined();
  });

  it('says how many there are: scale is refused, and changed there a deploy touches no task that stays', async () => {
    const lab = new Lab();
    await lab.compose(project('1'));
    expect((await lab.run({ command: 'scale', replicas: '3' })).end).toBe('NOT_SUPPORTED');
    const more = { cache: { image: 'cache:1', networks: { default: null }, deploy: { replicas: 3 } } };
    expect((await lab.compose(project('2', more))).end).toBe('ok');
    expect([lab.swarm.tasksOf('shop_cache').length, lives(lab, 'shop_cache')]).toEqual([3, 3]);
  });

  it('a deploy that is killed at any change leaves users where they are, and the next run puts the stack back', async () => {
    const more = { cache: { image: 'cache:2', networks: { default: null } } };
    const seen = new Set<string>();
    for (let n = 0; ; n++) {
      const lab = new Lab();
      await lab.compose(project('1'), KEEPS);
      const cache = imageOf(lab, 'shop_cache');
      const at = await lab.cut(project('2', more), KEEPS, n);
      if (!at) break;
      seen.add(at);
      const users = lab.users();
      expect(
        users.reduce((sum, [, share]) => sum + Number(share), 0),
        `users after a kill at ${at}`,
      ).toBeCloseTo(1);
      expect((await lab.run({ command: 'prune' })).end).toBe('ok');
      const [[image]] = lab.users() as [[string, number]];
      expect([at, image, imageOf(lab, 'shop_cache') === cache]).toEqual([at, image, image === 'web:1']);
    }
    expect(seen.size).toBeGreaterThan(5);
  });

  it('takes over a stack that runs, and says what runs on', async () => {
    const lab = new Lab();
    lab.swarm.add('shop_web', 'web:0', { 'com.docker.stack.namespace': 'shop' });
    lab.swarm.add('shop_cache', 'cache:0', { 'com.docker.stack.namespace': 'shop' });
    lab.swarm.add('shop_old', 'old:0', { 'com.docker.stack.namespace': 'shop' });
    const one = await lab.compose(project('1'));
    expect(one.end).toBe('ok');
    expect(one.warnings.join('\n')).toMatch(
      /shop_web runs on beside[\s\S]*takes over the stack shop[\s\S]*shop_old is of a service/,
    );
    expect(imageOf(lab, 'shop_cache')).toMatch(/^cache@sha256:/);
    expect(lab.swarm.named('shop_web')).toBeDefined();
  });
});
