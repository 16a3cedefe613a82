import { ADMIN_PORT } from '../../lib/haproxy.ts';
import { ANSWERS, acmeGlobal, acmeSections, authorities, CA_FILE, orderedList } from './acme.ts';
import { adminDoor } from './admin.ts';
import { type Claim, namesOf } from './claim.ts';
import { dumpScript } from './dump.ts';
import {
  APP_HEADER,
  backendOf,
  CHALLENGE_PATH,
  certificateFile,
  DUMP_FILE,
  EDGE_DOOR,
  FRONT_MOUNT,
  HTTP_INSIDE,
  HTTPS_INSIDE,
  ORDERS_BACKEND,
  ownFile,
  PEER_HEADER,
  SCHEME_HEADER,
  STRANGERS_FILE,
} from './names.ts';
import { ordered, ownOf, type Table } from './table.ts';

/** Headers of up to so many bytes pass every front. */
const USUAL_HEADERS = 15_872;
const USUAL_REQUEST_MS = 10_000;
/** How long a front in a cluster that another has relieved stays for its WebSockets: a node that stops waits so long. */
export const LINGERS = '10m';

export const mapFile = ({ loaded }: Table) => `${FRONT_MOUNT}/routes-${loaded}.map`;
const listFile = ({ loaded }: Table) => `${FRONT_MOUNT}/certs-${loaded}.list`;

/** Where a redirected name leads to: all but the path. */
function targetOf({ https, http }: Table, claim: Claim, host: string): string {
  const [scheme, publish, usual] = claim.tls === 'off' ? ['http', http, '80'] : ['https', https, '443'];
  const port = publish.slice(publish.lastIndexOf(':') + 1);
  return `>${scheme}://${host}${port === usual ? '' : `:${port}`}`;
}

/**
 * The routes: every key ends in a slash, and so does what is looked up, so that `/api` catches `/api` and `/api/…` and
 * never `/apix`; of those that fit HAProxy takes the longest. Pure.
 */
export function routesOf(table: Table): Map<string, string> {
  return new Map(
    Object.entries(table.apps).flatMap(([app, claim]) => [
      ...claim.domains.map((name) => [`${name}/`, backendOf(app)] as const),
      ...claim.redirects.map(({ from, to }) => [`${from}/`, targetOf(table, claim, to)] as const),
    ]),
  );
}

/** An authority asks one of many fronts, of which none has ordered: all lead its questions on. */
const questionsOf = (table: Table) =>
  ordered(table).map(({ host }) => [`${host}${CHALLENGE_PATH}`, ORDERS_BACKEND] as const);

/** On HAProxy's command line a semicolon ends the command, and a path may hold one. */
const word = (text: string) => text.replace(/[\\;]/g, '\\$&');

/** Commands that bring a running map to what the table says; nothing is led elsewhere or nowhere in between. Pure. */
export function mapCommands(table: Table, now: ReadonlyMap<string, string>): string[] {
  const file = mapFile(table);
  const wanted = routesOf(table);
  return [
    ...[...wanted].flatMap(([key, value]) => {
      if (now.get(key) === value) return [];
      return [`${now.has(key) ? 'set' : 'add'} map ${file} ${word(key)} ${value}`];
    }),
    ...[...now.keys()].flatMap((key) => (wanted.has(key) ? [] : [`del map ${file} ${word(key)}`])),
  ];
}

const renderMap = (table: Table, spread: boolean) =>
  [...routesOf(table), ...(spread ? questionsOf(table) : [])].map(([key, value]) => `${key} ${value}\n`).join('');

/** What a running HAProxy can't take on without a reload: two tables that are equal in this differ in paths alone. Pure. */
export function structureOf(table: Table): string {
  const apps = Object.entries(table.apps).map(([app, { domains, redirects, ...how }]) => [app, redirects, how]);
  return JSON.stringify([apps, ordered(table), ownOf(table), table.https]);
}

