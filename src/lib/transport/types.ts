import type { EngineAddress } from '../docker/address.ts';

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
