import { parseHost } from '../docker/address.ts';
import { SeatrialError } from '../errors.ts';
import { probe } from './probe.ts';
import { openSsh } from './ssh.ts';
import { openTcp } from './tcp.ts';
import type { Transport, TransportOptions } from './types.ts';

export type { Transport, TransportOptions } from './types.ts';

async function openUnix(host: string, signal?: AbortSignal): Promise<Transport> {
  const address = parseHost(host);
  const refusal = await probe(address, 10_000, signal);
  if (refusal) {
    signal?.throwIfAborted();
    throw new SeatrialError(
      'ENGINE_UNREACHABLE',
      `${host}: ${refusal.code}; is the Docker engine running, and may this user open its socket?`,
      { cause: refusal.detail },
    );
  }
  return { address, dockerHost: host, env: {}, close: async () => undefined };
}

/**
 * Opens `unix:///path`, `tcp://host:port` or `ssh://user@host:port[/path/of/docker.sock]` and asks the engine once.
 * Errors: ENGINE_UNREACHABLE, TLS_REFUSED, SSH_KNOWN_HOSTS_MISSING, SSH_HOST_KEY, SSH_AUTH, SSH_UNREACHABLE,
 * TOOL_MISSING (no ssh), INPUT_INVALID.
 */
export async function openTransport(host: string, options: TransportOptions): Promise<Transport> {
  options.signal?.throwIfAborted();
  if (host.startsWith('ssh://')) return openSsh(host, options);
  if (host.startsWith('tcp://')) return openTcp(host, options);
  return openUnix(host, options.signal);
}
