import { getFile } from '../../../lib/docker/archive.ts';
import { inspectContainer } from '../../../lib/docker/inspect.ts';
import { FRONT, ownFile } from '../../front/names.ts';
import { normalPem } from '../../pem.ts';
import { installed } from '../edge/certificate.ts';
import type { Host } from '../host.ts';

/** Whether the certificate this run was handed is the one that is served, at the front or at the edge. */
export async function servesGiven(host: Host): Promise<boolean> {
  const given = host.context.inputs['tls-certificate'];
  const { edge } = host.history;
  if (given === undefined || !edge) return true;
  const kept = edge.front
    ? await atFront(host)
    : host.listing.edge && (await installed(host.engine, host.listing.edge.Id));
  return kept === normalPem(given);
}

async function atFront({ engine, app }: Host): Promise<string | undefined> {
  if (!(await inspectContainer(engine, FRONT, 'look at the front door'))) return undefined;
  return (await getFile(engine, FRONT, ownFile(app)))?.toString('utf8');
}
