import type { Engine } from '../../../lib/docker/engine.ts';

interface Info {
  KernelVersion?: string;
  DefaultRuntime?: string;
}

/** Pure: whether containers of such an engine can be given the setting; what is no runc may not know it. */
export function migrates({ KernelVersion = '', DefaultRuntime = '' }: Info): boolean {
  const [major = 0, minor = 0] = KernelVersion.split('.').map(Number);
  return (major > 5 || (major === 5 && minor >= 14)) && /^(runc|crun)$/.test(DefaultRuntime);
}

/**
 * What the container of a HAProxy is given for its reloads. A new worker asks the old one for its listening sockets, for a
 * second (sock_get_old_sockets in HAProxy's src/sock.c); on a host too busy to answer within it, it opens sockets of its own,
 * and connections that wait at the old ones are reset. With this the kernel hands them to the new ones:
 * https://docs.kernel.org/networking/ip-sysctl.html, tcp_migrate_req, Linux 5.14 and newer.
 */
export async function handingOver(engine: Engine): Promise<{ Sysctls?: Record<string, string> }> {
  const info = await engine.call('ask for its kernel', (docker) => docker.info() as Promise<Info>);
  return migrates(info) ? { Sysctls: { 'net.ipv4.tcp_migrate_req': '1' } } : {};
}
