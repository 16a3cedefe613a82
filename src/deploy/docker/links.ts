import type { Actions } from '../../lib/actions.ts';
import { defaultHost } from '../../lib/docker/address.ts';
import { SeatrialError } from '../../lib/errors.ts';
import { targetHost } from '../../lib/target-host.ts';
import { transportOptions } from '../../lib/transport/inputs.ts';
import { openTransport, type Transport } from '../../lib/transport/open.ts';
import { parseHostLine } from '../hosts.ts';
import type { Inputs } from '../inputs.ts';

/** An open way to one of the hosts. */
export interface Link extends Transport {
  /** As named in the input; empty where none is. */
  region: string;
}

/**
 * Opens the way to every host; when one can't be reached, those that were are closed again. A login over ssh takes
 * longer than loading the engine's client, so this room imports nothing heavy and both go on at once.
 */
export async function openLinks(actions: Actions, inputs: Inputs): Promise<Link[]> {
  const lines = inputs.hosts.length ? inputs.hosts.map(parseHostLine) : [];
  if (!lines.length) lines.push({ region: '', address: defaultHost(actions.env) });
  const names = lines.map(({ address }) => address);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice) throw new SeatrialError('INPUT_INVALID', `hosts: "${twice}" is named twice.`);
  const options = transportOptions(inputs, actions.env, actions.signal, (line) => actions.warning(line));
  const opened = await Promise.allSettled(
    lines.map(async ({ region, address }) => {
      const open = await openTransport(targetHost(address).way, options);
      // By the name it was given: `deployment` hands it on, and what reads that has to know its kind.
      return { ...open, address: { ...open.address, label: address }, region };
    }),
  );
  const failed = opened.find((link) => link.status === 'rejected');
  const open = opened.flatMap((link) => (link.status === 'fulfilled' ? [link.value] : []));
  if (!failed) return open;
  await Promise.all(open.map((link) => link.close()));
  throw failed.reason;
}
