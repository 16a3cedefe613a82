import { isIP } from 'node:net';
import type { TargetKind } from '../../lib/deployment.ts';
import { SeatrialError } from '../../lib/errors.ts';
import { oneKind } from '../../lib/target-host.ts';
import { parseShare, parseSize } from '../../lib/units.ts';
import { addressesOf } from '../hosts.ts';
import { checkPem } from '../pem.ts';
import { clashes, parseDoors, parseMetrics, parsePublish, parsePublishLines } from '../publish.ts';
import { parseMatches } from '../release/canary-match.ts';
import { parseSteps } from '../release/canary-steps.ts';
import { parseStatuses } from '../release/health-status.ts';
import { isList, words } from '../release/hook-command.ts';
import { parseRate } from '../release/rate.ts';
import { scaleConflicts } from '../release/scale-schedule.ts';

import { parseWorkers } from '../workers.ts';
import type { Raw } from './fields.ts';
import { frontContradictions } from './front.ts';
import { misplaced } from './kinds.ts';

const APP = /^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$/;
const ENVIRONMENT = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,48}$/;
const VOLUME = /^[^:]+:\/[^:]*(:[A-Za-z,]+)?$/;
/** Dots and dashes too: a file below /run/secrets may have them, and so may a variable of a Java app. */
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_.-]*=/;

/** What a compose file says by itself; taken here as well, it would be a second truth. */
const IN_THE_FILE = [
  'volumes',
  'networks',
  'memory',
  'cpus',
  'pids',
  'stop-signal',
  'read-only',
  'user',
  'cap-add',
  'cap-drop',
  'labels',
  'entrypoint',
  'args',
  'workers',
  'health-command',
  'log-driver',
  'log-options',
  'tmpfs',
  'extra-hosts',
  'ulimits',
  'shm-size',
  'init',
  'dns',
  'devices',
  'gpus',
  'placement',
] as const;

/** What a Swarm matches on its nodes; any other key fits none. https://docs.docker.com/reference/cli/docker/service/create/#constraint */
const CONSTRAINT =
  /^(node\.(id|hostname|ip|role|platform\.(os|arch)|labels\.[\w.-]+)|engine\.labels\.[\w.-]+)\s*[!=]=\s*[\w:\-.*()?+[\]\\^$|/][\w:\-\s.*()?+[\]\\^$|/]*$/i;

const FORMS = [
  ['tmpfs', /^\/[^:]*(:[a-z0-9=,]+)?$/, '/tmp or /tmp:size=64m'],
  ['extra-hosts', /^[A-Za-z0-9._-]+:\S+$/, 'name:address'],
  ['ulimits', /^[a-z]+=-?\d+(:-?\d+)?$/, 'nofile=1024 or nofile=1024:65536'],
  ['dns', /^[0-9a-fA-F.:]+$/, '10.0.0.2'],
  ['devices', /^\/dev\/[^:]+(:\/[^:]+)?(:[rwm]{1,3})?$/, '/dev/a or /dev/a:/dev/b:rw'],
  ['placement', CONSTRAINT, 'node.labels.zone==eu'],
  ['edge-placement', CONSTRAINT, 'node.labels.zone==eu'],
] as const;

/** What only an edge can do. */
const EDGE_ONLY = [
  'tls-certificate',
  'max-body',
  'accept-proxy',
  'trusted-proxies',
  'header-max',
  'request-timeout',
  'rate-limit',
  'max-connections',
  'queue-timeout',
  'access-log',
  'maintenance-page',
  'error-page',
  'canary-match',
  'metrics-address',
] as const;

/** The figures have a port of their own. */
function metricsApart(at: string, publish: string | undefined): void {
  const taken =
    publish && parsePublishLines(publish).some((one) => clashes(parsePublish(at), parsePublish(one.publish)));
  if (!at || !taken) return;
  throw new SeatrialError('INPUT_INVALID', `${at} is the port of publish; choose another.`);
}

/** An address of either kind, or a network of them. */
function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const kind = isIP(address);
  const fits = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (kind === 6 ? 128 : 32));
  return kind > 0 && fits && more.length === 0;
}

/** The kind of target, as far as `hosts` can be read. */
function kindOf(raw: Raw, attempt: (key: keyof Raw, parse: () => unknown) => void): TargetKind {
  let kind: TargetKind = 'docker';
  attempt('hosts', () => {
    kind = oneKind(addressesOf(raw.hosts));
  });
  return kind;
}

