import { NODE_IMAGE } from './images.ts';

type Keys = Record<string, unknown>;

/** A way of writing a service, or a file, that is met in public, and the services of the test's project it is put on. */
export interface Shape {
  name: string;
  /** Where such is met, in a word or two. */
  met: string;
  on: Record<string, Keys>;
}

/** It stays, and goes at once when it is told to. */
const STAY = ['sh', '-c', 'exec sleep 100000'];
/** Answers on a port, whoever it runs as. */
const serve = (port: number) => [
  'node',
  '-e',
  `require('http').createServer((q,r)=>r.end('ok')).listen(${port});process.on('SIGTERM',()=>process.exit(0));process.on('SIGINT',()=>process.exit(0))`,
];

/** Services with traffic of their own, each on a port of its own: what they have is to be with a release what it is with compose. */
export const TRAFFIC = ['web', 'api', 'admin'] as const;
export const portOf = (service: (typeof TRAFFIC)[number]) => 8000 + TRAFFIC.indexOf(service);

/** `folder` is the checkout, the compose file stands in its folder `deploy`; `name` is a name nobody else has. */
export const shapes = (folder: string, name: string, ports: readonly number[]): Shape[] => [
  // One container, as it is started.
  { name: 'an image and nothing else', met: 'a cache, a queue', on: { cache: {} } },
  { name: 'a command as text', met: 'workers', on: { words: { command: 'sh -c "exec sleep 100000"' } } },
  {
    name: 'an entrypoint as text, and no command',
    met: 'cron jobs',
    on: { lists: { entrypoint: 'sh -c "exec sleep 100000"', command: [] } },
  },
  {
    name: 'an entrypoint and a command as lists',
    met: 'databases with a start script',
    on: { files: { entrypoint: ['sh', '-c'], command: ['exec sleep 100000'] } },
  },
  {
    name: 'an environment as a map: empty, quoted, numbers, a dollar',
    met: 'nearly every file',
    on: {
      words: {
        environment: { A: '1', EMPTY: '', QUOTE: 'say "hi"', DOLLAR: 'a$$b', FLAG: true, NUMBER: 1.5, NOTHING: null },
      },
      web: { environment: { DOLLAR: 'a$$b', MULTI: 'l1\nl2', QUOTE: 'say "hi"', FROM: '${WHO}' } },
    },
  },
  {
    name: 'an environment as a list, with names alone and equal signs',
    met: 'nearly every other file',
    on: { lists: { environment: ['A=1=2', 'LINES=one\ntwo', 'VERSION', 'NOBODY_SET_THIS'] } },
  },
  {
    name: 'an env_file, with quotes, comments and a variable; what is written beside it wins',
    met: 'self-hosted apps',
    on: { files: { env_file: ['extra.env'], environment: { A: 'of the file' } }, api: { env_file: 'extra.env' } },
  },
  { name: 'a .env beside the file', met: 'self-hosted apps', on: { files: { labels: { who: '${WHO}' } } } },
  {
    name: 'a user by numbers, with groups and a folder',
    met: 'linuxserver-like images',
    on: { words: { user: '1000:1000', group_add: ['44'], working_dir: '/tmp' }, web: { user: '1000:1000' } },
  },
  {
    name: 'a host name and a domain',
    met: 'mail servers',
    on: { words: { hostname: 'mail', domainname: 'example.test' }, web: { hostname: 'shop' } },
  },
  { name: 'a container_name', met: 'one file in three', on: { cache: { container_name: `${name}-by-name` } } },
  {
    name: 'a terminal and an open stdin',
    met: 'game servers, consoles',
    on: { lists: { tty: true, stdin_open: true }, admin: { tty: true } },
  },
  { name: 'an init', met: 'browsers, Node apps', on: { words: { init: true }, web: { init: true } } },
  {
    name: 'capabilities and no new privileges',
    met: 'hardened files',
    on: {
      lists: { cap_drop: ['ALL'], cap_add: ['NET_BIND_SERVICE'], security_opt: ['no-new-privileges:true'] },
      web: { cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] },
    },
  },
  {
    name: 'a read-only root with tmpfs',
    met: 'hardened files',
    on: {
      lists: { read_only: true, tmpfs: ['/run', '/tmp:size=1m'] },
      admin: { read_only: true, tmpfs: '/tmp', working_dir: '/tmp' },
    },
  },
  // What it may use.
  {
    name: 'memory by the old keys',
    met: 'files of version 2',
    on: {
      limits: { mem_limit: '64m', memswap_limit: '128m', mem_reservation: '32m', mem_swappiness: 10 },
      web: { mem_limit: '96m' },
    },
  },
  {
    name: 'limits and reservations under deploy',
    met: 'files of version 3',
    on: {
      health: {
        deploy: { resources: { limits: { memory: '64M', cpus: '0.5', pids: 50 }, reservations: { memory: '16M' } } },
      },
      api: { deploy: { resources: { limits: { memory: '96M', cpus: '0.5' } } } },
    },
  },
  {
    name: 'processors, shares and pids',
    met: 'build agents',
    on: { limits: { cpus: 0.5, cpu_shares: 512, cpuset: '0', pids_limit: 77 }, web: { pids_limit: 77 } },
  },
  {
    name: 'shared memory and ulimits',
    met: 'databases, search engines',
    on: {
      limits: { shm_size: '96m', ulimits: { nofile: { soft: 2000, hard: 4000 }, nproc: 500 } },
      web: { shm_size: '96m', ulimits: { nofile: { soft: 2000, hard: 4000 } } },
    },
  },
  {
    name: 'sysctls and an oom score',
    met: 'proxies, caches',
    on: {
      limits: { sysctls: { 'net.core.somaxconn': 511 }, oom_score_adj: 100 },
      web: { sysctls: ['net.core.somaxconn=511'], oom_score_adj: 100 },
    },
  },
  // How it is met, and whom it meets.
  {
    name: 'hosts of its own, the gateway among them',
    met: 'apps with a service on the host',
    on: {
      kernel: { extra_hosts: ['db.local:10.1.2.3', 'host.docker.internal:host-gateway'] },
      web: { extra_hosts: { 'db.local': '10.1.2.3' } },
    },
  },
  {
    name: 'a DNS of its own',
    met: 'home networks',
    on: {
      kernel: { dns: ['127.0.0.11'], dns_search: ['corp.example'], dns_opt: ['ndots:2'] },
      web: { dns_search: 'corp.example' },
    },
  },
  { name: 'a device', met: 'home automation', on: { kernel: { devices: ['/dev/null:/dev/mynull'] } } },
  { name: 'the pids of the host', met: 'monitoring agents', on: { kernel: { pid: 'host' } } },
  {
    name: 'another service of it to share memory with',
    met: 'databases with a backup beside',
    on: {
      memory: { ipc: 'shareable' },
      health: { ipc: 'service:memory' },
      api: { ipc: 'service:memory' },
    },
  },
  {
    name: 'two networks, one of them inside, with an alias',
    met: 'web and database parted',
    on: {
      limits: { networks: { default: { aliases: ['alias-of-limits'] }, back: {} } },
      admin: { networks: { default: { aliases: ['shopalias'] }, back: null } },
    },
  },
  {
    name: 'a fixed address in a subnet of its own',
    met: 'DNS filters',
    on: { health: { networks: { fixed: { ipv4_address: '10.251.7.9' } } } },
  },
  { name: 'no network', met: 'batch jobs', on: { lists: { network_mode: 'none' } } },
  { name: 'the network of the host', met: 'media servers, agents', on: { volumes: { network_mode: 'host' } } },
  {
    name: 'the network of another service',
    met: 'VPN with apps behind',
    on: { sidecar: { network_mode: 'service:cache' } },
  },
  {
    name: 'links with an alias',
    met: 'files of version 1 and 2',
    on: { memory: { links: ['cache:redis', 'words'] }, api: { links: ['cache:redis'] } },
  },
  {
    name: 'ports in short and in long, and exposed ones',
    met: 'nearly every file',
    on: {
      cache: { ports: [`127.0.0.1:${ports[0]}:80`, { target: 81, published: `${ports[1]}`, host_ip: '127.0.0.1' }] },
      memory: { expose: ['9999', '53/udp'] },
      web: { expose: [9999] },
    },
  },
  // What it keeps.
  {
    name: 'a named volume, read-only for a second one',
    met: 'databases, static files',
    on: { files: { volumes: ['data:/data:ro'] }, web: { volumes: ['data:/data', 'up:/up:ro'] } },
  },
  {
    name: 'a volume without a name, and volumes from another service',
    met: 'node_modules, old backup scripts',
    on: {
      words: { volumes: ['/data'] },
      lists: { volumes_from: ['words:ro'] },
      api: { volumes_from: ['words'], volumes: ['/own'] },
    },
  },
  {
    name: 'a folder and a file of the host',
    met: 'proxies with their configuration',
    on: { kernel: { volumes: ['../host:/host:ro', { type: 'bind', source: `${folder}/host`, target: '/again' }] } },
  },
  {
    name: 'tmpfs as a volume',
    met: 'transcoders',
    on: { volumes: { volumes: [{ type: 'tmpfs', target: '/cache', tmpfs: { size: 1_000_000 } }] } },
  },
  {
    name: 'configs with their content, and secrets of the environment and of a file',
    met: 'newer files',
    on: {
      words: { configs: [{ source: 'conf', target: '/etc/app.conf' }], secrets: ['token', 'of_file'] },
      api: { configs: [{ source: 'conf', target: '/etc/app.conf' }], secrets: ['token'] },
    },
  },
  // How long it lives, and what is said of it.
  {
    name: 'a health check as a list, and one as text',
    met: 'databases',
    on: {
      cache: { healthcheck: { test: ['CMD', 'sh', '-c', 'true'], interval: '1s', timeout: '5s', start_period: '1s' } },
      admin: { healthcheck: { test: 'true', interval: '1s', retries: 9 } },
    },
  },
  {
    name: 'a health check switched off',
    met: 'images with one that does not fit',
    on: { health: { healthcheck: { disable: true } } },
  },
  {
    name: 'a one-shot, and what starts after it and after one that is healthy',
    met: 'migrations',
    on: {
      migrate: { command: ['sh', '-c', 'true'] },
      files: {
        depends_on: {
          migrate: { condition: 'service_completed_successfully' },
          cache: { condition: 'service_healthy' },
        },
      },
      web: { depends_on: ['cache', 'migrate'] },
    },
  },
  {
    name: 'restart policies: always, on failure, under deploy',
    met: 'nearly every file',
    on: {
      cache: { restart: 'always' },
      words: { restart: 'on-failure:3' },
      health: { deploy: { restart_policy: { condition: 'any' } } },
      api: { restart: 'always' },
    },
  },
  {
    name: 'a signal and a time to stop',
    met: 'proxies, databases',
    on: { words: { stop_signal: 'SIGKILL' }, admin: { stop_signal: 'SIGINT' } },
  },
  {
    name: 'logs rotated, and no log',
    met: 'small hosts',
    on: {
      limits: { logging: { driver: 'json-file', options: { 'max-size': '5m', tag: '{{.Name}}' } } },
      volumes: { logging: { driver: 'none' } },
      admin: { logging: { options: { 'max-size': '5m' } } },
    },
  },
  {
    name: 'labels as a list, as a map, and in a file',
    met: 'behind Traefik, for Watchtower',
    on: {
      lists: { labels: ['traefik.enable=true', 'traefik.http.routers.a.rule=Host(`a.example`)', 'note=a $$ b'] },
      volumes: { labels: { 'com.example.order': '1' }, label_file: ['labels.env'] },
      web: { labels: { 'com.example.note': 'a $$ b' } },
    },
  },
  { name: 'several of one, by scale', met: 'workers', on: { many: { scale: 2 } } },
  { name: 'several of one, by replicas', met: 'workers', on: { more: { deploy: { replicas: 2 } } } },
  { name: 'a platform', met: 'images of one architecture', on: { memory: { platform: 'linux/amd64' } } },
  // How the file is put together.
  {
    name: 'a service of another file, extended',
    met: 'monorepos',
    on: { health: { extends: { file: 'base.yaml', service: 'base' } } },
  },
  { name: 'a profile that nobody asks for', met: 'debug tools', on: { 'left-out': { profiles: ['never'] } } },
  { name: 'a profile that is asked for', met: 'optional parts', on: { more: { profiles: ['tools'] } } },
];