/** A line for each certificate, with the names it is served for. */
function certificates(table: Table): string {
  const own = ownOf(table).map(({ app, hosts }) => `${ownFile(app)} ${hosts.join(' ')}\n`);
  return `${own.join('')}${orderedList(table)}`;
}

/** Where a client has to come again by https; the authority's questions are answered by http. */
function secured(table: Table, claim: Claim): string[] {
  if (claim.tls === 'off') return [];
  const port = table.https.slice(table.https.lastIndexOf(':') + 1);
  const at = `https://%[var(txn.host)]${port === '443' ? '' : `:${port}`}%[pathq]`;
  return [`http-request redirect code 308 location ${at} if !{ ssl_fc } !{ path_beg ${CHALLENGE_PATH} }`];
}

/** A front of several tasks on nodes of a cluster, behind what owns the ports there. */
export interface Spread {
  /** The network (CIDR) from which alone it is administered. */
  adminNet: string;
  /** Sections by which it is handed certificates, and its authority's questions are answered. */
  handed: string;
}

/** A busy node answers late, and all its edges at once: a check that gave up as soon as a request does would take all away. */
export const SLOW_CHECK = '  timeout check 3s\n';
/** Nodes that an app's edge may be on. */
const EDGES = 32;
const indented = (line: string) => `  ${line}`;
/** An edge that left its node took what it had been asked with it: asked again where that does no harm. */
const AGAIN = [
  'option redispatch 1',
  'retry-on conn-failure empty-response',
  'http-request disable-l7-retry unless METH_GET',
];

/**
 * The edge's last address, until its name is asked for: a start must not wait for a DNS. Without any the runtime API could
 * not give it one, so one that is not known gets an address that nobody has.
 */
function backend(
  table: Table,
  app: string,
  claim: Claim,
  address: string | undefined,
  spread: Spread | undefined,
): string[] {
  const h2 = claim.h2c ? ' proto h2' : '';
  return [
    `backend ${backendOf(app)}`,
    ...secured(table, claim).map((line) => `  ${line}`),
    `  http-request set-header ${APP_HEADER} ${app}`,
    ...(spread
      ? [...AGAIN, `server-template edge 1-${EDGES} tasks.${app}-edge:${EDGE_DOOR} init-addr none${h2}`].map(indented)
      : [`  server edge ${app}-edge:${EDGE_DOOR} init-addr ${address ?? '255.255.255.255'}${h2}`]),
    '',
  ];
}

/** A power of two that holds the largest headers any app lets through, twice over, as its edge does. */
function bufferOf(table: Table): number {
  const most = Math.max(USUAL_HEADERS, ...Object.values(table.apps).map(({ headerMax = 0 }) => headerMax));
  return 2 ** Math.ceil(Math.log2(most * 2 + 1024));
}

const patienceOf = (table: Table) =>
  Math.max(USUAL_REQUEST_MS, ...Object.values(table.apps).map(({ requestTimeoutMs = 0 }) => requestTimeoutMs));

/** https://ssl-config.mozilla.org/, intermediate, for clients that know no TLS 1.3. */
const CIPHERS =
  'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305';

