/** What the front door of a host is called there; the names are a public contract. */
export const FRONT = 'seatrial-front';
/** A front on its way out while another takes its place. */
export const FRONT_LEAVING = 'seatrial-front-leaving';
export const FRONT_NETWORK = 'zz-seatrial-front';
export const FRONT_VOLUME = 'seatrial-front';
/** Where its volume is mounted. */
export const FRONT_MOUNT = '/seatrial-front';
export const FRONT_FILE = 'haproxy.cfg';
export const TABLE_FILE = 'front.json';
/** Dumps what HAProxy holds in memory alone; run beside it and before every reload. */
export const DUMP_FILE = 'dump.sh';

/** Ports inside the container: above 1024, so that no capability is needed. */
export const HTTP_INSIDE = 8080;
export const HTTPS_INSIDE = 8443;

/** Port of an app's edge that the front alone comes by, on the network the two share. */
export const EDGE_DOOR = 8082;
/** By these the front tells the edge who asked, and how; nobody else's are believed. */
export const PEER_HEADER = 'X-Seatrial-Peer';
export const SCHEME_HEADER = 'X-Seatrial-Scheme';
export const APP_HEADER = 'X-Seatrial-App';

/** What the authority asks for by HTTP-01, RFC 8555 section 8.3. */
export const CHALLENGE_PATH = '/.well-known/acme-challenge/';
/** Where certificates that are handed on are asked for: on the loopback of who takes them, and at who has them. */
export const HANDED_PORT = 9997;
export const STRANGERS_FILE = `${FRONT_MOUNT}/default.pem`;

/** Where one of many fronts leads what an authority asks. */
export const ORDERS_BACKEND = 'acme';
export const backendOf = (app: string) => `app-${app}`;
export const certificateFile = (host: string) => `${FRONT_MOUNT}/cert-${host}.pem`;
export const ownFile = (app: string) => `${FRONT_MOUNT}/own-${app}.pem`;
