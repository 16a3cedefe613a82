import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildApp, docker } from '../../support/app.ts';
import { Shop } from '../../support/shop.ts';
import { startSshd } from '../../support/sshd.ts';
import { startTraffic } from '../../support/traffic.ts';

const shops: Shop[] = [];
async function newShop(): Promise<Shop> {
  const shop = await Shop.create();
  shops.push(shop);
  shop.write();
  return shop;
}
// One project lives through the file; each test leaves it as the first one did: v1 serves, its services as written.
let shop: Shop;
let first: string;
beforeAll(async () => {
  buildApp();
  shop = await newShop();
});
afterAll(() => {
  for (const one of shops) one.remove();
});

describe('a compose file', () => {
  it('goes live, is replaced and rolled back without a lost request, and its other services are left alone', async () => {
    const one = await shop.deploy('v1');
    expect(one.errors).toEqual([]);
    first = one.outputs.release!;
    expect(one.outputs).toMatchObject({ state: 'good', 'error-code': '' });
    expect(await shop.answer()).toBe('v1');
    const settings = '{{.HostConfig.RestartPolicy.Name}} {{json .HostConfig.LogConfig.Config}} {{.Config.StopTimeout}}';
    expect(shop.inspect(`${shop.name}-${one.outputs.release}-1`, settings)).toBe(
      'unless-stopped {"max-file":"3","max-size":"10m"} 2',
    );
    const [cache, migrate] = [shop.idOf('cache'), shop.idOf('migrate')];
    expect(shop.inspect(cache, '{{.State.Running}}')).toBe('true');
    expect(shop.inspect(migrate, '{{.State.ExitCode}} {{.State.Running}}')).toBe('0 false');

    const traffic = startTraffic(shop.url, { rate: 100 });
    const two = await shop.deploy('v2');
    expect(two.errors).toEqual([]);
    expect(two.outputs).toMatchObject({ state: 'good', 'previous-release': one.outputs.release });
    expect(await shop.answer()).toBe('v2');
    const back = await shop.run({ command: 'rollback' });
    expect(back.errors).toEqual([]);
    expect(back.outputs).toMatchObject({ state: 'good', 'rolled-back': 'true', serving: one.outputs.release });
    const counted = await traffic.stop();
    expect(counted).toMatchObject({ lost: 0, errors5xx: 0 });
    expect([...counted.versions.keys()].sort()).toEqual(['v1', 'v2']);
    expect([shop.idOf('cache'), shop.idOf('migrate')]).toEqual([cache, migrate]);
    const names = docker([
      'ps',
      '-a',
      '--filter',
      `label=io.seatrial.release=${one.outputs.release}`,
      // Another app may have a release of that name: it is a second and a commit.
      '--filter',
      `label=io.seatrial.app=${shop.name}`,
      '--format',
      '{{.Names}}',
    ]);
    expect(names).toBe(`${shop.name}-${one.outputs.release}-1`);
  });

  it('brings changed services up in place, and a rollback brings their old configuration back', async () => {
    const before = shop.idOf('cache');
    shop.write({ cache: 'setInterval(() => {}, 2000)' });
    const two = await shop.deploy('v2');
    expect(two.errors).toEqual([]);
    expect(shop.idOf('cache')).not.toBe(before);
    expect(shop.inspect(shop.idOf('cache'), '{{json .Config.Cmd}}')).toContain('2000');
    const back = await shop.run({ command: 'rollback' });
    expect(back.errors).toEqual([]);
    expect(await shop.answer()).toBe('v1');
    expect(shop.inspect(shop.idOf('cache'), '{{json .Config.Cmd}}')).toContain('1000');
  });

  it.each([
    ['the new release is not healthy', {}, 'UNHEALTHY=1', 'DEPLOY_UNHEALTHY'],
    [
      'a service in place crashes again and again',
      { cache: 'setTimeout(() => process.exit(4), 300)' },
      '',
      'COMPOSE_SERVICE_FAILED',
    ],
    ['a one-shot fails', { migrate: 'process.exit(3)' }, '', 'COMPOSE_SERVICE_FAILED'],
  ])('is taken back when %s', async (_, settings, env, code) => {
    shop.write({ cache: 'setInterval(() => {}, 3000)', ...settings });
    const traffic = startTraffic(shop.url, { rate: 50 });
    const two = await shop.deploy('v2', { env, 'deploy-timeout': env ? '2s' : '8s' });
    expect(two.exitCode).toBe(1);
    expect(two.outputs).toMatchObject({ state: 'bad', serving: first, 'error-code': code });
    expect(await traffic.stop()).toMatchObject({ lost: 0, errors5xx: 0 });
    expect(await shop.answer()).toBe('v1');
    expect(shop.inspect(shop.idOf('cache'), '{{json .Config.Cmd}} {{.State.Running}}')).toMatch(/1000.* true/);
    // The old migration is not run again on what the new one may have left.
    const failed = 'migrate' in settings;
    expect(shop.inspect(shop.idOf('migrate'), '{{.State.ExitCode}}')).toBe(failed ? '3' : '0');
  });

  it('keeps secrets out of everything it stores, runs pre-deploy once with them, and asks for them when a container must be made anew', async () => {
    const sealed = await newShop();
    const value = 'n0body-may-read-this';
    sealed.write({
      web: '    secrets: [token]\n    labels: { price: "5$$" }',
      top: 'secrets: { token: { environment: TOKEN } }',
    });
    const env = 'READ_SECRET=token';
    const one = await sealed.deploy('v1', {
      secrets: `TOKEN=${value}`,
      env,
      'pre-deploy': 'node -p "1 + 1, process.env.VERSION" && test -s /run/secrets/token',
    });
    expect(one.errors).toEqual([]);
    expect(one.stdout.match(/^v1$/gm)).toHaveLength(1);
    const container = `${sealed.name}-${one.outputs.release}-1`;
    expect(docker(['exec', container, 'node', '-p', "require('fs').readFileSync('/run/secrets/token', 'utf8')"])).toBe(
      value,
    );
    expect(sealed.inspect(container, '{{.Config.Labels.price}}')).toBe('5$');
    const history = docker(['exec', `${sealed.name}-edge`, 'cat', '/seatrial/history-production.json']);
    expect(history).toContain('TOKEN');
    for (const text of [
      history,
      docker(['inspect', container, sealed.idOf('cache')]),
      one.stdout,
      one.stderr,
      one.summary,
    ]) {
      expect(text.replace(/^::add-mask::.*$/gm, '')).not.toContain(value);
    }

    const two = await sealed.deploy('v2', { secrets: `TOKEN=${value}`, env });
    expect(two.errors).toEqual([]);
    docker(['rm', '-f', container]);
    const refused = await sealed.run({ command: 'rollback' });
    expect(refused.outputs['error-code']).toBe('SECRETS_NEEDED');
    expect(refused.errors[0]).toContain('TOKEN');
    expect(await sealed.answer()).toBe('v2');
    const back = await sealed.run({ command: 'rollback', secrets: `TOKEN=${value}` });
    expect(back.errors).toEqual([]);
    expect(await sealed.answer()).toBe('v1');
    expect(docker(['ps', '-aq', '--filter', `name=${sealed.name}-.*-pre-deploy`])).toBe('');
  });

  it.each([
    ['a key compose does not know', { web: '    imag: nope' }, 'imag'],
    ['a variable that is needed and missing', { web: '    hostname: "${NOT_THERE:?it must be set}"' }, 'NOT_THERE'],
  ])('is refused before anything is touched for %s', async (_, settings, words) => {
    const fresh = await newShop();
    fresh.write(settings);
    const result = await fresh.deploy('v1');
    expect(result.outputs['error-code']).toBe('COMPOSE_INVALID');
    expect(result.errors[0]).toContain(words);
    expect(docker(['ps', '-aq', '--filter', `name=^${fresh.name}`])).toBe('');
  });
});

describe('a compose file on a remote host', () => {
  it('is deployed over ssh, but not with what only this checkout has', async () => {
    const sshd = await startSshd();
    try {
      const way = { hosts: sshd.host, 'ssh-key': sshd.key, 'ssh-known-hosts': sshd.knownHosts };
      shop.write();
      const good = await shop.deploy('v3', way);
      expect(good.errors).toEqual([]);
      expect(await shop.answer()).toBe('v3');
      shop.write({ web: '    volumes: ["./conf:/conf"]' });
      const bind = await shop.deploy('v4', way);
      expect(bind.outputs['error-code']).toBe('COMPOSE_BIND_MOUNT');
      shop.write({ web: '    secrets: [token]', top: 'secrets: { token: { file: ./token } }' });
      const file = await shop.deploy('v4', way);
      expect(file.outputs['error-code']).toBe('COMPOSE_FILE_SECRET');
      expect(await shop.answer()).toBe('v3');
    } finally {
      await sshd.stop();
    }
  });
});
