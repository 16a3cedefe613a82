import type { LineReader } from './line-reader.ts';

/** Hours of the day in a zone. Minutes since midnight; `to` is excluded, and a span may cross midnight. */
export interface Hours {
  from: number;
  to: number;
  /** An IANA name, e.g. Asia/Shanghai. */
  zone: string;
}

const QUARTER_MS = 900_000;

const formatOf = (zone: string) =>
  new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

export function isZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** Tells whether a moment (milliseconds of the epoch) is within the hours; the same start and end are the whole day. */
export function createHours({ from, to, zone }: Hours): (ms: number) => boolean {
  const format = formatOf(zone);
  // Offsets change on quarter hours only, so one look-up serves a quarter.
  let quarter = Number.NaN;
  let base = 0;
  return (ms) => {
    const now = Math.floor(ms / QUARTER_MS);
    if (now !== quarter) {
      quarter = now;
      const parts = format.formatToParts(new Date(now * QUARTER_MS));
      const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
      base = of('hour') * 60 + of('minute');
    }
    const minute = (base + Math.floor((ms - quarter * QUARTER_MS) / 60_000)) % 1440;
    if (from === to) return true;
    return from < to ? minute >= from && minute < to : minute >= from || minute < to;
  };
}

function minutes(text: string, reader: LineReader, at: number): number {
  const [h, m] = text.split(':').map(Number) as [number, number];
  if (h > 24 || m > 59 || (h === 24 && m > 0)) reader.fail('a time of day such as 20:00', at);
  return (h % 24) * 60 + m;
}

/** `20:00-02:00 Asia/Shanghai`. */
export function hoursIn(reader: LineReader): Hours {
  const fromAt = reader.start;
  const from = minutes(reader.need(/\d{1,2}:\d{2}/, 'hours such as 20:00-02:00'), reader, fromAt);
  reader.need(/-|–|to\b/, '"-" between the hours');
  const toAt = reader.start;
  const to = minutes(reader.need(/\d{1,2}:\d{2}/, 'the hour it ends, such as 02:00'), reader, toAt);
  const zoneAt = reader.start;
  const zone = reader.need(/[A-Za-z][\w+/-]*/, 'a time zone such as Asia/Shanghai');
  if (!isZone(zone)) reader.fail('a time zone such as Asia/Shanghai', zoneAt);
  return { from, to, zone };
}