/** The front's HAProxy configuration: HAProxy 2.6 and newer, 3.4 where an app has its certificates from ACME. Pure. */
export function renderFront(table: Table, addresses: ReadonlyMap<string, string>, spread?: Spread): string {
  const through = spread ? ' accept-proxy' : '';
  const auto = ordered(table).length > 0;
  // One of many orders nothing: it is handed what another has.
  const orders = auto && !spread;
  const apps = Object.entries(table.apps);
  return `# Written by action-deploy; changes are lost at the next deploy.
global
  log stdout format raw local0 notice
  uid 0
  fd-hard-limit 60000
  setenv SEATRIAL_LOADED ${table.loaded}
  tune.bufsize ${bufferOf(table)}
  # An old worker lives on for its WebSockets: the deploy of one app must not cut those of another.
  hard-stop-after ${spread ? LINGERS : '12h'}
  stats socket ipv4@127.0.0.1:${ADMIN_PORT} level admin expose-fd listeners
  stats maxconn 100
  stats timeout 1h
  ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets
  ssl-default-bind-ciphers ${CIPHERS}
${orders ? acmeGlobal(table) : ''}
resolvers docker
  nameserver dns 127.0.0.11:53
${spread ? '  # Thirty edges of an app and more, in one answer.\n  accepted_payload_size 4096\n' : ''}  resolve_retries 3
  timeout resolve 500ms
  timeout retry 500ms
  hold valid 1s
  hold nx 1h
  hold other 1h
  hold refused 1h
  hold timeout 1h
  # An address that its name has no more may be somebody else's by now.
  hold obsolete 0s

defaults
  mode http
  log global
  timeout connect 500ms
${spread ? SLOW_CHECK : ''}  timeout client 60s
  # A little longer than the edge's own, whose words are the better ones.
  timeout server 70s
  timeout http-request ${patienceOf(table)}ms
  timeout http-keep-alive 60s
  timeout tunnel 1h
  timeout queue 5s
  retries 3
  option idle-close-on-response
  option dontlognull
  # Only whether it takes connections, which its kernel answers however busy the app is: without a check an HTTP/2 client
  # of an edge that is down is told to try again, and not that there is nobody. A first check that comes late on a busy host
  # takes no edge away (init-state: HAProxy 3.1 and newer, which ACME needs anyway).
  default-server resolvers docker ${spread ? 'tcp-ut 3s ' : ''}check inter 2s fastinter 500ms downinter 1s fall 3 rise 1${auto ? ' init-state fully-up' : ''}

${(orders ? acmeSections(table) : []).join('\n')}
frontend front
  bind :${HTTP_INSIDE}${through}
  bind :${HTTPS_INSIDE}${through} ssl crt ${STRANGERS_FILE} crt-list ${listFile(table)} alpn h2,http/1.1
${orders ? ANSWERS : ''}  http-request set-var(txn.host) req.hdr(host),field(1,:),lower,regsub(\\.$,,)
  http-request set-var-fmt(txn.key) %[var(txn.host)]%[path]/
  http-request set-var(txn.route) var(txn.key),map_beg(${mapFile(table)})
  http-request return status 404 content-type text/plain string "Nothing is served here under this name." if !{ var(txn.route) -m found }
  http-request redirect code 308 location %[var(txn.route),regsub(^>,,)]%[pathq] if { var(txn.route) -m beg > } !{ path_beg ${CHALLENGE_PATH} }
  http-request return status 404 if { var(txn.route) -m beg > }
  http-request set-header ${PEER_HEADER} %[src]
  http-request set-header ${SCHEME_HEADER} http unless { ssl_fc }
  http-request set-header ${SCHEME_HEADER} https if { ssl_fc }
  use_backend %[var(txn.route)]

${apps.flatMap(([app, claim]) => backend(table, app, claim, addresses.get(app), spread)).join('\n')}${spread && auto ? spread.handed : ''}${spread ? adminDoor(spread.adminNet) : ''}`;
}

/** The script that saves the certificates of a table. Pure. */
export const dumpFor = (table: Table) => dumpScript(ordered(table).map(({ host }) => certificateFile(host)));

export interface FrontFile {
  name: string;
  content: string;
}

/** All that the configuration reads and that is no certificate; `spread`: of one of many. Pure. */
export function frontFiles(table: Table, spread = false): FrontFile[] {
  const name = (path: string) => path.slice(FRONT_MOUNT.length + 1);
  return [
    { name: name(mapFile(table)), content: renderMap(table, spread) },
    { name: name(listFile(table)), content: certificates(table) },
    { name: DUMP_FILE, content: dumpFor(table) },
    ...(authorities(table) ? [{ name: name(CA_FILE), content: authorities(table) }] : []),
  ];
}

/** Names for a message. */
export const wordsOf = (claim: Claim) => namesOf(claim).join(', ');