/** Contradictions are told before anything is touched. */
export function contradictions(raw: Raw): [keyof Raw, string][] {
  const found = frontContradictions(raw);
  const check = (wrong: unknown, key: keyof Raw, message: string) => wrong && found.push([key, message]);
  const attempt = (key: keyof Raw, parse: () => unknown) => {
    try {
      parse();
    } catch (error) {
      found.push([key, (error as Error).message.replace(`${key}: `, '')]);
    }
  };
  check(
    !APP.test(raw.app),
    'app',
    `"${raw.app}" is not a name; use lower-case letters, digits and dashes, at most 30.`,
  );
  check(
    !ENVIRONMENT.test(raw.environment),
    'environment',
    `"${raw.environment}" is not a name; use letters, digits, dot, dash.`,
  );
  check(
    Boolean(raw.username) !== Boolean(raw.password),
    'username',
    'goes together with password; give both or neither.',
  );
  if (raw.publish) attempt('publish', () => parsePublishLines(raw.publish!));
  attempt('workers', () => parseWorkers(raw.workers));
  const kind = kindOf(raw, attempt);
  check(
    raw.domains.length && raw.edge === 'none' && kind !== 'kubernetes',
    'edge',
    'domains need edge: haproxy; the front door leads to the edge of the app.',
  );
  if (raw['tls-certificate']) attempt('tls-certificate', () => checkPem(raw['tls-certificate']!));
  check(raw['tls-certificate'] && raw.tls === 'off', 'tls', 'off and a tls-certificate contradict each other.');
  attempt('log-max-size', () => parseSize(raw['log-max-size']));
  const testers = raw['canary-match'].length > 0;
  attempt('canary-match', () => parseMatches(raw['canary-match']));
  attempt('canary-steps', () => parseSteps(raw['canary-steps'], 0, testers));
  check(raw.cpus && !(Number(raw.cpus) > 0), 'cpus', `"${raw.cpus}" is not a number of CPUs; write 1.5.`);
  check(raw['canary-weight'] >= parseShare('100%'), 'canary-weight', 'must lie between 0% and 100%.');
  check(
    raw['canary-weight'] === 0 && !testers,
    'canary-weight',
    '0% lets nobody reach the candidate but testers: name them by canary-match, or give it a share.',
  );
  check(testers && raw.sticky, 'canary-match', 'a sticky cookie would lead testers elsewhere; choose one of the two.');
  const volume = raw.volumes.find((line) => !VOLUME.test(line));
  check(
    volume,
    'volumes',
    `"${volume}" is not a volume; write name:/path or /host/path:/path, with :ro when read only.`,
  );
  const here = raw.volumes.find((line) => /^(\.|~|[^/:]*\/)/.test(line) && !line.startsWith('/'));
  check(
    here,
    'volumes',
    `"${here}" begins at a relative path or ~, which has no meaning on a host; write the whole path, or a volume's name.`,
  );
  for (const key of ['env', 'labels', 'secrets', 'log-options'] as const) {
    const pattern = key === 'labels' || key === 'log-options' ? /^[^=\s]+=/ : VARIABLE;
    const wrong = raw[key].findIndex((line) => !pattern.test(line));
    // A secret's own text is never quoted.
    check(
      wrong >= 0,
      key,
      `entry ${wrong + 1} is not NAME=value; a value of several lines stands between NAME<<EOF and EOF.`,
    );
  }
  for (const [key, pattern, form] of FORMS) {
    const wrong = raw[key].find((line) => !pattern.test(line));
    check(wrong, key, `"${wrong}" is not of the form ${form}.`);
  }
  check(raw.gpus && !/^(all|[1-9]\d*)$/.test(raw.gpus), 'gpus', `"${raw.gpus}" is neither all nor a number.`);
  for (const key of ['pre-deploy', 'post-deploy'] as const) {
    check(
      raw[key] && isList(raw[key]) && !words(raw[key]),
      key,
      'begins as a JSON list and is none of words; write ["node","migrate.js"].',
    );
  }
  check(
    raw.command === 'remove' && !raw.force && !raw['dry-run'],
    'force',
    'remove takes the app away with its history; say force: true if that is meant.',
  );
  const figures = raw['metrics-address'];
  if (figures !== undefined) attempt('metrics-address', () => metricsApart(parseMetrics(figures), raw.publish));
  if (raw['rate-limit'] !== undefined) attempt('rate-limit', () => parseRate(raw['rate-limit']!));
  const proxy = raw['trusted-proxies'].find((line) => !isNetwork(line));
  check(proxy, 'trusted-proxies', `"${proxy}" is no address or CIDR; write 10.0.0.0/8 or 192.0.2.7.`);
  check(
    raw.maintenance !== undefined && !['on', 'off'].includes(raw.maintenance),
    'maintenance',
    `"${raw.maintenance}" is neither on nor off.`,
  );
  check(raw.command === 'maintenance' && !raw.maintenance, 'maintenance', 'is needed: on or off.');
  check(
    raw.command === 'scale' && raw.replicas === undefined && !raw.scheduled,
    'replicas',
    'is needed to scale: how many.',
  );
  check(raw.scheduled && raw.command !== 'scale', 'scheduled', 'belongs to command: scale.');
  for (const [key, message] of scaleConflicts(raw)) found.push([key, message]);
  check(raw.to && raw.command !== 'rollback', 'to', 'belongs to command: rollback.');
  if (raw.command !== 'deploy' && raw.command !== 'plan') return found;
  found.push(...misplaced(raw, kind));
  const composed = raw['compose-file'].length > 0;
  check(!raw.image && !composed, 'image', 'is needed to deploy: repo@sha256:…, or a tag.');
  for (const key of composed ? IN_THE_FILE : []) {
    const value = raw[key];
    const given = Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
    check(given, key, 'belongs into the compose file, which says it for each service.');
  }
  check(raw.service && !composed && !raw.manifests, 'service', 'names one of a compose-file; there is none.');
  // Lines that can't be read have been told of.
  const lines = found.some(([key]) => key === 'publish') ? [] : parsePublishLines(raw.publish ?? '');
  const port = lines[0]?.port ?? raw.port;
  check(raw.publish && !port && !composed, 'port', 'publish needs port, the one in the container.');
  check(
    port !== raw.port && raw.port,
    'port',
    `says ${raw.port} and the first line of publish ${port}; leave one of them out.`,
  );
  check(
    lines.some(({ service }) => service) && !composed,
    'publish',
    `"${lines.find(({ service }) => service)?.service}" names a service, and there is no compose-file.`,
  );
  check(lines.length > 1 && raw.edge === 'none', 'publish', 'several ports need the edge; drop edge: none.');
  // A compose file may publish the port itself.
  // In a cluster the edge has an address of its own, whether a port of the nodes leads to it or not.
  const inside = kind === 'kubernetes' && raw.port;
  const traffic = Boolean(raw.publish || raw.domains.length || composed || inside) && raw.edge === 'haproxy';
  // What a cluster has can switch too; what of the edge's it can't do is told by its own checks.
  const direct = inside && raw.edge === 'none';
  check(
    !traffic && !direct && raw.strategy !== 'recreate',
    'strategy',
    `${raw.strategy} switches traffic at the edge: give publish (or domains) and port, or choose strategy: recreate.`,
  );
  check(raw['health-path'] && !port && !composed, 'health-path', 'needs port.');
  if (lines.length || !raw.publish) attempt('health-path', () => parseDoors(raw.publish, raw['health-path']));
  for (const key of ['health-host', 'health-headers', 'health-status'] as const) {
    check(raw[key]?.length && !raw['health-path'], key, 'belongs to the request of the gate: give health-path too.');
  }
  const header = raw['health-headers'].findIndex(
    (line) => !/^[A-Za-z0-9!#$%&'*+.^_`|~-]+: *\S/.test(line) || /^host:/i.test(line),
  );
  check(header >= 0, 'health-headers', `line ${header + 1} is not Name: value (the host is given by health-host).`);
  check(
    raw['health-host'] && !/^[A-Za-z0-9._-]+(:\d{1,5})?$/.test(raw['health-host']),
    'health-host',
    `"${raw['health-host']}" is not a host name; write shop.example.com or shop.example.com:8080.`,
  );
  if (raw['health-status']) attempt('health-status', () => parseStatuses(raw['health-status']!));
  for (const key of EDGE_ONLY) {
    const value = raw[key];
    check(
      !traffic && !direct && (Array.isArray(value) ? value.length : value),
      key,
      'needs the edge: give publish and port.',
    );
  }
  check(!traffic && !direct && raw.sticky, 'sticky', 'needs the edge.');
  check(
    !traffic && raw['app-protocol'] !== 'http',
    'app-protocol',
    'needs the edge: give publish or domains, and port.',
  );
  check(
    !traffic && !direct && (raw.replicas ?? 1) > 1 && (raw.publish || composed),
    'replicas',
    'one host port takes one container without the edge.',
  );
  return found;
}
