import { clashes, parsePublish } from '../../publish.ts';
import { stopContainer } from '../containers.ts';
import type { Host } from '../host.ts';

/** A release from before there was an edge owns the port the edge is to have: it stops, and users wait for its successor. */
export async function freePort(host: Host, publish: string): Promise<void> {
  const wanted = parsePublish(publish);
  const owners = host.listing.apps.filter(
    ({ state, labels: { spec } }) =>
      state === 'running' && spec.edge === 'none' && spec.publish && clashes(wanted, parsePublish(spec.publish)),
  );
  if (!owners.length) return;
  await host.guard();
  host.say(
    `${owners.map(({ name }) => name).join(', ')} gives its port to the edge; nothing answers until the new release is healthy`,
  );
  for (const { id, labels } of owners) await stopContainer(host.engine, id, labels.spec.stopTimeoutMs);
  await host.refresh();
}
