import { SeatrialError } from '../lib/errors.ts';

/** RE2 is loaded only when there are patterns; what it would refuse in form is refused here already. */
export function parsePattern(line: string, at: number): string {
  if (/\(\?<?[=!]/.test(line) || /\\[1-9]/.test(line)) {
    throw new SeatrialError(
      'INPUT_INVALID',
      `line ${at}: "${line}" is not an RE2 pattern: it has no look-around and no back-references.`,
    );
  }
  return line;
}
