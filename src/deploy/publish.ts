import { BlockList, isIPv6 } from 'node:net';
import { SeatrialError } from '../lib/errors.ts';

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
    throw new SeatrialError('INPUT_INVALID', `metrics: "${text}" ${why}`);
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
