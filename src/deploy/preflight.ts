import type { ContainerInfo } from '../lib/docker/types.ts';
import { SeatrialError } from '../lib/errors.ts';
import { checkDisk } from './disk.ts';
import { publishedBy } from './edge/container.ts';
import type { Host } from './host.ts';
import { clashes, parsePublish } from './publish.ts';
import type { Spec } from './spec.ts';

export interface PreflightOptions {
  /** Bytes that must be free for a pull; 0 doesn't ask. */
  minDisk: number;
  say: (line: string) => void;
}

/** What can be known to go wrong before anything is touched. Errors: ENVIRONMENT_CLASH, PORT_TAKEN, DISK_FULL. */
export async function preflight(hosts: readonly Host[], spec: Spec, { minDisk, say }: PreflightOptions): Promise<void> {
  await Promise.all(
    hosts.map(async (host) => {
      const [stranger] = host.listing.strangers;
      if (stranger) {
        throw new SeatrialError(
          'ENVIRONMENT_CLASH',
          `${host.label}: ${host.app} runs here for another environment (${stranger}); use another host, or another app name such as ${host.app}-${host.environment.toLowerCase()}.`,
        );
      }
      const { edge } = host.listing;
      if (spec.publish && !(edge && publishedBy(edge) === spec.publish)) await portIsFree(host, spec);
      await checkDisk(host, spec, minDisk, say);
    }),
  );
}

/** Whether some container has the port; what else listens on the host shows when the edge starts. */
async function portIsFree(host: Host, spec: Spec): Promise<void> {
  const wanted = parsePublish(spec.publish!);
  const all = await host.engine.call('list containers', (docker, abortSignal) =>
    docker.listContainers({ abortSignal }),
  );
  const mine = new Set([host.listing.edge?.Id, ...(spec.edge === 'none' ? host.listing.apps.map((c) => c.id) : [])]);
  const has = (info: ContainerInfo) =>
    info.Ports.some((port) => port.PublicPort && clashes(wanted, { ip: port.IP ?? '', port: port.PublicPort }));
  const other = all.find((info) => !mine.has(info.Id) && has(info));
  if (!other) return;
  const name = (other.Names[0] ?? other.Id).replace(/^\//, '');
  throw new SeatrialError(
    'PORT_TAKEN',
    `${host.label}: ${name} has port ${spec.publish}; choose another publish, or stop it first.`,
  );
}
