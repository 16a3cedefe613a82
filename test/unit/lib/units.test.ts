import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatDuration,
  formatSize,
  parseDuration,
  parseLines,
  parseShare,
  parseSize,
} from '../../../src/lib/units.ts';

describe('units', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['1h30m', 5_400_000],
    ['0s', 0],
    ['1.5s', 1500],
  ])('%s is %i ms', (text, ms) => expect(parseDuration(text)).toBe(ms));
  it.each(['', '30', '30 s', 's', '5d', '-5s', '1h x', '5m5'])('"%s" is no duration', (text) =>
    expect(() => parseDuration(text)).toThrow(/not a duration/),
  );
  it.each([
    ['64MiB', 67_108_864],
    ['512m', 536_870_912],
    ['1g', 1_073_741_824],
    ['10', 10],
    ['1.5k', 1536],
    ['2GB', 2_147_483_648],
  ])('%s is %i bytes', (text, bytes) => expect(parseSize(text)).toBe(bytes));
  it.each(['', 'm', '5 parsecs', '-1m'])('"%s" is no size', (text) =>
    expect(() => parseSize(text)).toThrow(/not a size/),
  );
  it.each([
    ['10%', 0.1],
    ['0%', 0],
    ['100%', 1],
    ['2.5%', 0.025],
  ])('%s is %d', (text, share) => expect(parseShare(text)).toBeCloseTo(share, 12));
  it.each(['10', '101%', '-1%', '%'])('"%s" is no share', (text) =>
    expect(() => parseShare(text)).toThrow(/not a share/),
  );
  it('takes one item a line', () => expect(parseLines(' a \r\n\n b')).toEqual(['a', 'b']));
  it('prints durations and sizes', () => {
    expect([83, 4210, 150_000, 3_600_000].map(formatDuration)).toEqual(['83 ms', '4.2 s', '2m 30s', '1h']);
    expect([512, 1536, 12 * 1024 ** 2].map(formatSize)).toEqual(['512 B', '1.5 KiB', '12.0 MiB']);
  });
  it('reads what it is given back, whatever the number', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.constantFrom('ms', 's', 'm', 'h'), (n, unit) => {
        expect(parseDuration(`${n}${unit}`)).toBe(n * { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit]);
      }),
    );
  });
});
