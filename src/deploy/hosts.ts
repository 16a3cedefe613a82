import { SeatrialError } from '../lib/errors.ts';
import { targetHost } from '../lib/target-host.ts';

export interface HostLine {
  /** Empty where none is named. */
  region: string;
  /** As it was written: what messages call it. */
  address: string;
}

/** `ssh://deploy@h1`, or with a region before it: `eu ssh://deploy@h1`. */
export function parseHostLine(line: string): HostLine {
  const [address = '', region = '', ...more] = line.split(/\s+/).reverse();
  if (more.length || !address.includes('://') || !/^[A-Za-z0-9_.-]*$/.test(region)) {
    throw new SeatrialError('INPUT_INVALID', `"${line}" is not a host; write ssh://user@h, or eu ssh://user@h.`);
  }
  targetHost(address);
  return { region, address };
}

/** The addresses among lines, where each line is one. */
export const addressesOf = (lines: readonly string[]): string[] => lines.map((line) => parseHostLine(line).address);
