import { ADMIN_PORT } from '../../../lib/haproxy.ts';
import { adminDoor } from '../../front/admin.ts';
import { APP_HEADER, EDGE_DOOR, PEER_HEADER, SCHEME_HEADER } from '../../front/names.ts';
import type { EdgeModel, SlotName } from '../model.ts';
import { CLAIM_FILE, EDGE_FILE, MOUNT } from '../state/mount.ts';
import { bodyLimit } from './body-limit.ts';
import { dockersDns, type Names, unknownNames } from './dns.ts';
import { type Entrance, entrances, INSIDE_PORT, OWN_PORT, useOf, weightsAt } from './entrances.ts';
import { metricsFront, PLACES_FILE, placeLines, placesFile } from './metrics.ts';
import { type EdgeOptions, USUAL_HEADERS, USUAL_QUEUE_MS, USUAL_REQUEST_MS } from './options.ts';
import { errorPages, LARGEST_PAGE, maintenanceBody } from './pages.ts';
import { probeMark, recordLines, ringSection } from './records.ts';
import { LEAD, testerMarks, testerRules } from './testers.ts';

/** The certificate with its key, in the edge's own layer. */
export const PEM_FILE = '/etc/seatrial/edge.pem';
export const SLOTS: readonly SlotName[] = ['a', 'b'];

/** Header that tells a probe from inside the edge which server answered; nobody else gets it. */
export const SERVER_HEADER = 'x-seatrial-server';

/** What can be switched while the edge runs, by `set map`: read for each request, so that open connections hear of it too. */
export const MAP_FILE = 'edge.map';
const MAP = `${MOUNT}/${MAP_FILE}`;

/** The map as a file: what a reload or a restart begins with. */
export const renderMap = ({ maintenance = false, lead = undefined }: Pick<EdgeModel, 'maintenance' | 'lead'>): string =>
  `maintenance ${maintenance ? 'on' : 'off'}\n${LEAD} ${lead ?? 'off'}\n`;

/** With the places of releases, where they are told. */
const wholeMap = (model: EdgeModel) => `${renderMap(model)}${placeLines(model)}`;

/** Who asks from inside the edge, or from its admin network, is us. */
const ourselves = ({ adminNet }: Pick<EdgeModel, 'adminNet'>) => `{ src 127.0.0.1${adminNet ? ` ${adminNet}` : ''} }`;

function server(model: EdgeModel, entrance: Entrance, slot: SlotName, index: number): string {
  const name = `${slot}${index + 1}`;
  const use = useOf(model.slots[slot], entrance);
  const host = use?.servers[index];
  const cookie = model.sticky ? ` cookie ${name}` : '';
  const most = model.options?.maxConnections;
  const limit = `${most === undefined ? '' : ` maxconn ${most}`}${model.options?.h2c ? ' proto h2' : ''}`;
  // A free place has an address that is never asked: the runtime API can only change a server that has one.
  if (!use || !host) return `server ${name} 127.0.0.1:9 weight 0 disabled${limit}${cookie}`;
  const weight = weightsAt(model.slots, entrance)[slot];
  const off = model.sticky && weight === 0 ? ' disabled' : '';
  return `server ${name} ${host}:${use.port} weight ${weight}${off}${limit}${cookie}`;
}

/** Inside port that takes plain HTTP from within the edge. */
export const frontPort = (
  { options }: Pick<EdgeModel, 'options'>,
  { inside, own }: Pick<Entrance, 'inside' | 'own'> = { inside: INSIDE_PORT, own: OWN_PORT },
) => (options?.tls || options?.acceptProxy ? own : inside);

/** A power of two that holds the headers twice over: what is beyond the limit has to be read to be told so; and a page. */
const bufferOf = (headerMax: number, paged: boolean) =>
  2 ** Math.ceil(Math.log2(Math.max(headerMax * 2, paged ? LARGEST_PAGE + 4096 : 0) + 1024));

/**
 * Headers by which a proxy tells of its client; from anybody else they are somebody's word about himself. All that begin so,
 * as apps ask for -Ssl, -Scheme and -Prefix too; and with underscores, which CGI and WSGI take for the same.
 */
const FORWARDED = [
  'X-Forwarded -m beg',
  'X_Forwarded -m beg',
  'Forwarded',
  'X-Real-IP',
  'X_Real_IP',
  'X-Real_IP',
  'X_Real-IP',
];

/**
 * The front's own door, on the network the two share: who asked, and how, is what the front says. An address that was
 * another edge's a moment ago is told so.
 */
function fromFront({ front }: EdgeModel): string[] {
  if (!front) return [];
  return [
    `acl front dst_port ${EDGE_DOOR}`,
    `http-request return status 421 if front !{ req.hdr(${APP_HEADER}) -m str ${front.app} }`,
    `http-request set-src req.hdr(${PEER_HEADER}) if front`,
    `http-request set-var(txn.scheme) req.hdr(${SCHEME_HEADER}) if front`,
    ...[PEER_HEADER, SCHEME_HEADER, APP_HEADER].map((name) => `http-request del-header ${name}`),
  ];
}

