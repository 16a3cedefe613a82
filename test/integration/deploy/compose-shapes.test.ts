import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerInspectInfo } from 'dockerode';
import { beforeAll, expect, it } from 'vitest';
import { docker } from '../../support/app.ts';
import { ensureImages, NODE_IMAGE } from '../../support/images.ts';
import { freePort } from '../../support/ports.ts';
import { Shop } from '../../support/shop.ts';

beforeAll(() => ensureImages('node', 'edge'));

type Shape = Record<string, unknown>;

/** Says as little as it can: it stays, and goes at once when it is told to. */
const STAY = ['sh', '-c', 'exec sleep 100000'];
/** Answers on 80 plus a number, whoever it runs as. */
const serve = (port: number) => [
  'node',
  '-e',
  `require('http').createServer((q,r)=>r.end('ok')).listen(${port});process.on('SIGTERM',()=>process.exit(0));process.on('SIGINT',()=>process.exit(0))`,
];
const quick: Shape = { stop_grace_period: '1s' };
/** What we would add where a file is silent, said by the file. */
const said: Shape = { restart: 'always', logging: { driver: 'json-file', options: { 'max-size': '5m' } } };

/** Services in place: each a way of writing one that is met in public files. */
const inPlace = (folder: string, ports: readonly number[]): Record<string, Shape> => ({
  plain: {},
  'command-text': { command: 'sh -c "exec sleep 100000"' },
  'entrypoint-text': { entrypoint: 'sh -c "exec sleep 100000"', command: [] },
  'entrypoint-list': { entrypoint: ['sh', '-c'], command: ['exec sleep 100000'] },
  'env-map': { environment: { A: '1', EMPTY: '', QUOTE: 'say "hi"', DOLLAR: 'a$$b', FLAG: 'yes', NUMBER: '1.50' } },
  'env-list': { environment: ['A=1=2', 'LINES=one\ntwo', 'VERSION'] },
  'env-file': { env_file: ['extra.env'], environment: { A: 'from the file' } },
  user: { user: '1000:1000', group_add: ['44'], working_dir: '/tmp' },
  hostname: { hostname: 'shop', domainname: 'example.test' },
  'container-name': { container_name: `${folder.split('-').at(-1)!.toLowerCase()}-by-name` },
  terminal: { tty: true, stdin_open: true },
  init: { init: true },
  privileged: { privileged: true },
  capabilities: { cap_drop: ['ALL'], cap_add: ['NET_BIND_SERVICE'], security_opt: ['no-new-privileges:true'] },
  'read-only': { read_only: true, tmpfs: ['/run', '/tmp:size=1m'] },
  'tmpfs-volume': { volumes: [{ type: 'tmpfs', target: '/cache', tmpfs: { size: 1_000_000 } }] },
  shm: { shm_size: '96m' },
  ulimits: { ulimits: { nofile: { soft: 2000, hard: 4000 }, nproc: 500 } },
  sysctls: { sysctls: { 'net.core.somaxconn': 511 } },
  hosts: { extra_hosts: ['db.local:10.1.2.3', 'host.docker.internal:host-gateway'] },
  dns: { dns: ['127.0.0.11'], dns_search: ['corp.example'], dns_opt: ['ndots:2'] },
  devices: { devices: ['/dev/null:/dev/mynull'] },
  'pid-host': { pid: 'host' },
  'ipc-shareable': { ipc: 'shareable' },
  'ipc-of-another': { ipc: 'service:ipc-shareable' },
  'oom-score': { oom_score_adj: 100 },
  memory: { mem_limit: '64m', memswap_limit: '128m', mem_reservation: '32m', mem_swappiness: 10 },
  resources: {
    deploy: { resources: { limits: { memory: '64M', cpus: '0.5', pids: 50 }, reservations: { memory: '16M' } } },
  },
  cpu: { cpus: 0.5, cpu_shares: 512, cpuset: '0' },
  pids: { pids_limit: 77 },
  'log-options': { logging: { driver: 'json-file', options: { 'max-size': '5m', tag: '{{.Name}}' } } },
  'log-none': { logging: { driver: 'none' } },
  'labels-list': { labels: ['traefik.enable=true', 'com.example.note=a $$ b'] },
  'labels-map': { labels: { 'com.example.order': '1' } },
  config: { configs: [{ source: 'conf', target: '/etc/app.conf' }] },
  secret: { secrets: ['token'] },
  'stop-signal': { stop_signal: 'SIGKILL' },
  'on-failure': { restart: 'on-failure:3' },
  'restart-policy': { deploy: { restart_policy: { condition: 'any' } } },
  expose: { expose: ['9999', '53/udp'] },
  'two-networks': { networks: { default: { aliases: ['alias-of-two'] }, back: {} } },
  'fixed-address': { networks: { fixed: { ipv4_address: '10.251.7.9' } } },
  'no-network': { network_mode: 'none' },
  'host-network': { network_mode: 'host' },
  sidecar: { network_mode: 'service:plain' },
  'named-volume': { volumes: ['data:/data:ro'] },
  'nameless-volume': { volumes: ['/data'] },
  'bind-mount': { volumes: [{ type: 'bind', source: join(folder, 'host'), target: '/host', read_only: true }] },
  'volumes-from': { volumes_from: ['nameless-volume:ro'] },
  links: { links: ['plain:database', 'user'] },
  healthcheck: {
    healthcheck: { test: ['CMD', 'sh', '-c', 'true'], interval: '1s', timeout: '5s', retries: 5, start_period: '1s' },
  },
  'healthcheck-text': { healthcheck: { test: 'true', interval: '1s' } },
  'healthcheck-off': { healthcheck: { disable: true } },
  'one-shot': { command: ['sh', '-c', 'true'] },
  'after-one-shot': { depends_on: { 'one-shot': { condition: 'service_completed_successfully' } } },
  scale: { scale: 2 },
  replicas: { deploy: { replicas: 2 } },
  ports: { ports: [`127.0.0.1:${ports[0]}:80`, { target: 81, published: String(ports[1]), host_ip: '127.0.0.1' }] },
  platform: { platform: 'linux/amd64' },
  extended: { extends: { file: 'base.yaml', service: 'base' } },
  'left-out': { profiles: ['never'] },
});

