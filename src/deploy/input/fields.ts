import * as z from 'zod';
import * as f from '../../lib/fields.ts';
import { parseScale } from '../release/scale-schedule.ts';
import { cluster } from './cluster.ts';

/** The public HAProxy image, by digest; any image with HAProxy >= 2.6, sh and nc on its PATH will do. */
export const DEFAULT_EDGE_IMAGE =
  'haproxy:3.2-alpine@sha256:79799e8b2977e60802774fa53d29e6b54e045402cdd8a8b9fe43923e7095a047';

/** https://letsencrypt.org/docs/acme-protocol-updates/ */
export const DEFAULT_ACME_SERVER = 'https://acme-v02.api.letsencrypt.org/directory';
/** HAProxy 3.4 has an ACME client of its own. The tag is that of its long-term support; the front keeps the image it has. */
export const DEFAULT_FRONT_IMAGE = 'haproxy:3.4-alpine';

/** Where a command works, and as whom. */
export const place = {
  command: f.choice(
    [
      'deploy',
      'promote',
      'rollback',
      'status',
      'plan',
      'unlock',
      'prune',
      'remove',
      'scale',
      'maintenance',
      'doctor',
      'upgrade-front',
    ],
    'deploy',
    'What to do. All but deploy and plan need only app, environment, hosts and credentials.',
  ),
  app: f.requiredText(
    'Name of the app: lower-case letters, digits and dashes, at most 30; names all it owns on a host.',
  ),
  environment: f.textOr('production', 'Name of the environment; one environment of an app per host.'),
  hosts: f.lines(
    'Docker hosts, one a line: unix:///var/run/docker.sock, tcp://h:2376, ssh://user@h:22; a Swarm by one of its managers: swarm+ssh://user@manager; a namespace of Kubernetes: kubernetes://CONTEXT/NAMESPACE; with a region before it if you like: eu ssh://user@h. Default: DOCKER_HOST, else the default socket.',
  ),
  'hosts-at-once': f.intOr(4, 'Hosts that get a release together, after the first one had it alone.', { min: 1 }),
  'region-pause': f.durationOr(
    '0s',
    'Time between two regions of hosts; the release is watched meanwhile where it has traffic.',
  ),
  'ssh-key': f.secret('Private key for ssh:// hosts; without it the agent is asked.'),
  'ssh-known-hosts': f.text('Lines of known_hosts for ssh:// hosts; required there, no key is trusted on first sight.'),
  'tls-ca': f.text('CA certificate (PEM) of tcp:// hosts.'),
  'tls-cert': f.text('Client certificate (PEM) for tcp:// hosts.'),
  'tls-key': f.secret('Client key (PEM) for tcp:// hosts.'),
  kubeconfig: f.kubeconfig(),
};

