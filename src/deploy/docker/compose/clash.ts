import { BlockList, isIPv6 } from 'node:net';
import { SeatrialError } from '../../../lib/errors.ts';
import { clashes, type Publish } from '../../publish.ts';
import { type Project, replicasOf, type Service } from './project.ts';

/** What a project would trip over itself or over its host: compose starts some of it before it meets that. */

type Port = NonNullable<Service['ports']>[number];
interface Taken extends Publish {
  protocol: string;
  words: string;
}

function takenBy({ published, host_ip = '', protocol = 'tcp' }: Port): Taken | undefined {
  // A range is for compose to choose from.
  if (!/^\d+$/.test(published ?? '')) return undefined;
  const at = host_ip.includes(':') ? `[${host_ip}]` : host_ip;
  return { ip: host_ip, port: Number(published), protocol, words: `${at ? `${at}:` : ''}${published}` };
}

/**
 * Pure: a port of the host that two containers of the project would have, or one of them and the edge, whose ports are
 * `edge`. COMPOSE_INVALID.
 */
export function checkPorts(project: Project, traffic: readonly string[], edge: readonly Publish[]): void {
  const seen: (Taken & { of: string })[] = edge.map((port) => ({
    ...port,
    protocol: 'tcp',
    words: '',
    of: `the edge of ${traffic.join(' and ')}`,
  }));
  for (const [name, service] of Object.entries(project.services)) {
    if (traffic.includes(name)) continue;
    for (const port of (service.ports ?? []).flatMap((one) => takenBy(one) ?? [])) {
      const other = seen.find(({ protocol, ...has }) => protocol === port.protocol && clashes(has, port));
      const by = other ? other.of : replicasOf(service) > 1 ? 'each of its containers' : '';
      if (by) {
        throw new SeatrialError(
          'COMPOSE_INVALID',
          `compose-file: ${name} publishes ${port.words}, and so does ${by}; a port of the host is one container's: give another.`,
        );
      }
    }
    seen.push(...(service.ports ?? []).flatMap((one) => takenBy(one) ?? []).map((port) => ({ ...port, of: name })));
  }
}

/** A network of the engine with the addresses it has. */
export interface Subnets {
  name: string;
  subnets: readonly string[];
}

/** Of two ranges of addresses one holds the other, or they have nothing in common. */
function overlap(one: string, other: string): boolean {
  const [a = '', bits] = one.split('/');
  const [b = '', others] = other.split('/');
  const kind = (ip: string) => (isIPv6(ip) ? 'ipv6' : 'ipv4');
  if (kind(a) !== kind(b)) return false;
  const holds = (network: string, length: string | undefined, ip: string) => {
    const list = new BlockList();
    list.addSubnet(network, Number(length), kind(network));
    return list.check(ip, kind(ip));
  };
  try {
    return holds(a, bits, b) || holds(b, others, a);
  } catch {
    return false; // no range: compose has its own words for that
  }
}

/** Pure: a network the project would make with addresses that another on the host has. COMPOSE_INVALID. */
export function checkSubnets(project: Project, there: readonly Subnets[], host: string): void {
  for (const [key, { name = `${project.name}_${key}`, external, ...network }] of Object.entries(project.networks)) {
    if (external) continue;
    const { config } = ((network as { ipam?: unknown }).ipam ?? {}) as { config?: { subnet?: string }[] };
    for (const { subnet } of config ?? []) {
      const other = there.find((one) => one.name !== name && one.subnets.some((has) => subnet && overlap(subnet, has)));
      if (!other || there.some((one) => one.name === name)) continue;
      throw new SeatrialError(
        'COMPOSE_INVALID',
        `${host}: the network ${key} is to have ${subnet}, and ${other.name} has addresses of it; give it another subnet, or leave ipam to Docker.`,
      );
    }
  }
}

/** Pure: a service that may use more processors than the host has, which the engine refuses. COMPOSE_INVALID. */
export function checkCpus(project: Project, cpus: number, host: string): void {
  for (const [name, service] of Object.entries(project.services)) {
    const { resources } = (service.deploy ?? {}) as { resources?: { limits?: { cpus?: string | number } } };
    const wanted = Number(resources?.limits?.cpus ?? service.cpus ?? 0);
    if (wanted <= cpus) continue;
    throw new SeatrialError(
      'COMPOSE_INVALID',
      `${host}: ${name} is limited to ${wanted} processors, and the host has ${cpus}; give it ${cpus} at most.`,
    );
  }
}
