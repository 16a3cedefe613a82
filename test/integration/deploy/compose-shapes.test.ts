import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerInspectInfo } from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { docker } from '../../support/app.ts';
import { FILES, portOf, projectOf, shapes, TRAFFIC } from '../../support/compose-shapes.ts';
import { ensureImages, NODE_IMAGE } from '../../support/images.ts';
import { freePort } from '../../support/ports.ts';
import { Shop } from '../../support/shop.ts';

/*
 * Ways of writing a compose file that are met in public, all in one project: compose makes its containers, and a deploy
 * makes them; what the engine says of each is the same, but for what a release has of its own.
 */

/** In whatever order: compose goes through maps, which have none. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, sorted(one)]));
};

type Inspected = ContainerInspectInfo;
const SERVICE = 'com.docker.compose.service';
const NUMBER = 'com.docker.compose.container-number';

/** What we put where a file is silent; a service in place has none of it. */
const OURS = {
  RestartPolicy: { Name: 'unless-stopped', MaximumRetryCount: 0 },
  LogConfig: { Type: 'json-file', Config: { 'max-file': '3', 'max-size': '10m' } },
};

/**
 * What a container is, without what differs by its nature: ids, the names compose gives, and whose labels it bears. With
 * traffic its ports and the names it is called by are the edge's and the release's matter.
 */
function whatItIs(one: Inspected, traffic: boolean, ids: ReadonlyMap<string, string>) {
  const { Config, HostConfig, Mounts, NetworkSettings, Image } = one;
  const plain = (text: string | undefined) => {
    const named = [...ids].reduce((so, [id, service]) => so.replace(id, service), text ?? '');
    return named.replace(/\b[0-9a-f]{64}\b/, 'nameless');
  };
  const { Hostname, Image: _pinned, Labels, ExposedPorts = {}, Env, ...config } = Config;
  const { PortBindings, NetworkMode, PidMode, IpcMode, RestartPolicy, LogConfig, ...host } = HostConfig;
  // Compared as what they come to: mounts, and names in networks.
  const {
    Binds: _binds,
    Links: _links,
    VolumesFrom: _from,
    Mounts: _mounts,
    ...limits
  } = host as typeof host & {
    VolumesFrom?: unknown;
  };
  const silent = {
    RestartPolicy: traffic && /^(no)?$/.test(RestartPolicy?.Name ?? '') ? OURS.RestartPolicy : RestartPolicy,
    LogConfig: traffic && !Object.keys(LogConfig?.Config ?? {}).length ? OURS.LogConfig : LogConfig,
  };
  const networks = Object.entries(NetworkSettings.Networks)
    .filter(([name]) => !name.endsWith('-net'))
    .map(([name, { Aliases, IPAMConfig }]) => {
      // The engine adds its host name and its id when it starts.
      const called = (Aliases ?? []).filter(
        (alias: string) => ![Hostname, one.Id.slice(0, 12)].includes(alias) && !/-\d+$/.test(alias),
      );
      return [name, traffic ? 'joined' : { called: [...new Set(called)].sort(), fixed: IPAMConfig?.IPv4Address ?? '' }];
    });
  return {
    image: Image,
    config: { ...config, ports: Object.keys(ExposedPorts).sort(), env: Env.toSorted() },
    hostname: /^[0-9a-f]{12}$/.test(Hostname) ? 'of its id' : Hostname,
    labels: Object.entries(Labels)
      .filter(([name]) => !/^(com\.docker\.compose|io\.seatrial)\./.test(name))
      .sort(),
    limits: sorted(limits),
    silent,
    spaces: [plain(PidMode), plain(IpcMode)],
    mounts: Mounts.map(({ Type, Name, Source, Destination, RW }) =>
      [Type, plain(Name), Type === 'bind' ? Source : '', Destination, RW].join(' '),
    ).sort(),
    networks: Object.fromEntries(networks.sort()),
    ...(traffic ? {} : { published: PortBindings, mode: plain(NetworkMode) }),
  };
}
type What = ReturnType<typeof whatItIs>;

const inspected = (...filters: string[]): Inspected[] => {
  const ids = docker(['ps', '-aq', ...filters.flatMap((filter) => ['--filter', filter])])
    .split('\n')
    .filter(Boolean);
  return JSON.parse(docker(['inspect', ...ids]));
};
const serviceOf = ({ Config: { Labels } }: Inspected) => Labels[SERVICE]!;
const servicesOf = (all: readonly Inspected[]) => new Map(all.map((one) => [one.Id, serviceOf(one)]));
const traffic: readonly string[] = TRAFFIC;

