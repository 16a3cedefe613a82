import { SeatrialError } from '../../lib/errors.ts';
import { ADMIN_PORT, adminRows, RING } from '../../lib/haproxy.ts';

export interface Server {
  /** Each published port of the app has one. */
  backend: string;
  name: string;
  host: string;
  port: number;
  weight: number;
  requests: number;
  errors: number;
}

/** A backend of the app: `app`, and `app_9000` behind a further published port. */
const BACKEND = /^app(_\d+)?$/;

/** Servers of the app's backends with what HAProxy counted of each since it started. */
export function parseEdge(stat: string, state: string): Server[] {
  const addresses = new Map(adminRows(state, ' ').map((row) => [`${row.get('be_name')}/${row.get('srv_name')}`, row]));
  return adminRows(stat, ',')
    .filter((row) => BACKEND.test(row.get('pxname') ?? '') && !['FRONTEND', 'BACKEND'].includes(row.get('svname')!))
    .map((row) => {
      const number = (name: string) => Number(row.get(name) || 0);
      const [backend, name] = [row.get('pxname')!, row.get('svname')!];
      const at = addresses.get(`${backend}/${name}`);
      const fqdn = at?.get('srv_fqdn');
      return {
        backend,
        name,
        host: fqdn && fqdn !== '-' ? fqdn : (at?.get('srv_addr') ?? ''),
        port: Number(at?.get('srv_port') ?? 0),
        weight: number('weight'),
        requests: number('stot'),
        errors: number('hrsp_5xx') + number('econ') + number('eresp'),
      };
    });
}

/** Where an admin socket is, as who asks reaches it. */
export type Admin = readonly [address: string, port: number];
export const LOOPBACK: Admin = ['127.0.0.1', ADMIN_PORT];

/** What parts the answers. */
const CUT = '@@';
const ASKED = ['show stat', 'show servers state', 'show events'];

/** A command line that asks an edge about itself. */
export const lookWords = ([address, port]: Admin): string[] => [
  'sh',
  '-c',
  ASKED.map((command) => `printf '${command}\\n' | nc ${address} ${port}; echo ${CUT}`).join('; '),
];

/** The answer is there, to its end. */
export const isWhole = (text: string): boolean => text.split(CUT).length > ASKED.length;

/**
 * What it answered: its servers, and whether it keeps records of requests. EDGE_UNREACHABLE where HAProxy said nothing: that
 * is no edge without requests.
 */
export function lookOf(text: string, name: string): { servers: Server[]; keeps: boolean } {
  const [stat = '', state = '', events = ''] = text.split(CUT);
  if (!stat.includes('# pxname,')) {
    throw new SeatrialError('EDGE_UNREACHABLE', `The edge ${name} does not answer; look at its log.`);
  }
  return { servers: parseEdge(stat, state), keeps: new RegExp(`^\\s*${RING}\\s*:`, 'm').test(events) };
}