/** Services with traffic of their own: what they have is to be with each release what it is with compose. */
const withTraffic: Record<string, Shape> = {
  web: {
    hostname: 'shop',
    init: true,
    user: '1000:1000',
    tmpfs: ['/run/x'],
    shm_size: '96m',
    ulimits: { nofile: { soft: 2000, hard: 4000 } },
    sysctls: { 'net.core.somaxconn': 511 },
    extra_hosts: ['db.local:10.1.2.3'],
    dns_search: ['corp.example'],
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    oom_score_adj: 100,
    mem_limit: '96m',
    pids_limit: 77,
    stop_signal: 'SIGINT',
    environment: { DOLLAR: 'a$$b', MULTI: 'l1\nl2', QUOTE: 'say "hi"' },
    labels: { 'com.example.note': 'a $$ b' },
    expose: ['9999'],
  },
  leaning: {
    links: ['plain:database'],
    pid: 'service:plain',
    ipc: 'service:ipc-shareable',
    volumes_from: ['nameless-volume'],
    volumes: ['/own'],
  },
  closed: { read_only: true, tmpfs: ['/tmp'], working_dir: '/tmp', tty: true },
  connected: { networks: { default: { aliases: ['shopalias'] }, back: {} }, depends_on: ['plain'] },
  limited: {
    deploy: { resources: { limits: { memory: '96M', cpus: '0.5' } } },
    configs: [{ source: 'conf', target: '/etc/app.conf' }],
    secrets: ['token'],
    volumes: ['data:/data', 'up:/up:ro'],
  },
  checked: { healthcheck: { test: ['CMD', 'sh', '-c', 'true'], interval: '1s', retries: 9 }, env_file: ['extra.env'] },
};

type Inspected = ContainerInspectInfo;
const SERVICE = 'com.docker.compose.service';

/**
 * What a container is, without what differs by its nature: ids, names, and whose labels it bears. With traffic its
 * port and the names it is called by are the edge's and the release's matter, and what it leans on is in another project.
 */
function whatItIs(
  { Config, HostConfig, Mounts, NetworkSettings, Image }: Inspected,
  traffic: boolean,
  ids: ReadonlyMap<string, string>,
) {
  const plain = (text: string | undefined) => {
    const named = [...ids].reduce((so, [id, service]) => so.replace(id, service), text ?? '');
    return named.replace(/\b[0-9a-f]{64}\b/, 'nameless');
  };
  const { Hostname, Image: _pinned, Labels, ExposedPorts = {}, ...config } = Config;
  const {
    PortBindings,
    NetworkMode,
    PidMode,
    IpcMode,
    Binds: _binds,
    Links: _links,
    VolumesFrom: _from,
    ...host
  } = {
    VolumesFrom: undefined,
    ...HostConfig,
  };
  // Of a stopped container the engine tells no mounts of a host that asks for them another way.
  const { Mounts: _asked, ...limits } = host;
  const networks = Object.entries(NetworkSettings.Networks)
    .filter(([name]) => !name.endsWith('-net'))
    .map(([name, { Aliases, IPAMConfig }]) => {
      const called = (Aliases ?? []).filter((alias: string) => !/^[0-9a-f]{12}$/.test(alias) && !/-\d+$/.test(alias));
      return [name, traffic ? 'joined' : { called: [...new Set(called)].sort(), fixed: IPAMConfig?.IPv4Address ?? '' }];
    });
  return {
    image: Image,
    config: { ...config, ports: Object.keys(ExposedPorts).sort() },
    hostname: /^[0-9a-f]{12}$/.test(Hostname) ? 'of its id' : Hostname,
    labels: Object.entries(Labels)
      .filter(([name]) => !/^(com\.docker\.compose|io\.seatrial)\./.test(name))
      .sort(),
    limits,
    spaces: [plain(PidMode), plain(IpcMode)],
    mounts: Mounts.map(({ Type, Name, Source, Destination, RW }) =>
      [Type, plain(Name), Type === 'bind' ? Source : '', Destination, RW].join(' '),
    ).sort(),
    networks: Object.fromEntries(networks.sort()),
    ...(traffic ? {} : { published: PortBindings, mode: plain(NetworkMode) }),
  };
}
type What = ReturnType<typeof whatItIs>;

