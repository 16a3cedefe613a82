import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytes, fitBytes, harmless } from '../../../src/notify/text.ts';

describe('text', () => {
  test('cuts never break a character and never exceed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), fc.integer({ min: 3, max: 200 }), (text, max) => {
        const cut = fitBytes(text, max);
        expect(bytes(cut)).toBeLessThanOrEqual(max);
        if (bytes(text) <= max) expect(cut).toBe(text);
        else expect(text.startsWith(cut.replace(/…$/, ''))).toBe(true);
      }),
    );
    expect(fitBytes('👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 30)).toBe('👩‍👩‍👧‍👦…');
    expect(fitBytes('🇨🇳🇨🇳', 12)).toBe('🇨🇳…');
  });
  test('no @ of the text stays one that rings', () => {
    expect(harmless('@all ＠所有人 a@b')).not.toMatch(/[@＠][\p{L}]/u);
    for (const tag of ['<!channel>', '<!subteam^S1>', '<at id=all></at>', '<AT user_id="all">', '<#C1>']) {
      expect(harmless(tag)).not.toContain(tag);
      expect(harmless(tag).replaceAll('\u2060', '')).toBe(tag);
    }
    expect(harmless('<b>x</b> a < b <attach>')).toBe('<b>x</b> a < b <attach>');
    expect(harmless('a\u202eb\u0007')).toBe('a b ');
  });
});
