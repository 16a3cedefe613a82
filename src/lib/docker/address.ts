import { SeatrialError } from '../errors.ts';

export interface EngineAddress {
  /** What messages and records call this host; never holds a credential. */
  label: string;
  socketPath?: string;
  /** TLS is spoken when `tls` is set or any of its files is there (PEM). */
  tcp?: { host: string; port: number; tls?: boolean; ca?: string; cert?: string; key?: string };
  /** Aborts, with a SeatrialError as its reason, when what carries the connection died (a tunnel). */
  lost?: AbortSignal;
}

/** `unix:///path`, `tcp://host:port` or nothing (the default socket) to an address; ssh is a tunnel of its own. */
export function parseHost(host: string, tls: { ca?: string; cert?: string; key?: string } = {}): EngineAddress {
  const unix = /^unix:\/\/(\/.+)$/.exec(host);
  if (unix) return { label: host, socketPath: unix[1] };
  const tcp = /^tcp:\/\/(\[[^\]]+\]|[^:/]+):(\d+)\/?$/.exec(host);
  if (tcp) return { label: host, tcp: { host: tcp[1]!.replace(/^\[|\]$/g, ''), port: Number(tcp[2]), ...tls } };
  throw new SeatrialError(
    'INPUT_INVALID',
    `hosts: "${host}" is not a Docker host; write unix:///var/run/docker.sock, tcp://h:2376 or ssh://user@h:22.`,
  );
}

/** The engine this machine's Docker commands mean: DOCKER_HOST, else the default socket. */
export function defaultHost(env: Readonly<Record<string, string | undefined>>): string {
  return env.DOCKER_HOST || 'unix:///var/run/docker.sock';
}