it('more than forty ways of writing a service are after plan and deploy what compose makes of them', async () => {
  const shop = await Shop.create();
  try {
    const names = Object.keys(withTraffic);
    const ports = await Promise.all(Array.from({ length: names.length + 2 }, freePort));
    const [spare, doors] = [ports.slice(0, 2), ports.slice(2)];
    mkdirSync(join(shop.folder, 'host'));
    const write = (name: string, text: string) => writeFileSync(join(shop.folder, name), text);
    write('extra.env', '# comment\nA=1\nB=\'two words\' # said\nC="$VERSION"\n');
    write(
      'base.yaml',
      JSON.stringify({ services: { base: { environment: { FROM: 'base' }, cap_drop: ['NET_RAW'] } } }),
    );
    const still = Object.entries(inPlace(shop.folder, spare)).map(([name, shape]): [string, Shape] => [
      name,
      { image: NODE_IMAGE, command: STAY, stop_grace_period: '0s', ...shape },
    ]);
    const moving = Object.entries(withTraffic).map(([name, shape], i): [string, Shape] => [
      name,
      { image: NODE_IMAGE, command: serve(8000 + i), ...quick, ...said, ...shape },
    ]);
    expect(still.length + moving.length).toBeGreaterThanOrEqual(40);
    write(
      'compose.yaml',
      JSON.stringify({
        name: shop.name,
        services: Object.fromEntries([...still, ...moving]),
        networks: { back: { internal: true }, fixed: { ipam: { config: [{ subnet: '10.251.7.0/24' }] } } },
        volumes: { data: {}, up: { labels: { kept: 'yes' } } },
        configs: { conf: { content: 'conf $$x ${VERSION:-v1}' } },
        secrets: { token: { environment: 'TOKEN' } },
      }),
    );
    const inspected = (filter: string) => {
      const ids = docker(['ps', '-aq', '--filter', filter]).split('\n').filter(Boolean);
      return JSON.parse(docker(['inspect', ...ids])) as Inspected[];
    };
    const called = (all: Inspected[]) => new Map(all.map(({ Id, Config }) => [Id, Config.Labels[SERVICE]!]));
    const numbered = ({ Config: { Labels } }: Inspected) =>
      `${Labels[SERVICE]}-${Labels['com.docker.compose.container-number']}`;

    const variables = { VERSION: 'v1', TOKEN: 'n0body-knows' };
    const compose = (...args: string[]) =>
      execFileSync('docker', ['compose', '-p', shop.name, '-f', 'compose.yaml', ...args], {
        ...{ cwd: shop.folder, env: { ...process.env, ...variables }, stdio: ['ignore', 'ignore', 'pipe'] },
      });
    compose('create');
    const theirs = inspected(`label=com.docker.compose.project=${shop.name}`);
    const theirNames = called(theirs);
    const expected = new Map<string, What>(
      theirs.map((one) => [numbered(one), whatItIs(one, names.includes(one.Config.Labels[SERVICE]!), theirNames)]),
    );
    compose('down', '-v', '--remove-orphans', '-t', '0');

    const inputs = {
      publish: names.map((name, i) => `127.0.0.1:${doors[i]}:${name}:${8000 + i}`).join('\n'),
      'health-path': '/',
      secrets: `TOKEN=${variables.TOKEN}`,
      'deploy-timeout': '2m',
    };
    const plan = await shop.deploy('v1', { ...inputs, command: 'plan' });
    expect(plan.errors).toEqual([]);
    const one = await shop.deploy('v1', inputs);
    expect(one.errors).toEqual([]);
    expect(one.outputs.state).toBe('good');

    const inPlaceNow = inspected(`label=com.docker.compose.project=${shop.name}`);
    const release = inspected(`label=io.seatrial.release=${one.outputs.release}`);
    const ourNames = called(inPlaceNow);
    const found = new Map<string, What>([
      ...inPlaceNow.map((one) => [numbered(one), whatItIs(one, false, ourNames)] as const),
      ...release.map((one) => {
        const service = one.Config.Labels['io.seatrial.service'] ?? names[0]!;
        return [`${service}-1`, whatItIs(one, true, ourNames)] as const;
      }),
    ]);
    expect([...found.keys()].sort()).toEqual([...expected.keys()].sort());
    for (const [name, what] of expected) expect([name, found.get(name)]).toEqual([name, what]);
  } finally {
    shop.remove();
  }
});