/** Files beside the compose file, with what they are a shape of. */
export const FILES: Record<string, string> = {
  '.env': 'WHO="Lin Mei" # who it is\n',
  'extra.env': '# comment\nA=1\nB=\'two words\' # said\nC="$VERSION"\nD=\n',
  'labels.env': 'of.a.file=yes\n',
  'secret.txt': 'of a file',
  'base.yaml': 'services: { base: { environment: { FROM: base }, cap_drop: [NET_RAW] } }\n',
  // Anchors and merge keys, an extension field, a file that is included.
  'part.yaml': `
x-common: &common { image: "${NODE_IMAGE}", command: ${JSON.stringify(STAY)}, stop_grace_period: 0s, labels: &labels { kept: "yes" } }
services:
  included: { <<: *common, labels: { <<: *labels, more: "1" } }
`,
  // A second file is laid over the first.
  'prod.yaml':
    'services: { cache: { environment: { LAID: over }, mem_limit: 80m }, web: { labels: { laid: over } } }\n',
};

/** Of two shapes on one service both must be seen: what is a map in both is joined, nothing else may be said twice. */
function join(into: Keys, keys: Keys, where: string): void {
  for (const [key, value] of Object.entries(keys)) {
    const map = (one: unknown) => typeof one === 'object' && one !== null && !Array.isArray(one);
    if (!(key in into)) into[key] = structuredClone(value);
    else if (map(into[key]) && map(value)) join(into[key] as Keys, value as Keys, `${where}.${key}`);
    else throw new Error(`${where}.${key} is of two shapes`);
  }
}

/** The project that all shapes make together, as the text of its first file. */
export function projectOf(name: string, all: readonly Shape[]): string {
  const services: Record<string, Keys> = {};
  for (const { on } of all) {
    for (const [service, keys] of Object.entries(on)) {
      services[service] ??= {};
      join(services[service], keys, service);
    }
  }
  const whole = Object.entries(services).map(([service, keys]) => {
    const traffic = TRAFFIC.find((one) => one === service);
    const base = traffic
      ? { image: NODE_IMAGE, command: serve(portOf(traffic)), stop_grace_period: '1s' }
      : { image: NODE_IMAGE, command: STAY, stop_grace_period: '0s' };
    return [service, { ...base, ...keys }];
  });
  return JSON.stringify({
    name,
    include: ['part.yaml'],
    services: Object.fromEntries(whole),
    networks: { back: { internal: true }, fixed: { ipam: { config: [{ subnet: '10.251.7.0/24' }] } } },
    volumes: { data: null, up: { labels: { kept: 'yes' } } },
    configs: { conf: { content: 'conf $$x ${VERSION:-v1}' } },
    secrets: { token: { environment: 'TOKEN' }, of_file: { file: './secret.txt' } },
  });
}
