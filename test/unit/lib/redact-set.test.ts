import { describe, expect, it } from 'vitest';
import { redact } from '../../../src/lib/redact.ts';
import { nobodys, personal } from '../../support/redact/lines.ts';

describe('the labelled set', () => {
  it('is large', () => {
    expect(new Set(personal.map(({ line }) => line)).size).toBeGreaterThanOrEqual(300);
    expect(new Set(nobodys).size).toBeGreaterThanOrEqual(1000);
  });

  it('is redacted with a recall of 98 % and a precision of 97 % or more', () => {
    const missed = personal.filter(({ line, data }) => data.some((datum) => redact(line).includes(datum)));
    const wrong = nobodys.filter((line) => redact(line) !== line);
    const found = personal.length - missed.length;
    const recall = found / personal.length;
    const precision = found / (found + wrong.length);
    console.log(
      `redaction: recall ${recall.toFixed(3)} of ${personal.length} lines with data, precision ${precision.toFixed(3)} with ${nobodys.length} without`,
    );
    for (const { line } of missed) console.log(`  missed: ${line}`);
    for (const line of new Set(wrong.map((one) => one.replace(/\d+/g, '#')))) console.log(`  cut: ${line}`);
    expect(recall).toBeGreaterThanOrEqual(0.98);
    expect(precision).toBeGreaterThanOrEqual(0.97);
  });
});