/** What the app is told of its client: a stranger's own word is taken away, a named proxy's is kept and added to. */
function forwarded({ tls, trustedProxies = [] }: Partial<EdgeOptions>, { front }: EdgeModel): string[] {
  const scheme = tls ? 'https' : 'http';
  const unsaid = '!{ req.hdr(X-Forwarded-Proto) -m found }';
  const asked = front ? [`http-request set-header X-Forwarded-Proto %[var(txn.scheme)] if front ${unsaid}`] : [];
  if (!trustedProxies.length) {
    return [
      ...FORWARDED.map((name) => `http-request del-header ${name}`),
      ...asked,
      `http-request set-header X-Forwarded-Proto ${scheme}${front ? ` if ${unsaid}` : ''}`,
    ];
  }
  return [
    `acl trusted src ${trustedProxies.join(' ')}`,
    ...FORWARDED.map((name) => `http-request del-header ${name} unless trusted`),
    ...asked,
    `http-request set-header X-Forwarded-Proto ${scheme} unless { req.hdr(X-Forwarded-Proto) -m found }`,
  ];
}

/** What is refused before the app hears of it. */
function refusals(options: Partial<EdgeOptions>, us: string, first: boolean): string[] {
  const { headerMax = USUAL_HEADERS, rateLimit, maxBody, trustedProxies } = options;
  // A client is counted once for the app, whichever of its ports it asks.
  const table = first ? '' : ' table public';
  const seconds = rateLimit && Math.ceil(rateLimit.perMs / 1000);
  return [
    `http-request return status 503 ${maintenanceBody(options)} hdr Retry-After 60 hdr Cache-Control no-store if { str(maintenance),map_str(${MAP},off) -m str on } !${us}`,
    `http-request return status 431 content-type text/plain string "The headers are larger than ${headerMax} bytes." if { req.hdrs,length gt ${headerMax} }`,
    ...(rateLimit
      ? [
          ...(first
            ? [`stick-table type ipv6 size 100k expire ${seconds! + 1}s store http_req_rate(${seconds}s)`]
            : []),
          // Behind a proxy that is trusted the client is who that one says, and it may pass on what it was told: the last
          // address counts. Anybody else could count as a new client with each request, and is who he is.
          ...(trustedProxies?.length
            ? [
                `http-request track-sc0 hdr_ip(X-Forwarded-For,-1)${table} if { src ${trustedProxies.join(' ')} } !${us}`,
              ]
            : []),
          // Whoever is counted already stays counted as that.
          `http-request track-sc0 src${table} unless ${us}`,
          `http-request return status 429 content-type text/plain string "Too many requests." hdr Retry-After ${seconds} if { sc_http_req_rate(0) gt ${rateLimit.requests} }`,
        ]
      : []),
    ...(maxBody === undefined ? [] : bodyLimit(maxBody)),
  ];
}

/** The public side: how clients are met, and what the app is told of them. */
function frontend(model: EdgeModel, entrance: Entrance): string[] {
  const options = model.options ?? {};
  const { tls = false, acceptProxy = false } = options as Partial<EdgeOptions>;
  const secure = tls ? ` ssl crt ${PEM_FILE} alpn h2,http/1.1` : '';
  const { inside, backend } = entrance;
  const own = frontPort(model, entrance);
  const us = ourselves(model);
  const { adminNet } = model;
  // By domains users come to the first port alone.
  const first = entrance.door === undefined;
  const byFront = first ? model : { ...model, front: undefined };
  return [
    `bind :${inside}${acceptProxy ? ' accept-proxy' : ''}${secure}`,
    ...(own === inside ? [] : [`bind ${adminNet ? '' : '127.0.0.1'}:${own}`]),
    ...(own !== inside && adminNet ? [`tcp-request connection reject if { dst_port ${own} } !${us}`] : []),
    ...(byFront.front ? [`bind :${EDGE_DOOR}`] : []),
    ...fromFront(byFront),
    ...recordLines(model),
    ...errorPages(options),
    ...refusals(options, us, first),
    ...forwarded(options, byFront),
    ...testerMarks(model, MAP),
    probeMark(us),
    // Who was kept waiting in vain is told when to come again.
    'http-after-response set-header Retry-After 1 if { status 503 } !{ res.hdr(Retry-After) -m found }',
    `http-response set-header ${SERVER_HEADER} %s if ${us}`,
    `default_backend ${backend}`,
  ];
}

/**
 * For one server that stands for several tasks or pods, which the cluster ends and replaces by itself: a request that one took
 * and ended before it said a word, or that met its idle connection as it closed, is asked again where that does no harm
 * (RFC 9110, 9.2.1).
 */
