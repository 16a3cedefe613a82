import { asSeatrialError } from '../../lib/errors.ts';
import { of } from '../on-target.ts';
import { percent } from '../release/share.ts';
import type { Target, Way } from '../target.ts';

/** A picture of who has the traffic, for people who read the log. */
export function drawTraffic(shares: ReadonlyMap<string, number>): string[] {
  return [...shares]
    .filter(([, share]) => share > 0)
    .sort((x, y) => y[1] - x[1])
    .map(
      ([release, share]) =>
        `${'█'.repeat(Math.max(1, Math.round(share * 40))).padEnd(40, '░')} ${String(percent(share)).padStart(5)}%  ${release}`,
    );
}

/** The release most of the traffic is on; empty when nothing serves. */
export function servingOf(shares: ReadonlyMap<string, number>): string {
  const [top] = [...shares].sort((x, y) => y[1] - x[1]);
  return top && top[1] > 0 ? top[0] : '';
}

export interface Seen {
  target: Target;
  /** As the edge has them; undefined when it could not be asked: then `silent` says who did not answer. */
  shares?: ReadonlyMap<string, number>;
  silent?: 'engine' | 'edge';
  ways?: readonly Way[];
}

/** Shares that reach somebody: what has the traffic and does not run serves nobody. */
export const served = ({ target, shares }: Seen): Map<string, number> =>
  new Map([...(shares ?? [])].filter(([release]) => of(target, release).some((c) => c.state === 'running')));

/** A release, with its share where it has not all. */
const name = (release: string, share: number) => (share > 0.999 ? release : `${release} (${percent(share)}%)`);

export function lastWords(seen: readonly Seen[]): string {
  return seen
    .map((one) => {
      const { target, shares, silent } = one;
      if (!shares) return `${target.label}: the ${silent} does not answer, so what serves there is not known`;
      const parts = [...served(one)].filter(([, share]) => share > 0).sort((x, y) => y[1] - x[1]);
      const dead = [...shares].filter(([release, share]) => share > 0 && !served(one).has(release));
      const lost = dead
        .map(([release, share]) => `${name(release, share)} has the traffic and does not run`)
        .join(', ');
      if (!parts.length) return `${target.label}: nothing serves${lost && `: ${lost}`}`;
      const on = parts.map(([release, share]) => name(release, share)).join(' and ');
      return `${target.label}: traffic is on ${on}${lost && `, but ${lost}`}`;
    })
    .join('; ');
}

/** A run that waited for another's lock and got none has an old history in mind. */
async function lookAgain(target: Target): Promise<ReadonlyMap<string, number>> {
  if (!target.ledger.lease) await target.ledger.load();
  return target.traffic.shares();
}

export async function look(target: Target, cached: boolean): Promise<Seen> {
  try {
    // A cancelled run still tells: nothing stops this.
    const shares = await (cached ? target.traffic.shares() : target.steadily(() => lookAgain(target)));
    // A front door that can't be asked is told by status; what serves is known all the same.
    const ways = await Promise.resolve(target.traffic.ways?.()).catch(() => undefined);
    return { target, shares, ways };
  } catch (error) {
    // Said in the last words: not known is not "nothing serves".
    return { target, silent: asSeatrialError(error).code.startsWith('EDGE_') ? 'edge' : 'engine' };
  }
}
