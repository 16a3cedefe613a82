import type { TransportOptions } from './open.ts';

/** The inputs that say how hosts are reached; the same in every action that reaches some. */
export interface ReachInputs {
  'ssh-key'?: string;
  'ssh-known-hosts'?: string;
  'tls-ca'?: string;
  'tls-cert'?: string;
  'tls-key'?: string;
}

export const transportOptions = (
  inputs: ReachInputs,
  env: TransportOptions['env'],
  signal: AbortSignal,
  warn: (line: string) => void,
): TransportOptions => ({
  sshKey: inputs['ssh-key'],
  sshKnownHosts: inputs['ssh-known-hosts'],
  tlsCa: inputs['tls-ca'],
  tlsCert: inputs['tls-cert'],
  tlsKey: inputs['tls-key'],
  env,
  signal,
  warn,
});
