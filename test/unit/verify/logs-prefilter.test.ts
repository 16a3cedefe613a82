import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evidence, mayBeEvidence } from '../../../src/verify/logs/prefilter.ts';
import { Scanner } from '../../../src/verify/logs/scanner.ts';
import { LEVELS } from '../../support/verify/log-lines.ts';

describe('prefilter', () => {
  it('passes every line that is read as a warning or worse', () => {
    const missed = Object.values(LEVELS)
      .flatMap(({ fatal = [], error = [], warn = [] }) => [...fatal, ...error, ...warn])
      .filter((entry) => !entry.split('\n').some((line) => mayBeEvidence(line, true)));
    expect(missed).toEqual([]);
  });

  it('passes over what is well', () => {
    const quiet = [
      '2026-11-30T06:42:35.123Z  INFO 1 --- [shop] [exec-1] c.s.PayController : order 4711 paid',
      '{"level":30,"time":1795258800123,"pid":1,"hostname":"web-1","msg":"request completed"}',
      '10.0.0.1 - - [30/Nov/2026:06:42:35 +0000] "GET /pay HTTP/1.1" 200 612 "-" "Mozilla/5.0"',
      'level=info msg="order paid" order=4711',
      '<14>1 2026-11-30T06:42:35Z host shop 12 - - order paid',
    ];
    expect(quiet.filter((line) => mayBeEvidence(line))).toEqual([]);
  });

  it('finds what its regular expression finds', () => {
    const texts = ['ERR\n', '" 5?', '\nE??', '错误', 'abcab', 'caba'];
    const scanner = new Scanner(texts);
    const piece = fc.constantFrom('E', 'R', 'a', 'b', 'c', '"', ' ', '5', '7', '错', '误', '\n', 'x');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (parts) => {
        const text = parts.join('');
        const bytes = Buffer.from(`\n${text}\n`);
        const wanted = new RegExp(scanner.source, 'm').test(text);
        expect(scanner.find(bytes, 0, bytes.length) >= 0).toBe(wanted);
      }),
      { numRuns: 3000, seed: 1 },
    );
  });

  it('finds every one of its texts', () => {
    const lost = evidence()
      .texts.flatMap((text) =>
        Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0')).map((digits) =>
          text.replace('?', digits[0]!).replace('?', digits[1]!),
        ),
      )
      .filter((text) => {
        const bytes = Buffer.from(`\n${text}\n`.replace('\n\n', '\n').replace(/\n\n$/, '\n'));
        return evidence().find(bytes, 0, bytes.length) < 0;
      });
    expect(lost).toEqual([]);
  });

  it('names itself as an expression that grep takes', () => {
    expect(evidence().source).not.toContain('\n');
    expect(new RegExp(evidence().source).test('E1130 06:42:35 x')).toBe(true);
  });
});
