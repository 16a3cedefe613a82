import { ADMIN_PORT } from '../../../lib/haproxy.ts';
import type { EdgeModel, SlotName } from '../model.ts';
import { slotWeights } from './weights.ts';

/** Port of the frontend inside the edge's container; the published one is Docker's matter. */
export const INSIDE_PORT = 8080;
/** Where we ask the front door ourselves once the public one speaks TLS or the PROXY protocol. */
export const OWN_PORT = 8081;
/** The certificate with its key, in the edge's own layer. */
export const PEM_FILE = '/etc/seatrial/edge.pem';
export const SLOTS: readonly SlotName[] = ['a', 'b'];

/** Header that tells a probe from inside the edge which server answered; nobody else gets it. */
export const SERVER_HEADER = 'x-seatrial-server';

function server(model: EdgeModel, slot: SlotName, index: number): string {
  const name = `${slot}${index + 1}`;
  const use = model.slots[slot];
  const host = use?.servers[index];
  const cookie = model.sticky ? ` cookie ${name}` : '';
  // A free place has an address that is never asked: the runtime API can only change a server that has one.
  if (!use || !host) return `  server ${name} 127.0.0.1:9 weight 0 disabled${cookie}`;
  const weight = slotWeights(model.slots)[slot];
  const off = model.sticky && weight === 0 ? ' disabled' : '';
  return `  server ${name} ${host}:${use.port} weight ${weight}${off}${cookie}`;
}

/** Inside port that takes plain HTTP from within the edge. */
export const frontPort = ({ options }: Pick<EdgeModel, 'options'>) =>
  options?.tls || options?.acceptProxy ? OWN_PORT : INSIDE_PORT;

/** What HAProxy surely holds of a body in its buffer of 16 KiB. */
const MEASURED = 12 * 1024;

/**
 * A body that names its length is judged by that. One that does not (chunked, or HTTP/2 without a length) is read as
 * far as the edge's buffer holds, at most ten seconds (408): small ones pass; a larger one could be of any size, and is
 * told to name its length (411).
 */
function bodyLimit(maxBody: number): string[] {
  const unnamed = '!{ req.hdr(content-length) -m found }';
  return [
    `http-request deny deny_status 413 if { req.hdr_val(content-length) gt ${maxBody} }`,
    `http-request wait-for-body time 10s at-least ${MEASURED + 1} if ${unnamed}`,
    `http-request deny deny_status 413 if ${unnamed} { req.body_size gt ${maxBody} }`,
    `http-request return status 411 content-type text/plain string "Name the length of a large body: Content-Length." if ${unnamed} { req.body_size gt ${MEASURED} }`,
  ];
}

/** The public side: how clients are met, and what the app is told of them. */
function frontend(model: EdgeModel): string[] {
  const { tls = false, acceptProxy = false, maxBody } = model.options ?? {};
  const secure = tls ? ` ssl crt ${PEM_FILE} alpn h2,http/1.1` : '';
  const own = frontPort(model);
  return [
    `bind :${INSIDE_PORT}${acceptProxy ? ' accept-proxy' : ''}${secure}`,
    ...(own === INSIDE_PORT ? [] : [`bind 127.0.0.1:${own}`]),
    ...(maxBody === undefined ? [] : bodyLimit(maxBody)),
    // Without TLS here a balancer in front may have ended it, and knows better.
    `http-request set-header X-Forwarded-Proto ${tls ? 'https' : 'http unless { req.hdr(X-Forwarded-Proto) -m found }'}`,
    `http-response set-header ${SERVER_HEADER} %s if { src 127.0.0.1 }`,
    'default_backend app',
  ];
}

/**
 * The edge's HAProxy configuration. Pure; HAProxy 2.6 and newer.
 * No health checks: one that is too tight on a busy host takes the only live slot away (503 with a healthy app).
 */
export function renderConfig(model: EdgeModel): string {
  const servers = SLOTS.flatMap((slot) => Array.from({ length: model.room }, (_, i) => server(model, slot, i)));
  return `# Written by action-deploy; changes are lost at the next deploy.
global
  log stdout format raw local0 notice
  fd-hard-limit 60000
  hard-stop-after 60s
  stats socket ipv4@127.0.0.1:${ADMIN_PORT} level admin expose-fd listeners
  # A runner that vanished without a word holds its session until the timeout; ten of them would shut us out.
  stats maxconn 100
  stats timeout 1h

resolvers docker
  nameserver dns 127.0.0.11:53
  resolve_retries 3
  timeout resolve 500ms
  timeout retry 500ms
  hold valid 1s
  # A name that is gone for a while must not take its server away: a container that restarts comes back by itself.
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
  timeout client 60s
  timeout server 60s
  timeout http-request 10s
  timeout http-keep-alive 60s
  timeout tunnel 1h
  timeout queue 5s
  retries 3
  option redispatch 1
  option idle-close-on-response
  option forwardfor
  option dontlognull
  # A name that is not known when the edge starts (a release that is stopped) gets an address nobody can be asked at, and
  # that at once. Without any the runtime API could never point the server at another container.
  default-server resolvers docker init-addr last,libc,255.255.255.255

frontend public
  ${frontend(model).join('\n  ')}

backend app
  balance roundrobin
${model.sticky ? `  cookie SEATRIAL insert indirect nocache httponly${model.options?.tls ? ' secure' : ''}\n` : ''}${servers.join('\n')}
`;
}

/** The configuration without what the runtime API can change: two that are equal in this need no reload. */
export function structureOf(model: EdgeModel): string {
  const { tls = false, acceptProxy = false, maxBody = -1 } = model.options ?? {};
  return JSON.stringify([model.room, model.sticky, tls, acceptProxy, maxBody]);
}
