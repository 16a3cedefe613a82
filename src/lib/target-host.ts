import type { TargetKind } from './deployment.ts';
import { SeatrialError } from './errors.ts';

/** What one line of `hosts` leads to. */
export interface TargetHost {
  kind: TargetKind;
  /** The way to an engine, as the transports take it; of Kubernetes the address as it was written. */
  way: string;
}

/** `swarm+ssh://user@manager` leads to a Swarm by ssh, `kubernetes://context/namespace` to a cluster, all else to a Docker host. */
export function targetHost(address: string): TargetHost {
  if (address.startsWith('kubernetes://')) return { kind: 'kubernetes', way: address };
  if (!address.startsWith('swarm+')) return { kind: 'docker', way: address };
  const way = address.slice('swarm+'.length);
  if (/^(unix|tcp|ssh):\/\//.test(way)) return { kind: 'swarm', way };
  throw new SeatrialError(
    'INPUT_INVALID',
    `hosts: "${address}" is no way to a Swarm; write swarm+ssh://user@manager, swarm+tcp://h:2376 or swarm+unix:///var/run/docker.sock.`,
  );
}

/** The kind of all of them; a run works on one kind. Without any it is Docker. INPUT_INVALID. */
export function oneKind(addresses: readonly string[]): TargetKind {
  const kinds = [...new Set(addresses.map((address) => targetHost(address).kind))];
  if (kinds.length > 1) {
    throw new SeatrialError(
      'INPUT_INVALID',
      `hosts: one run works on one kind of target, and these are ${kinds.join(' and ')}; use a job for each.`,
    );
  }
  return kinds[0] ?? 'docker';
}
