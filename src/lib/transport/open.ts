import { type EngineAddress, parseHost } from '../docker/address.ts';
import { SeatrialError } from '../errors.ts';
import { probe } from './probe.ts';
import { openSsh } from './ssh.ts';
import { openTcp } from './tcp.ts';

export interface TransportOptions {
  /** Private key (OpenSSH or PEM, no passphrase); without it ssh's agent and default keys are tried. */
  sshKey?: string;
  /** Lines of a known_hosts file; needed for ssh. */
  sshKnownHosts?: string;
  tlsCa?: string;
  tlsCert?: string;
  tlsKey?: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Cancels the opening only: what is open stays open, so that a cancelled run can still put traffic back. */
  signal?: AbortSignal;
  /** Told once when plain TCP goes to another machine. */
  warn?: (line: string) => void;
}

/** One open way to one engine. */
export interface Transport {
  /** For `new Engine(address)`; its `lost` signal fails the engine's calls when the way dies. */
  address: EngineAddress;
  /** For the docker CLI, as DOCKER_HOST. */
  dockerHost: string;
  /** What the docker CLI needs beside DOCKER_HOST (DOCKER_TLS_VERIFY, DOCKER_CERT_PATH). */
  env: Record<string, string>;
  /** Ends the connection and removes every file it needed; may be called twice. */
  close(): Promise<void>;
}

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