const AGAIN = [
  'retry-on conn-failure empty-response',
  'http-request disable-l7-retry unless METH_GET',
  // One of three behind it may be on a node that is gone, and gets one try in three for the minute until the cluster knows.
  // No more: a request that ends whoever takes it ends as many.
  'retries 5',
];

/**
 * The edge's HAProxy configuration. Pure; HAProxy 2.6 and newer.
 * No health checks: one that is too tight on a busy host takes the only live slot away (503 with a healthy app).
 */
export function renderConfig(model: EdgeModel, names: Names = 'docker'): string {
  const {
    headerMax = USUAL_HEADERS,
    requestTimeoutMs = USUAL_REQUEST_MS,
    maxConnections,
    queueTimeoutMs,
    maintenancePage,
    errorPage,
  } = (model.options ?? {}) as Partial<EdgeOptions>;
  const queueMs = queueTimeoutMs ?? (maxConnections === undefined ? 5000 : USUAL_QUEUE_MS);
  return `# Written by action-deploy; changes are lost at the next deploy.
global
  log stdout format raw local0 notice
  fd-hard-limit 60000
  # Room for the headers that are let through, and for those of an answer; HAProxy keeps 1 kB of it to itself.
  tune.bufsize ${bufferOf(headerMax, Boolean(maintenancePage ?? errorPage))}
  hard-stop-after 60s
  stats socket ipv4@127.0.0.1:${ADMIN_PORT} level admin expose-fd listeners
  # A runner that vanished without a word holds its session until the timeout; ten of them would shut us out.
  stats maxconn 100
  stats timeout 1h

${ringSection()}
${names === 'docker' ? dockersDns(model.adminNet) : ''}defaults
  mode http
  log global
  timeout connect 500ms
  timeout client 60s
  timeout server 60s
  timeout http-request ${requestTimeoutMs}ms
  timeout http-keep-alive 60s
  timeout tunnel 1h
  timeout queue ${queueMs}ms
  retries 3
  option redispatch 1
  option idle-close-on-response
  option forwardfor
  option dontlognull
${names === 'docker' ? unknownNames(model.adminNet) : ''}
${entrances(model)
  .map((entrance) => `${proxies(model, entrance, names)}\n`)
  .join('\n')}${metricsFront(model)}${model.adminNet ? adminDoor(model.adminNet) : ''}`;
}

/** A frontend and its backend. */
function proxies(model: EdgeModel, entrance: Entrance, names: Names): string {
  const cookie = `cookie SEATRIAL insert indirect nocache httponly${model.options?.tls ? ' secure' : ''}`;
  const lines = [
    'balance roundrobin',
    ...(model.adminNet || names !== 'docker' ? AGAIN : []),
    ...(model.sticky ? [cookie] : []),
    ...testerRules(model),
    ...SLOTS.flatMap((slot) => Array.from({ length: model.room }, (_, i) => server(model, entrance, slot, i))),
  ];
  return [
    `frontend ${entrance.frontend}`,
    ...frontend(model, entrance).map((line) => `  ${line}`),
    '',
    `backend ${entrance.backend}`,
    ...lines.map((line) => `  ${line}`),
  ].join('\n');
}

/** What its configuration leads to: to be there before HAProxy reads that. */
export const edgeSideFiles = (model: EdgeModel) => [
  { name: MAP_FILE, content: wholeMap(model) },
  ...(model.metrics ? [{ name: PLACES_FILE, content: placesFile(model, MAP) }] : []),
];

/** What the edge reads, as files of the volume. */
export const edgeFiles = (model: EdgeModel, names?: Names) => [
  { name: EDGE_FILE, content: renderConfig(model, names) },
  ...edgeSideFiles(model),
  ...(model.front ? [{ name: CLAIM_FILE, content: JSON.stringify({ format: 1, ...model.front }) }] : []),
];

/** Counts up when the rendered lines change in a way that a running edge has to take on. */
const FORM = 4;

/** The configuration without what the runtime API can change: two that are equal in this need no reload. */
export function structureOf(model: EdgeModel): string {
  const { tls = false, acceptProxy = false, ...more } = (model.options ?? {}) as Partial<EdgeOptions>;
  const given = Object.entries(more).filter(([, value]) => value !== undefined);
  const ways = [
    ...(model.front ? ['front'] : []),
    ...(model.doors?.length ? [model.doors] : []),
    ...(model.metrics ? [model.metrics] : []),
  ];
  return JSON.stringify([model.room, model.sticky, tls, acceptProxy, given.sort(), model.form ?? 1, ...ways]);
}

/** The model as it is rendered now. */
export const renewed = <T extends EdgeModel>(model: T): T => ({ ...model, form: FORM });
