import { bornAt, parseRecord } from '../../../lib/edge-records.ts';
import type { Counted } from '../../target.ts';
import type { SlotName } from '../model.ts';

/**
 * What the records of an edge tell of a release since a moment, milliseconds of the epoch: 5xx are its errors, whether
 * its server gave them or the edge in its stead, as the counters have it. Its place may have been another's before it was
 * made. Our own questions are none of a user's. Undefined where there is no record at all. Pure.
 */
export function metSince(text: string, release: string, slot: SlotName, sinceMs: number): Counted | undefined {
  const records = text.split('\n').flatMap((line) => parseRecord(line.trim()) ?? []);
  if (!records.length) return undefined;
  const since = Math.max(sinceMs / 1000, bornAt(release));
  const mine = records.filter(
    ({ at, server, kind, status }) => at >= since && server.startsWith(slot) && kind !== 'probe' && status > 0,
  );
  return { requests: mine.length, errors: mine.filter(({ status }) => status >= 500).length };
}
