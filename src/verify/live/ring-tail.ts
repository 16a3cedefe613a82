import { type EdgeRecord, parseRecord } from '../../lib/edge-records.ts';

/** What a worker's ring answered: its newest lines, the oldest first. */
export interface Reading {
  /** The worker's process; empty where it didn't say. */
  pid: string;
  lines: string[];
  /** It holds no more than these. */
  whole: boolean;
}

/** An answer of `bytes` bytes at most: records, then what the worker says of itself. Pure. */
export function readingOf(text: string, bytes: number): Reading {
  const whole = Buffer.byteLength(text) < bytes;
  const lines = text.split('\n').map((line) => line.trimEnd());
  const pid = lines.findLast((line) => line.startsWith('Pid: '))?.slice(5) ?? '';
  // What the answer was cut off at is no line.
  return { pid, lines: lines.slice(whole ? 0 : 1).filter((line) => parseRecord(line)), whole };
}

/**
 * What of a ring is new since it was last read. A ring keeps the order in which records were written, so all behind the
 * last line that was read is new. Where that line has been overwritten some are lost; their number is by the records' own.
 */
export class RingTail {
  /** Records that were overwritten before they were read. */
  lost = 0;
  /** How often some were, of which nobody can tell how many. */
  gaps = 0;
  /** Records that ended before are not for us; seconds by the edge's clock. */
  readonly #since: number;
  #last: string | undefined;
  readonly #numbers = new Map<string, number>();

  constructor(since: number) {
    this.#since = since;
  }

  /** The new records; undefined when what was read doesn't reach back far enough. */
  take({ lines, whole }: Reading): EdgeRecord[] | undefined {
    const at = this.#last === undefined ? -1 : lines.lastIndexOf(this.#last);
    const fresh = lines.slice(at + 1).map((line) => parseRecord(line)!);
    if (at < 0 && !whole && !(this.#last === undefined && fresh.length > 0 && fresh[0]!.at <= this.#since))
      return undefined;
    if (at < 0 && this.#last !== undefined && fresh.length > 0) this.#gap(fresh);
    for (const { door, number } of fresh) this.#numbers.set(door, number);
    this.#last = lines.at(-1) ?? this.#last;
    return fresh.filter((record) => record.at > this.#since);
  }

  #gap(fresh: readonly EdgeRecord[]): void {
    let missing = 0;
    for (const [door, number] of this.#numbers) {
      const next = fresh.find((record) => record.door === door);
      // Not a number where an edge doesn't count them; and who begins to count anew has lost what can't be told.
      if (next && !(next.number > number)) {
        this.gaps++;
        return;
      }
      if (next) missing += next.number - number - 1;
    }
    this.lost += missing;
  }
}
