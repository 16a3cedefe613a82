import { SeatrialError } from '../../lib/errors.ts';
import { find, type History, lastGood, match, type ReleaseRecord, waiting } from './history.ts';

/** Where a rollback goes, and what it comes from. */
export interface Destination {
  from: string;
  record: ReleaseRecord;
}

/** The release a rollback goes to. NO_ROLLBACK_TARGET and RELEASE_BAD change nothing. Pure. */
export function destination(history: History, to: string | undefined, force: boolean): Destination {
  const pending = waiting(history);
  const from = pending?.release ?? history.current;
  const record = to ? match(history, to) : pending ? find(history, history.current) : lastGood(history);
  if (!record) {
    const known =
      history.releases
        .map((r) => `${r.release} (${r.status})`)
        .slice(0, 5)
        .join(', ') || 'none';
    throw new SeatrialError(
      'NO_ROLLBACK_TARGET',
      to
        ? `No release fits "${to}"; known are: ${known}.`
        : `There is no good release to go back to; nothing was changed. Known are: ${known}.`,
    );
  }
  const { release, status, reason } = record;
  if (release === from) {
    throw new SeatrialError('NO_ROLLBACK_TARGET', `${release} serves already; nothing was changed.`);
  }
  if ((status === 'bad' || status === 'pending') && !force) {
    throw new SeatrialError(
      'RELEASE_BAD',
      `${release} is marked ${status}${reason ? ` (${reason})` : ''}; force: true goes there all the same.`,
    );
  }
  return { from, record };
}

/** The release that a rollback takes traffic from. */
export const serves = (history: History): string => waiting(history)?.release ?? history.current;
