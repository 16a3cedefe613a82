import { SeatrialError } from '../../lib/errors.ts';

const UNITS = { s: 1000, m: 60_000, h: 3_600_000 } as const;

/** `30/s`, `600/m` or `5000/h`: how many in which time. INPUT_INVALID where it is none. */
export function parseRate(text: string): { requests: number; perMs: number } {
  const found = /^([1-9]\d{0,6})\/([smh])$/.exec(text.trim());
  if (found) return { requests: Number(found[1]), perMs: UNITS[found[2] as keyof typeof UNITS] };
  throw new SeatrialError('INPUT_INVALID', `"${text}" is no rate; write 30/s, 600/m or 5000/h.`);
}
