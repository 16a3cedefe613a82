import { clashes, doorKey, parsePublish } from '../../publish.ts';
import type { EdgeModel } from '../model.ts';
import { SLOTS } from './config.ts';

/**
 * The further ports an edge is to have. A container can't be given a port while it runs, nor lose one: as long as those
 * it has are enough they stay, and users of the release that serves keep theirs while the next one is made. Where one is
 * new the edge is made anew, with what is needed then. Pure.
 */
export function doorsFor(
  edge: EdgeModel | undefined,
  publish: string,
  doors: readonly { publish: string }[] = [],
): string[] {
  const wanted = doors.map((door) => door.publish);
  const had = edge?.doors ?? [];
  if (edge?.publish === publish && wanted.every((one) => had.includes(one))) return had;
  const used = new Set(SLOTS.flatMap((slot) => Object.keys(edge?.slots[slot]?.doors ?? {})));
  const taken = new Set([publish, ...wanted].map((one) => doorKey({ publish: one })));
  const kept = had.filter((one) => {
    const key = doorKey({ publish: one });
    return used.has(key) && !taken.has(key);
  });
  return [...kept, ...wanted];
}

type Ports = Pick<EdgeModel, 'publish' | 'doors' | 'metrics'>;

const portsOn = ({ publish, doors = [], metrics }: Ports) =>
  [publish, ...doors, metrics?.at ?? ''].filter(Boolean).map(parsePublish);

/** Whether two edges can be there at once: not where both would publish one port of the host. Pure. */
export const apart = (before: Ports, after: Ports): boolean =>
  !portsOn(before).some((one) => portsOn(after).some((other) => clashes(one, other)));

/** Ports that stay open though the release has nothing behind them, in words. Pure. */
export const unserved = (had: readonly string[], doors: readonly { publish: string }[] = []): string[] =>
  had
    .filter((one) => !doors.some(({ publish }) => publish === one))
    .map(
      (one) =>
        `port ${one} is of no use to this release and answers 503 once it serves; it is closed when the edge is made anew (docker rm -f of the edge, then a deploy: a gap).`,
    );
