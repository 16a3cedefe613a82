import { parsePublish, parsePublishLines } from '../publish.ts';
import { DEFAULT_ACME_SERVER, DEFAULT_FRONT_IMAGE, type Raw } from './fields.ts';

/** The default of stop-timeout. */
const DEFAULT_STOP_MS = 10_000;

/** The ports a cluster gives away at every node, https://kubernetes.io/docs/concepts/services-networking/service/#type-nodeport */
const [LOWEST, HIGHEST] = [30_000, 32_767];

/** What has no meaning on Kubernetes, and what does it there. */
const REFUSED: [keyof Raw, string][] = [
  ['compose-file', 'is for Docker hosts; give image, port and the rest as inputs.'],
  ['networks', 'are of Docker; pods reach each other by Services.'],
  ['redirects', 'are a matter of the Ingress controller or Gateway in front.'],
  ['acme-email', "belongs to the cluster's own issuer of certificates, e.g. cert-manager."],
  ['acme-ca', "belongs to the cluster's own issuer of certificates, e.g. cert-manager."],
  ['front-http', 'is a port of the Ingress controller or Gateway in front.'],
  ['front-https', 'is a port of the Ingress controller or Gateway in front.'],
  ['workers', 'are deployed as an app of their own, without a port.'],
  ['maintenance-page', 'is not supported; the usual page is shown.'],
  ['error-page', 'is not supported; the usual page is shown.'],
  ['pids', "is the kubelet's to limit (podPidsLimit)."],
  ['ulimits', 'are not to be had there; they are those of the container runtime.'],
  ['devices', "are a device plugin's to hand out."],
  ['gpus', "are a device plugin's to hand out."],
  ['init', 'has no counterpart; start an init in the image, e.g. tini.'],
  ['log-driver', "is the cluster's own matter; its nodes write and rotate the logs."],
  ['log-options', "are the cluster's own matter; its nodes write and rotate the logs."],
  ['stop-signal', 'is that of the image (STOPSIGNAL).'],
  ['tls-certificate', 'belongs into the Secret that the Ingress names (<app>-tls), or to the Gateway.'],
  ['accept-proxy', 'is not supported there; a balancer in front speaks HTTP to the Service.'],
  ['rate-limit', "would count the cluster's nodes and not the clients; limit at the Ingress or Gateway in front."],
  ['max-connections', 'counts containers, and the edge there knows Services alone; limit by replicas.'],
  ['queue-timeout', 'belongs to max-connections, which is not supported there.'],
];

const given = (value: Raw[keyof Raw]) =>
  Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false && value !== '';

/** A name of an object, RFC 1123; classes and Gateways may have dots. */
const NAME = '[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?';
const GATEWAY = new RegExp(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?/)?${NAME}$`);
const ANNOTATION = /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?=/;

/** What contradicts itself about the ways in by name. Pure. */
function wayContradictions(raw: Raw): [keyof Raw, string][] {
  const found: [keyof Raw, string][] = [];
  const check = (wrong: unknown, key: keyof Raw, message: string) => wrong && found.push([key, message]);
  const { domains, gateway } = raw;
  const ingress = raw['ingress-class'];
  check(
    domains.length && !ingress && !gateway,
    'domains',
    'on Kubernetes they are led in by what the cluster has: name its ingress-class, or a gateway.',
  );
  check(ingress && gateway, 'gateway', 'one of the two leads the domains in: leave out gateway or ingress-class.');
  for (const key of ['ingress-class', 'gateway', 'domain-annotations'] as const) {
    check(raw[key]?.length && !domains.length, key, 'belongs to domains; there are none.');
  }
  check(ingress && !new RegExp(`^${NAME}$`).test(ingress), 'ingress-class', `"${ingress}" is no name of a class.`);
  check(gateway && !GATEWAY.test(gateway), 'gateway', `"${gateway}" names no Gateway; write name, or namespace/name.`);
  const annotation = raw['domain-annotations'].find((line) => !ANNOTATION.test(line));
  check(
    annotation,
    'domain-annotations',
    `"${annotation?.split('=')[0]}" is no annotation; write example.com/name=value.`,
  );
  check(
    raw['domain-annotations'].some((line) => line.startsWith('io.seatrial.')),
    'domain-annotations',
    'io.seatrial.* are our own.',
  );
  check(
    raw.tls === 'own',
    'tls',
    `own has no meaning on Kubernetes: put the certificate into the Secret ${raw.app}-tls, or into the Gateway's listener.`,
  );
  check(
    raw['acme-server'] !== DEFAULT_ACME_SERVER,
    'acme-server',
    "on Kubernetes it belongs to the cluster's own issuer of certificates, e.g. cert-manager.",
  );
  check(
    raw['front-image'] !== DEFAULT_FRONT_IMAGE,
    'front-image',
    'has no meaning on Kubernetes: the Ingress controller or Gateway is in front.',
  );
  return found;
}

/** What the edge alone can do; what is in front of an app without one may have ways of its own for it. */
const EDGE_ONLY = [
  ...['sticky', 'max-body', 'trusted-proxies', 'header-max', 'request-timeout', 'queue-timeout', 'access-log'],
  ...['rate-limit', 'max-connections', 'metrics-address'],
] as (keyof Raw)[];

