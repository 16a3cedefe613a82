import fc from 'fast-check';
import moment from 'moment-timezone';
import { describe, expect, it } from 'vitest';
import { formatDate } from '../../../src/build/naming/tags/moment.ts';

const ZONES = 'UTC Asia/Tokyo Asia/Shanghai America/New_York America/St_Johns Europe/London Asia/Kolkata'.split(' ');
const TOKENS =
  'M Mo MM MMM MMMM Q Qo D Do DD DDD DDDo DDDD d do dd ddd dddd e E w wo ww W Wo WW Y YY YYYY YYYYY YYYYYY gg gggg GG GGGG A a H HH h hh k kk m mm s ss S SSS SSSSSS hmm hmmss Hmm Hmmss Z ZZ X x L LL LLL LLLL LT LTS l ll lll llll [at] [YYYY] \\M - . : / _ T b f'.split(
    ' ',
  );

describe('a date in moment’s format', () => {
  it('is what moment itself writes', () => {
    const instant = fc.integer({ min: Date.UTC(1975, 0, 1), max: Date.UTC(2030, 0, 1) });
    const format = fc.array(fc.constantFrom(...TOKENS), { minLength: 1, maxLength: 6 }).map((words) => words.join(''));
    fc.assert(
      fc.property(instant, fc.constantFrom(...ZONES), format, (at, zone, words) => {
        expect(formatDate(at, words, zone)).toBe(moment(at).tz(zone).format(words));
      }),
      { numRuns: 400 },
    );
  });

  it('is ISO 8601 without a format', () => {
    expect(formatDate(0)).toBe('1970-01-01T00:00:00Z');
    expect(formatDate(0, '', 'Asia/Tokyo')).toBe('1970-01-01T09:00:00+09:00');
  });

  it('refuses zones nobody knows, and names it has no words for', () => {
    expect(() => formatDate(0, 'YYYY', 'Mars/Base')).toThrow(RangeError);
    expect(() => formatDate(0, 'HH z', 'Asia/Tokyo')).toThrow(/"z"/);
    expect(formatDate(0, 'HH z')).toBe('00 UTC');
  });
});
