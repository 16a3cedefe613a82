import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seeded } from '../../../src/verify/judge/math.ts';
import type { JudgeEvent } from '../../../src/verify/judge/types.ts';
import { judged, T0 } from '../../support/verify/streams.ts';

// Logs of real programs, recorded for this (test/support/verify/real-logs): one half of a log stands for the old version and
// the other for the new one. Nothing changed between them, so at most alpha of the verdicts may be a FAIL.
const FOLDER = 'test/support/verify/real-logs';
interface Line {
  t: number;
  text: string;
}
const read = (file: string): Line[] =>
  readFileSync(join(FOLDER, file), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => {
      const at = line.indexOf(' ');
      return { t: Number(line.slice(0, at)), text: line.slice(at + 1) };
    });
const families = new Map(
  readdirSync(FOLDER)
    .filter((file) => file.endsWith('.log'))
    .map((file) => [basename(file, '.log'), read(file)]),
);

const ALPHA = 0.01;
/** Of each family: 224 in all. */
const SPLITS = 32;
const event = (version: 'old' | 'new', t: number, text: string): JudgeEvent => ({
  kind: 'log',
  t: T0 + t,
  version,
  line: text,
  source: version,
});

/** By the toss of a coin for each stretch of so many seconds: what belongs together in a log mostly stays together. */
function tossed(lines: readonly Line[], seed: number, stretch: number): boolean[] {
  const random = seeded(seed);
  const coins = new Map<number, boolean>();
  return lines.map(({ t }) => {
    const slot = Math.floor(t / stretch);
    if (!coins.has(slot)) coins.set(slot, random() < 0.5);
    return coins.get(slot)!;
  });
}

type Layout = (lines: readonly Line[], seed: number) => JudgeEvent[];
const beside =
  (stretch: number): Layout =>
  (lines, seed) => {
    const fresh = tossed(lines, seed, stretch);
    return lines.map(({ t, text }, i) => event(fresh[i] ? 'new' : 'old', t, text));
  };
const after =
  (stretch: number): Layout =>
  (lines, seed) => {
    const fresh = tossed(lines, seed, stretch);
    const end = lines.at(-1)!.t + 1;
    return [
      ...lines.filter((_, i) => !fresh[i]).map(({ t, text }) => event('old', t, text)),
      ...lines.filter((_, i) => fresh[i]).map(({ t, text }) => event('new', end + t, text)),
    ];
  };
const layouts: Record<string, Layout> = {
  'side by side': beside(0.5),
  'one after the other': after(0.5),
  // As a leader and its deputy write: one is silent while the other one works.
  'by turns': beside(10),
  'one after the other, with gaps': after(10),
};

describe('two disjoint halves of one real log', () => {
  const names = Object.keys(layouts);
  const verdictsOf = (logs: [string, Line[]][], change: (events: JudgeEvent[]) => JudgeEvent[], splits: number) =>
    logs.flatMap(([family, lines]) =>
      Array.from({ length: splits }, (_, split) => {
        const events = change(layouts[names[split % names.length]!]!(lines, 7919 * split + 13));
        return { family, split, ...judged(events, { alpha: ALPHA }) };
      }),
    );

  it('FAIL no more often than alpha says, side by side or one after the other', () => {
    expect(families.size).toBeGreaterThanOrEqual(6);
    const all = verdictsOf([...families], (events) => events, SPLITS);
    expect(all.length).toBeGreaterThanOrEqual(200);
    const failed = all.filter(({ verdict }) => verdict === 'fail');
    const said = failed.map(({ family, split, reason }) => `${family} ${split}: ${reason}`);
    console.log(`two halves of one log: ${failed.length} FAIL of ${all.length} (alpha ${100 * ALPHA} %)`);
    expect(failed.length, said.join('\n')).toBeLessThanOrEqual(ALPHA * all.length);
  });

  it('and do where the new half has errors of its own, in each log of more than a minute', () => {
    const long = [...families].filter(([, lines]) => lines.at(-1)!.t > 60);
    expect(long.length).toBeGreaterThan(3);
    const spoilt = verdictsOf(
      long,
      (events) =>
        events.flatMap((one) =>
          one.version === 'new'
            ? [
                one,
                event(
                  'new',
                  one.t - T0,
                  'ERROR: could not save the order: connection to the stock service was refused',
                ),
              ]
            : [one],
        ),
      2,
    );
    expect(spoilt.filter(({ verdict }) => verdict !== 'fail').map(({ family, split }) => `${family} ${split}`)).toEqual(
      [],
    );
  });
});
