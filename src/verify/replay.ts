import { createReadStream } from 'node:fs';
import { SeatrialError } from '../lib/errors.ts';
import type { JudgeEvent } from './judge/types.ts';

/** Seconds between two lines that are a jump. */
const JUMP = 3600;
/**
 * A clock set back by an hour leaves a step of an hour less the time between two lines. A version that stands behind the
 * other in the file goes back too, but not to before it.
 */
const BACK = 3300;

/** A line that can't be read. It is never skipped: what it would have said is unknown. */
export class BadLine extends Error {}

/** Seconds until the year 5138: what is larger was written in milliseconds or finer, and each look would be a jump. */
const LATEST = 1e11;

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0;

/** One line of a replay file as an event; `at` is its number, from 1. */
export function parseLine(line: string, at: number): JudgeEvent {
  const bad = (what: string) => new BadLine(`Line ${at} of the replay file ${what}.`);
  let raw: Record<string, unknown>;
  try {
    raw = JSON.parse(line);
  } catch {
    throw bad('is not valid JSON');
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) throw bad('is not a JSON object');
  const { t, version, kind } = raw;
  if (!isTime(t)) throw bad('has no time "t" in seconds from 0 on');
  if (t >= LATEST) throw bad('has a time "t" that is not in seconds; milliseconds are to be divided by 1000');
  if (version !== 'old' && version !== 'new') throw bad('has no version "old" or "new"');
  if (kind === 'request') {
    if (typeof raw.endpoint !== 'string') throw bad('has no text "endpoint"');
    if (typeof raw.ok !== 'boolean') throw bad('has no "ok" that is true or false');
    if (!isTime(raw.ms)) throw bad('has no latency "ms" from 0 on');
    return { kind, t, version, endpoint: raw.endpoint, ok: raw.ok, ms: raw.ms };
  }
  if (kind === 'log') {
    if (typeof raw.line !== 'string') throw bad('has no text "line"');
    return { kind, t, version, line: raw.line };
  }
  throw bad('has no kind "request" or "log"');
}

/**
 * Reads a replay file whole, so that a bad line is named wherever it stands, and orders it by time: the versions may
 * stand one after the other. Errors: BadLine; REPLAY_UNREADABLE.
 */
export async function readReplay(file: string): Promise<JudgeEvent[]> {
  const events: JudgeEvent[] = [];
  let ordered = true;
  let last = Number.NaN;
  const lastOf = { old: Number.NaN, new: Number.NaN };
  let first = Number.NaN;
  let at = 0;
  let blank = 0;
  const take = (line: string) => {
    at++;
    // Blank lines at the very end say nothing; one with lines behind it is a line that went missing.
    if (line.trim() === '') {
      blank ||= at;
      return;
    }
    if (blank > 0) throw new BadLine(`Line ${blank} of the replay file is empty.`);
    const event = parseLine(at === 1 ? line.replace(/^\ufeff/, '') : line, at);
    if (Math.abs(event.t - last) >= JUMP)
      throw new BadLine(`Line ${at} of the replay file jumps an hour or more in time.`);
    if (Number.isNaN(first)) first = event.t;
    if (lastOf[event.version] - event.t >= BACK || (last - event.t >= BACK && event.t < first))
      throw new BadLine(`Line ${at} of the replay file goes back in time by an hour.`);
    lastOf[event.version] = event.t;
    if (event.t < last) ordered = false;
    last = event.t;
    events.push(event);
  };
  let rest = '';
  try {
    for await (const chunk of createReadStream(file, { encoding: 'utf8', highWaterMark: 1 << 20 })) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!;
      for (const line of lines) take(line);
    }
  } catch (cause) {
    if (cause instanceof BadLine) throw cause;
    throw new SeatrialError('REPLAY_UNREADABLE', 'The replay file could not be read; check the path in replay-file.', {
      cause,
    });
  }
  take(rest);
  return ordered ? events : events.sort((a, b) => a.t - b.t);
}
