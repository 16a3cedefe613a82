import { describe, expect, it } from 'vitest';
import { parsePairs } from '../../../src/lib/pairs.ts';

const PEM = '-----BEGIN KEY-----\nMIIB\nabc==\n-----END KEY-----';

describe('NAME=value lines', () => {
  it('are one a line, trimmed, as they stand', () => {
    expect(parsePairs('A=1\n\n  B="x"  \r\nC={"a":1}\nD=[not json')).toEqual([
      'A=1',
      'B="x"',
      'C={"a":1}',
      'D=[not json',
    ]);
  });
  it('take a PEM block whole, though a line of it looks like a name', () => {
    expect(parsePairs(`KEY=${PEM}\nNEXT=1`)).toEqual([`KEY=${PEM}`, 'NEXT=1']);
  });
  it('take JSON to its end', () => {
    const json = '{\n "type": "service_account",\n "n": [1]\n}';
    expect(parsePairs(`GCP=${json}\nNEXT=1`)).toEqual([`GCP=${json}`, 'NEXT=1']);
  });
  it('take a quoted text to its last quote, without the quotes', () => {
    expect(parsePairs('A="one\ntwo=2"\nB=3')).toEqual(['A=one\ntwo=2', 'B=3']);
  });
  it('take what stands between marks', () => {
    expect(parsePairs('app.key<<EOF\none\n\n  two\nEOF\nB=3')).toEqual(['app.key=one\n\n  two', 'B=3']);
  });
  it('leave what ends nowhere to be refused', () => {
    expect(parsePairs('A<<EOF\none')).toEqual(['A<<EOF', 'one']);
    expect(parsePairs('KEY=-----BEGIN KEY-----\nMIIB')).toEqual(['KEY=-----BEGIN KEY-----', 'MIIB']);
    expect(parsePairs('A=1\nmore')).toEqual(['A=1', 'more']);
  });
});
