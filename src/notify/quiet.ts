import { SeatrialError } from '../lib/errors.ts';
import { createHours, type Hours, isZone } from '../lib/hours.ts';
import type { Target } from './channel.ts';
import { named, names } from './routes.ts';

export interface QuietHours extends Hours {
  /** As written, for the receipt. */
  text: string;
  /** Undefined: everybody. */
  targets?: Target[];
}

const invalid = (message: string) => new SeatrialError('INPUT_INVALID', message);

function minutes(line: string, time: string): number {
  const [hour, minute] = time.split(':').map(Number) as [number, number];
  if (hour < 24 && minute < 60) return hour * 60 + minute;
  if (hour === 24 && minute === 0) return 24 * 60;
  throw invalid(`quiet-hours: "${line}": ${time} is not a time from 00:00 to 24:00.`);
}

/** @throws INPUT_INVALID for a line that can't be read, a zone that does not exist, a name nobody bears */
export function parseQuietHours(lines: readonly string[], targets: readonly Target[]): QuietHours[] {
  return lines.map((line) => {
    const found = /^(?:(.+?)\s*[:：=\s]\s*)?(\d{1,2}:\d{2})\s*[-–~]\s*(\d{1,2}:\d{2})(?:\s+(\S+))?$/.exec(line.trim());
    if (!found) throw invalid(`quiet-hours: "${line}" can't be read; write \`22:00-08:00 Asia/Shanghai\`.`);
    const [, who, start, end, zone] = found;
    if (!zone) throw invalid(`quiet-hours: "${line}" names no zone; add one, e.g. Asia/Shanghai or UTC.`);
    if (!isZone(zone)) throw invalid(`quiet-hours: "${zone}" is no IANA time zone; write e.g. Asia/Shanghai.`);
    const [from, to] = [minutes(line, start!), minutes(line, end!)];
    if (from === to) throw invalid(`quiet-hours: "${line}" begins where it ends; 00:00-24:00 is the whole day.`);
    return {
      from,
      to,
      zone,
      text: `${start}-${end} ${zone}`,
      ...(who ? { targets: names(who).flatMap((name) => named('quiet-hours', name, targets)) } : {}),
    };
  });
}

export const isQuiet = (hours: Hours, at: number): boolean => createHours(hours)(at);