/** What is deployed, and what its containers are made from. */
export const workload = {
  image: f.text('Image to deploy: repo@sha256:…, or a tag, which is resolved to its digest by pulling.'),
  registry: f.text('Registry to log in to; default: the one of the image.'),
  username: f.text('User name at the registry.'),
  password: f.secret('Password or token at the registry; it never reaches the disk of a host.'),
  strategy: f.choice(
    ['recreate', 'blue-green', 'canary'],
    'blue-green',
    'recreate stops the old first (a gap), blue-green switches at once, canary goes by steps.',
  ),
  edge: f.choice(
    ['haproxy', 'none'],
    'haproxy',
    'haproxy owns the published port; none publishes the container itself, for recreate only. On Kubernetes none sends traffic through what the cluster has: the Service, or with domains an Ingress or HTTPRoutes.',
  ),
  port: f.int('Port the app listens on in its container.', { min: 1, max: 65535 }),
  'app-protocol': f.choice(
    ['http', 'h2c'],
    'http',
    'What the app speaks: h2c is HTTP/2 without TLS, as gRPC servers do. One that does not answer HTTP/1.1 too wants no health-path.',
  ),
  publish: f.rawLines(
    'Ports on the host, one a line: 8080 or 127.0.0.1:8080 leads to port, 8080:3000 to the port it names; with a compose-file also 8080:web:3000. The traffic of all of them is switched together. On Kubernetes one NodePort, 30000 to 32767; left out, port 80 of the Service inside the cluster.',
  ),
  domains: f.lines(
    'Instead of publish: names users come by, one a line: shop.example.com or shop.example.com/api. One front door a host has ports 80 and 443 for all its apps.',
  ),
  redirects: f.lines('Names that lead to another, one a line: www.shop.example.com -> shop.example.com.'),
  replicas: f.int('Containers of the release on each host; default: as many as `command: scale` has set, else 1.', {
    min: 1,
    max: 32,
  }),
  env: f.pairs(
    'Environment of the container, one NAME=value a line; JSON, PEM and NAME<<EOF may take several. Never a secret: docker inspect shows it.',
  ),
  'env-file': f.text(
    'File in the workspace with more NAME=value lines; env wins over it. With a compose-file, compose reads it by its own rules.',
  ),
  secrets: f.secretLines(
    'Secrets, one NAME=value a line, where PEM, JSON and NAME<<EOF … EOF may take several: files under /run/secrets, never environment.',
  ),
  volumes: f.lines('Volumes, one a line: name:/path or /host/path:/path, with :ro when read only.'),
  networks: f.lines('Further networks that exist on the host, one a line: name or name:alias,alias.'),
  memory: f.size('Memory limit of each container, e.g. 512m.'),
  cpus: f.text('CPU limit of each container, e.g. 1.5.'),
  pids: f.int('Limit of processes in each container.', { min: 1 }),
  restart: f.choice(
    ['no', 'on-failure', 'always', 'unless-stopped'],
    'unless-stopped',
    'Restart policy of the containers.',
  ),
  'log-max-size': f.textOr('10m', 'Size at which a log file of a container is rotated.'),
  'log-max-file': f.intOr(3, 'Log files kept of each container.', { min: 1, max: 1000 }),
  'log-driver': f.text(
    'Log driver of the containers, e.g. fluentd, gelf, syslog, local. Default: json-file. What the engine cannot read back is "not checked" by action-verify.',
  ),
  'log-options': f.pairs('Options of the log driver, one NAME=value a line.'),
  tmpfs: f.lines('Folders in memory, one a line: /tmp or /tmp:size=64m.'),
  'extra-hosts': f.lines('More lines of /etc/hosts, one a line: name:address.'),
  ulimits: f.lines('Limits of the processes, one a line: nofile=65536 or nofile=1024:65536.'),
  'shm-size': f.size('Size of /dev/shm, e.g. 256m.'),
  init: f.bool(false, 'Run an init that passes signals on and reaps processes.'),
  dns: f.lines('DNS servers of the containers, one a line.'),
  devices: f.lines('Devices of the host, one a line: /dev/video0 or /dev/a:/dev/b:rw.'),
  gpus: f.text('GPUs for the containers: all, or how many; needs the runtime of their vendor on the host.'),
  'stop-signal': f.text("Signal that asks the app to stop; default: the image's own."),
  'stop-timeout': f.durationOr('10s', 'How long the app may take to stop before it is killed.'),
  'drain-timeout': f.durationOr('30s', 'How long requests may finish on the old release before it is stopped.'),
  'read-only': f.bool(false, 'Mount the root of the containers read only.'),
  user: f.text("User of the containers, uid or name; default: the image's own."),
  'cap-add': f.lines('Linux capabilities to add, one a line.'),
  'cap-drop': f.lines('Linux capabilities to drop, one a line, or ALL.'),
  labels: f.lines('More labels for the containers, one NAME=value a line.'),
  entrypoint: f.lines('Entrypoint instead of the one in the image, one word a line.'),
  workers: f.lines(
    'More roles of the image, one a line as in a Procfile: queue: node worker.js, or queue=2: node worker.js for two. They come and go with the release, beside the containers with the traffic.',
  ),
  args: f.lines('Command of the container instead of the one in the image, one word a line.'),
};

