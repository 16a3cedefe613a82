import { SeatrialError } from '../../lib/errors.ts';

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
