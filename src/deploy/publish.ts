import { BlockList, isIPv6 } from 'node:net';
import { SeatrialError } from '../lib/errors.ts';
import { parseLines } from '../lib/units.ts';

export interface Publish {
  /** Address on the host; empty for all. */
  ip: string;
  port: number;
}

/** `8080`, `127.0.0.1:8080` or `[::1]:8080`. */
export function parsePublish(text: string): Publish {
  const found = /^(?:(\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:]+\]):)?(\d{1,5})$/i.exec(text.trim());
  const port = Number(found?.[2]);
  if (!found || port < 1 || port > 65535) {
    throw new SeatrialError('INPUT_INVALID', `publish: "${text}" is not a port; write 8080 or 127.0.0.1:8080.`);
  }
  return { ip: (found[1] ?? '').replace(/^\[|\]$/g, ''), port };
}

/** Two published ports can't both be had: same number, and addresses that overlap. */
export function clashes(a: Publish, b: Publish): boolean {
  const any = (ip: string) => ip === '' || ip === '0.0.0.0' || ip === '::';
  return a.port === b.port && (any(a.ip) || any(b.ip) || a.ip === b.ip);
}

/** Loopback, private (RFC 1918, RFC 4193), shared (RFC 6598) and link-local addresses. */
const near = new BlockList();
for (const [network, bits] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
] as const)
  near.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  near.addSubnet(network, bits, 'ipv6');

/**
 * `127.0.0.1:9101`, or `public 203.0.113.7:9101` where strangers may read the figures: the address as `publish` writes
 * it. `off` is an empty one. INPUT_INVALID.
 */
export function parseMetrics(text: string): string {
  if (text === 'off') return '';
  const [, open, address = ''] = /^(public\s+)?(.*)$/.exec(text.trim())!;
  const refuse = (why: string): never => {
    throw new SeatrialError('INPUT_INVALID', `metrics-address: "${text}" ${why}`);
  };
  let at: ReturnType<typeof parsePublish>;
  try {
    at = parsePublish(address);
  } catch {
    return refuse('is no address and port; write 127.0.0.1:9101.');
  }
  const { ip } = at;
  if (!open && ip === '') refuse('names no address, so that anybody could read the figures; write 127.0.0.1:9101.');
  if (!open && !near.check(ip, isIPv6(ip) ? 'ipv6' : 'ipv4')) {
    refuse(`is not private, so that anybody could read the figures; write public ${address} where that is meant.`);
  }
  return address;
}

/** One line of `publish`: where users come in, and where that leads. */
export interface PublishLine {
  /** `8080` or `127.0.0.1:8080`. */
  publish: string;
  /** A service of the compose file; that of `service` where none is named. */
  service?: string;
  /** In the container; that of `port` where none is named. */
  port?: number;
}

const LINE =
  /^((?:(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:]+\]):)?\d{1,5})(?::(?:([A-Za-z0-9][A-Za-z0-9_.-]*):)?(\d{1,5}))?(\/tcp)?$/i;

/** As compose writes `ports`: `[ADDRESS:]HOST[:[SERVICE:]PORT]`, one a line. INPUT_INVALID. */
export function parsePublishLines(text: string): PublishLine[] {
  const invalid = (message: string) => new SeatrialError('INPUT_INVALID', `publish: ${message}`);
  const lines = parseLines(text).map((line): PublishLine => {
    const [whole, publish = '', service, inside] = LINE.exec(line) ?? [];
    const port = inside === undefined ? undefined : Number(inside);
    if (whole === undefined || (port !== undefined && (port < 1 || port > 65535))) {
      const why = /\/udp$/i.test(line) ? 'is a port of UDP, and the edge speaks HTTP over TCP' : 'is not a port';
      throw invalid(`"${line}" ${why}; write 8080, 127.0.0.1:8080, 8080:3000 or, with a compose file, 8080:web:3000.`);
    }
    parsePublish(publish);
    return { publish, ...(service === undefined ? {} : { service }), ...(port === undefined ? {} : { port }) };
  });
  const numbers = lines.map(({ publish }) => parsePublish(publish).port);
  const twice = numbers.find((port, i) => numbers.indexOf(port) !== i);
  if (twice !== undefined) throw invalid(`port ${twice} of the host stands there twice.`);
  const silent = lines.slice(1).find(({ port }) => port === undefined);
  if (silent)
    throw invalid(`"${silent.publish}" is not the first line, and has to say where it leads: ${silent.publish}:3000.`);
  return lines;
}

/** What a published port is called among those of an app: its number on the host. */
export const doorKey = ({ publish }: { publish: string }): string => String(parsePublish(publish).port);

/** The lines of `health-path`: `/healthz` for the first port, `9000 /ready` for another, by its number on the host. */
function parseHealthPaths(text: string): { path?: string; others: Map<string, string> } {
  const invalid = (message: string) => new SeatrialError('INPUT_INVALID', `health-path: ${message}`);
  const others = new Map<string, string>();
  let path: string | undefined;
  for (const line of parseLines(text)) {
    const [, port, of] = /^(?:(\d{1,5})\s+)?(\/\S*)$/.exec(line) ?? [];
    if (of === undefined) {
      const why = /^\/|^\d+\s+\//.test(line) ? 'must not hold blanks' : 'must begin with a slash';
      throw invalid(`"${line}" ${why}; for another port than the first write its number before: 9000 /ready.`);
    }
    if (port === undefined ? path !== undefined : others.has(port)) {
      throw invalid(`"${line}" is a second path for one port; for another port write its number before: 9000 /ready.`);
    }
    if (port === undefined) path = of;
    else others.set(port, of);
  }
  return { path, others };
}

/** Where users come in as `publish` and `health-path` say it: the first port apart from the further ones. INPUT_INVALID. */
export function parseDoors(publish: string | undefined, healthPath: string | undefined) {
  const lines = parsePublishLines(publish ?? '');
  const { path, others } = parseHealthPaths(healthPath ?? '');
  const keys = lines.map(doorKey);
  const unknown = [...others.keys()].find((key) => !keys.includes(key));
  if (unknown !== undefined) {
    throw new SeatrialError('INPUT_INVALID', `health-path: no line of publish has port ${unknown} of the host.`);
  }
  const further = lines.slice(1).map(({ publish, service, port }, i) => {
    const of = others.get(keys[i + 1]!);
    return { publish, port: port!, ...(service ? { part: service } : {}), ...(of ? { path: of } : {}) };
  });
  return { first: lines[0], path: path ?? others.get(keys[0] ?? ''), further };
}