/** What can't be where traffic goes through what the cluster has. Pure. */
function directContradictions(raw: Raw): [keyof Raw, string][] {
  const found: [keyof Raw, string][] = [];
  const check = (wrong: unknown, key: keyof Raw, message: string) => wrong && found.push([key, message]);
  for (const key of EDGE_ONLY) {
    check(given(raw[key]), key, 'is done by the edge: leave out edge: none, or let what is in front do it.');
  }
  const named = raw.domains.length > 0;
  check(
    named && raw.publish,
    'publish',
    'would lead past the Ingress or HTTPRoute that shares out the traffic (edge: none); leave it out.',
  );
  check(
    !named && raw.strategy === 'canary',
    'strategy',
    'a Service leads to one release (edge: none); use blue-green, or give domains with a gateway or an ingress-class.',
  );
  const cookies = raw['canary-match'].filter((line) => line.startsWith('cookie'));
  check(
    raw.gateway && cookies.length,
    'canary-match',
    'by cookie is not to be had of every Gateway (edge: none); use header Name: value.',
  );
  check(
    raw['domain-annotations'].some((line) => line.startsWith('nginx.ingress.kubernetes.io/canary')),
    'domain-annotations',
    'of a canary are written by us (edge: none); leave them out.',
  );
  const byIngress = raw['ingress-class'] && raw['canary-match'].length > 0;
  check(
    byIngress && (cookies.length > 1 || raw['canary-match'].length - cookies.length > 1),
    'canary-match',
    'an Ingress takes one header and one cookie (edge: none); leave out the others.',
  );
  check(
    byIngress && cookies.some((line) => !line.endsWith('=always')),
    'canary-match',
    'an Ingress takes cookies whose value is always (edge: none); write cookie name=always.',
  );
  return found;
}

/** What the files say by themselves; taken here as well, it would be a second truth. */
const IN_THE_FILES = [
  ...['env', 'env-file', 'secrets', 'volumes', 'memory', 'cpus', 'read-only', 'user', 'cap-add', 'cap-drop', 'labels'],
  ...['entrypoint', 'args', 'tmpfs', 'extra-hosts', 'shm-size', 'dns', 'health-command'],
] as (keyof Raw)[];

/** What contradicts itself about manifests of one's own. Pure. */
function manifestContradictions(raw: Raw): [keyof Raw, string][] {
  if (!raw.manifests) return raw.service ? [['service', 'names a Deployment of the manifests; there are none.']] : [];
  const found = IN_THE_FILES.filter((key) => given(raw[key])).map((key): [keyof Raw, string] => [
    key,
    'belongs into the manifests, which say it for the pods.',
  ]);
  if (raw['stop-timeout'] === DEFAULT_STOP_MS) return found;
  return [...found, ['stop-timeout', 'belongs into the manifests (terminationGracePeriodSeconds).']];
}

/** Contradictions of a deploy to Kubernetes. Pure. */
export function kubernetesContradictions(raw: Raw): [keyof Raw, string][] {
  const found: [keyof Raw, string][] = [];
  const check = (wrong: unknown, key: keyof Raw, message: string) => wrong && found.push([key, message]);
  for (const [key, words] of REFUSED) check(given(raw[key]), key, `on Kubernetes it ${words.replace(/^are /, 'is ')}`);
  found.push(...wayContradictions(raw), ...manifestContradictions(raw));
  check(!/^[a-z]/.test(raw.app), 'app', `"${raw.app}" must begin with a letter on Kubernetes, as its Service does.`);
  const publish = raw.publish ? portOf(raw.publish) : undefined;
  if (publish) {
    const { ip, port, more } = publish;
    check(more, 'publish', 'one port is led to the app on Kubernetes; leave one line.');
    check(ip, 'publish', 'an address before the port has no meaning on Kubernetes: a NodePort is on every node.');
    check(
      port < LOWEST || port > HIGHEST,
      'publish',
      `${port} is no NodePort: write one from ${LOWEST} to ${HIGHEST}, or leave it out for port 80 of the Service inside the cluster.`,
    );
  }
  check(
    raw['app-protocol'] !== 'http',
    'app-protocol',
    'h2c is not supported on Kubernetes; the edge speaks HTTP/1.1 to the app.',
  );
  if (raw.edge === 'none' && raw.port) found.push(...directContradictions(raw));
  check(
    !['always', 'unless-stopped'].includes(raw.restart),
    'restart',
    `"${raw.restart}" has no meaning on Kubernetes: pods of a Deployment are always restarted.`,
  );
  check(
    raw['keep-warm-as'] === 'paused',
    'keep-warm-as',
    'paused has no meaning on Kubernetes; choose running or stopped.',
  );
  check(
    raw['log-max-size'] !== '10m',
    'log-max-size',
    "on Kubernetes it is the nodes' own matter (containerLogMaxSize of the kubelet).",
  );
  check(
    raw['log-max-file'] !== 3,
    'log-max-file',
    "on Kubernetes it is the nodes' own matter (containerLogMaxFiles of the kubelet).",
  );
  check(
    raw.user && !/^\d+(:\d+)?$/.test(raw.user),
    'user',
    `"${raw.user}" is a name; Kubernetes takes a number, 1000 or 1000:1000.`,
  );
  const path = raw.volumes.find((line) => !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?:/.test(line));
  check(
    path,
    'volumes',
    `"${path}" is no PersistentVolumeClaim with a path behind; write claim:/path, files of a node are not mounted.`,
  );
  const label = raw.labels.find(
    (line) =>
      !/^([a-z0-9.-]+\/)?[A-Za-z0-9][A-Za-z0-9_.-]{0,62}=([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/.test(line),
  );
  check(label, 'labels', `"${label}" is no label of Kubernetes: 63 letters, digits, dots, dashes and underscores.`);
  check(
    raw.labels.some((line) => line.startsWith('io.seatrial.')),
    'labels',
    'io.seatrial.* are our own.',
  );
  return found;
}

/** What is no port at all is told by who parses it. */
function portOf(publish: string) {
  try {
    const [first, ...more] = parsePublishLines(publish);
    return first && { ...parsePublish(first.publish), more: more.length > 0 };
  } catch {
    return undefined;
  }
}