/** How it becomes the one that users reach, and what is kept of the others. */
export const rollout = {
  'health-path': f.rawLines(
    'Path that answers 200-399 when the app is healthy, e.g. /healthz; asked through the network of the edge. For another port than the first, on a line of its own: 9000 /ready.',
  ),
  'health-host': f.text(
    "Host header of the gate's request, e.g. shop.example.com, for an app that checks it; default: the address asked.",
  ),
  'health-headers': f.lines(
    "More headers of the gate's request, one `Name: value` a line; kept in the history, so no secret.",
  ),
  'health-status': f.text('Status codes and ranges that are well, e.g. 200-299 or 200,204. Default: 200-399.'),
  'health-command': f.text(
    'Shell command in the container that tells Docker its health, instead of the HEALTHCHECK in the image.',
  ),
  'health-interval': f.durationOr('1s', 'Time between two looks at the health.'),
  'health-timeout': f.durationOr('5s', 'Time a health answer may take.'),
  'healthy-after': f.intOr(3, 'Good looks in a row that make a container healthy.', { min: 1, max: 100 }),
  'start-period': f.durationOr('0s', 'Time after the start in which Docker health "unhealthy" is not yet a verdict.'),
  'deploy-timeout': f.durationOr('2m', 'Deadline for a container to become healthy.'),
  watch: f.durationOr(
    '10s',
    'Guard after the switch: restarts, health and 5xx take the release back; 0s turns it off.',
  ),
  'watch-errors': f.shareOr('5%', 'Share of 5xx answers that the guard lets pass.'),
  'canary-weight': f.shareOr(
    '10%',
    'Share of traffic for a canary that waits for promote (promote: manual); 0% with canary-match.',
  ),
  'canary-steps': f.textOr(
    '10%,50%,100%',
    'Shares a canary goes through, each with its own hold if given: 5%:1m,25%:5m,100%. With canary-match the first may be 0%.',
  ),
  'canary-match': f.lines(
    'Requests that reach the candidate of a canary at any weight, 0% included, one a line: header X-Canary: 1 or cookie canary=1. Kept on the host, so no secret.',
  ),
  sticky: f.bool(false, 'Keep a browser on the release that it first met, by a cookie the edge inserts.'),
  'tls-certificate': f.secret(
    'Certificate, chain and private key (PEM) the edge, or with domains and tls: own the front door, serves TLS and HTTP/2 with; left out, what it has stays.',
  ),
  tls: f.choice(
    ['auto', 'own', 'off'],
    'auto',
    'With domains: auto gets and renews certificates by ACME, own serves tls-certificate, off is plain HTTP. Without: off turns the TLS of the edge off again.',
  ),
  'acme-email': f.text('Address the authority may write to about the certificates of tls: auto.'),
  'acme-server': f.textOr(DEFAULT_ACME_SERVER, "Directory of the ACME authority; default: Let's Encrypt."),
  'acme-ca': f.text(
    "Certificate (PEM) of the authority behind the acme-server's own certificate, for a private one; default: the system's store.",
  ),
  'front-image': f.textOr(
    DEFAULT_FRONT_IMAGE,
    'Image the front door is made from: HAProxy 3.4 for tls: auto, else 2.6 or newer, with sh and nc. A front that is there keeps its own until command: upgrade-front.',
  ),
  'front-http': f.text('Port of the front door on the host for HTTP, as publish writes it; default: 80.'),
  'front-https': f.text('Port of the front door on the host for HTTPS, as publish writes it; default: 443.'),
  'trusted-proxies': f.lines(
    'Addresses and CIDRs of proxies in front, one a line: their X-Forwarded-* are the truth. From anybody else those headers are removed.',
  ),
  'header-max': f.size('Largest headers of a request, all together; beyond, the edge answers 431. Default: 15.5 KiB.'),
  'request-timeout': f.duration('How long a client may take for its headers before the edge hangs up. Default: 10s.'),
  'rate-limit': f.text(
    'Requests one client may make: 30/s, 600/m, 5000/h; over it the edge answers 429 with Retry-After.',
  ),
  'max-connections': f.int(
    'Requests one container works on at once; more wait for queue-timeout, then get 503 with Retry-After.',
    { min: 1, max: 100_000 },
  ),
  'queue-timeout': f.duration(
    'How long a request waits for a container that is full. Default: 500ms with max-connections.',
  ),
  'access-log': f.bool(
    false,
    'One line of JSON a request in the log of the edge, without queries and with masked client addresses.',
  ),
  scale: f.list(
    'How many containers there should be, one a line, for watch.yml to apply: `6 during 20:00-02:00 Asia/Shanghai`; `6 when cpu > 70% for 5m`, `+2 when …` or just `when …` for one more. Outside of all hours as many as replicas, else scale-min; those that `when` added go one by one as soon as the rest has room.',
    parseScale,
  ),
  'scale-min': f.intOr(1, 'Fewest containers that lines of scale lead to.', { min: 1, max: 32 }),
  'scale-max': f.int('Most containers that lines of scale lead to; needed for `when`.', { min: 1, max: 32 }),
  scheduled: f.bool(false, 'For command: scale. Apply the lines of scale instead of replicas, if any; watch.yml does.'),
  'metrics-address': f.text(
    "Address and port for Prometheus, e.g. 127.0.0.1:9101: /metrics is HAProxy's own, /releases tells which server is of which release. Loopback or private, unless public is written before it. Left out, it stays as it is; off ends it.",
  ),
  'maintenance-page': f.text(
    'File in the workspace with the page users see in maintenance: HTML, at most 20 KiB; pictures elsewhere.',
  ),
  'error-page': f.text(
    'File in the workspace with the page users see where the edge has to answer 500, 502, 503 or 504 itself: HTML, at most 20 KiB.',
  ),
  maintenance: f.text('For command: maintenance. on answers every request 503, also after later deploys, until off.'),
  'max-body': f.size(
    'Largest request body the edge lets through; beyond it answers 413, and 411 to a large one that names no length.',
  ),
  'accept-proxy': f.bool(false, 'Clients reach the edge through a proxy that speaks the PROXY protocol, and only so.'),
  'pre-deploy': f.text(
    'Command run once in a container of the new image before it gets traffic, e.g. a migration; its failure stops the deploy. A JSON list of words runs without a shell.',
  ),
  'post-deploy': f.text(
    'Command run once in a container of the new image after the release is good; its failure is a warning.',
  ),
  'hook-entrypoint': f.choice(
    ['auto', 'image', 'none'],
    'auto',
    "Whether hooks run through the image's entrypoint; auto does where that is a wrapper (a script, or one that ends in --).",
  ),
  'keep-warm': f.durationOr(
    '10m',
    'How long the old release stays ready for a rollback in a blink; a later command ends it.',
  ),
  'keep-warm-as': f.choice(['running', 'paused', 'stopped'], 'running', 'How the old release is kept meanwhile.'),
  'keep-releases': f.intOr(5, 'Releases whose containers and images stay on the host.', { min: 2, max: 100 }),
  placement: f.lines(
    'On a Swarm: constraints on the nodes of the tasks, one a line, e.g. node.labels.zone==eu. Default: any node.',
  ),
  'edge-placement': f.lines(
    'On a Swarm: constraints on the nodes that run the edge and so have the published port, one a line. Default: every node.',
  ),
  'min-disk': f.sizeOr('256m', 'Free disk below which nothing is pulled, where the engine can tell; 0 turns it off.'),
  to: f.text('Rollback: release id, tag, digest or commit to go back to; default: the last good one.'),
  force: f.bool(
    false,
    'Rollback: go to a release marked bad or not answering. Unlock: take a lock whose lease still runs. Deploy: a new release even of what serves already.',
  ),
  reason: f.text('Why; kept in the history.'),
  promote: f.choice(
    ['auto', 'manual'],
    'auto',
    'manual leaves the release pending at its weight until promote or rollback.',
  ),
  'lock-wait': f.durationOr('0s', 'How long to wait for another run that holds the lock of the app.'),
  'dry-run': f.bool(false, 'Only print the plan; nothing is touched.'),
  'edge-image': f.textOr(DEFAULT_EDGE_IMAGE, 'Image of the edge: HAProxy 2.6 or newer, with sh and nc on its PATH.'),
  url: f.text('Address users reach the app at; handed on in the deployment.'),
  'github-deployment': f.bool(
    false,
    'Record a deployment and its statuses at GitHub. Not in a job with environment:, which records one itself.',
  ),
  'github-token': f.text('Token for github-deployment; the job needs permissions: deployments: write.', {
    secret: true,
    runnerDefault: '${{ github.token }}',
  }),
  'compose-file': f.lines(
    'Compose files to deploy, one a line, a later one laid over those before; image, if given, takes the place of the one of its service.',
  ),
  service: f.text('Service of the compose file that takes the traffic.'),
};

export const fields = z.object({ ...place, ...workload, ...cluster, ...rollout });

export type Raw = z.output<typeof fields>;
