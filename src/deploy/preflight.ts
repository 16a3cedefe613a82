import { SeatrialError } from '../lib/errors.ts';
import type { Host } from './host.ts';
import type { Spec } from './spec.ts';

/** What can be known to go wrong before anything is touched. */
export function preflight(hosts: readonly Host[], spec: Spec): void {
  for (const host of hosts) {
    const [stranger] = host.listing.strangers;
    if (stranger) {
      throw new SeatrialError(
        'ENVIRONMENT_CLASH',
        `${host.label}: ${host.app} runs here for another environment (${stranger}); use another host, or another app name such as ${host.app}-${host.environment.toLowerCase()}.`,
      );
    }
    const has = host.history.edge !== undefined;
    if (
      !has &&
      spec.edge === 'haproxy' &&
      host.listing.apps.some((c) => c.state === 'running' && c.labels.spec.publish && c.labels.spec.edge === 'none')
    ) {
      throw new SeatrialError(
        'PORT_TAKEN',
        `${host.label}: a container of ${host.app} publishes the port itself; stop it first, then the edge can have the port.`,
      );
    }
  }
}