let shop: Shop;
let [spare, doors]: number[][] = [];
const VARIABLES = { VERSION: 'v1', TOKEN: 'n0body-knows' };
const write = (name: string, text: string) => writeFileSync(join(shop.folder, 'deploy', name), text);
const deploy = (more: Record<string, string>) =>
  shop.deploy(
    VARIABLES.VERSION,
    {
      'compose-file': 'deploy/compose.yaml\ndeploy/prod.yaml',
      publish: TRAFFIC.map((name, i) => `127.0.0.1:${doors![i]}:${name}:${portOf(name)}`).join('\n'),
      'health-path': '/',
      'deploy-timeout': '5m',
      secrets: `TOKEN=${VARIABLES.TOKEN}`,
      ...more,
    },
    { env: { COMPOSE_PROFILES: 'tools' } },
  );
beforeAll(async () => {
  ensureImages('node', 'edge');
  shop = await Shop.create();
  const ports = await Promise.all(Array.from({ length: TRAFFIC.length + 2 }, freePort));
  [spare, doors] = [ports.slice(0, 2), ports.slice(2)];
  for (const folder of ['host', 'deploy']) mkdirSync(join(shop.folder, folder));
  for (const [name, text] of Object.entries(FILES)) write(name, text);
});
afterAll(() => shop.remove());

describe('shapes of compose files', () => {
  it('are with plan and deploy what docker compose up makes of them', async () => {
    const all = shapes(shop.folder, shop.name, spare!);
    expect(new Set(all.map(({ name }) => name)).size).toBeGreaterThanOrEqual(40);
    write('compose.yaml', projectOf(shop.name, all));
    const compose = (...args: string[]) =>
      execFileSync('docker', ['compose', '-f', 'compose.yaml', '-f', 'prod.yaml', ...args], {
        cwd: join(shop.folder, 'deploy'),
        env: { ...process.env, ...VARIABLES, COMPOSE_PROFILES: 'tools' },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
    compose('create');
    const theirs = inspected(`label=com.docker.compose.project=${shop.name}`);
    const theirIds = servicesOf(theirs);
    const expected = new Map<string, What>(
      theirs.map((one) => [
        `${serviceOf(one)}-${one.Config.Labels[NUMBER]}`,
        whatItIs(one, traffic.includes(serviceOf(one)), theirIds),
      ]),
    );
    compose('down', '--volumes', '--timeout', '0');

    const planned = await deploy({ command: 'plan' });
    expect(planned.errors).toEqual([]);
    const done = await deploy({});
    expect([done.errors, done.outputs.state]).toEqual([[], 'good']);
    const beside = inspected(`label=com.docker.compose.project=${shop.name}`);
    const ids = servicesOf(beside);
    const found = new Map<string, What>([
      ...beside.map((one) => [`${serviceOf(one)}-${one.Config.Labels[NUMBER]}`, whatItIs(one, false, ids)] as const),
      ...inspected(`label=io.seatrial.release=${done.outputs.release}`, `label=io.seatrial.app=${shop.name}`).map(
        (one) => [`${one.Config.Labels['io.seatrial.service'] ?? TRAFFIC[0]}-1`, whatItIs(one, true, ids)] as const,
      ),
    ]);
    expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [name, what] of expected) expect([name, found.get(name)]).toEqual([name, what]);
  });

  it('that can not be had are refused by plan and deploy alike, and nothing is touched', async () => {
    const fresh = await Shop.create();
    try {
      const refused = async (more: object, file: string) => {
        const text = JSON.stringify({
          services: {
            web: { image: NODE_IMAGE, ports: [`127.0.0.1:${fresh.port}:80`] },
            db: { image: NODE_IMAGE, ...more },
          },
          networks: {
            taken: { ipam: { config: [{ subnet: '10.251.7.64/26' }] } },
          },
          secrets: { unset: { environment: 'NOBODY_SET_THIS' } },
        });
        writeFileSync(join(fresh.folder, file), text);
        const run = (command: string) => fresh.deploy('v1', { command, 'compose-file': file, service: 'web' });
        const [plan, real] = await Promise.all([run('plan'), run('deploy')]);
        return [plan.outputs['error-code'], real.outputs['error-code']];
      };
      for (const [more, code] of [
        [{ image: 'seatrial.local/nobody-has-this:1' }, 'IMAGE_MISSING'],
        [{ networks: ['taken'] }, 'COMPOSE_INVALID'],
        [{ secrets: ['unset'] }, 'SECRETS_NEEDED'],
        [{ ports: [`127.0.0.1:${spare![0]}:80`] }, 'PORT_TAKEN'],
      ] as const) {
        expect([more, ...(await refused(more, `${code}.yaml`))]).toEqual([more, code, code]);
      }
      expect(docker(['ps', '-aq', '--filter', `name=${fresh.name}`])).toBe('');
    } finally {
      fresh.remove();
    }
  });
});
