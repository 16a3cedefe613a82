import { describe, expect, it } from 'vitest';
import { maskWhole } from '../../../src/verify/logs/mask.ts';
import { signatureOf } from '../../../src/verify/logs/signature.ts';
import { settle, type Template, Templates } from '../../../src/verify/logs/templates.ts';
import { type Grouped, logSets } from '../../support/verify/log-sets.ts';

/** Share of entries in groups that hold all of one template's entries and no other's (Zhu et al., ICSE-SEIP 2019). */
function accuracy(truth: number[], groups: string[]): number {
  const by = <T>(keys: T[]) => {
    const found = new Map<T, number[]>();
    for (const [i, key] of keys.entries()) found.set(key, [...(found.get(key) ?? []), i]);
    return found;
  };
  const templates = by(truth);
  let right = 0;
  for (const members of by(groups).values()) {
    const all = templates.get(truth[members[0]!]!)!;
    if (all.length === members.length && members.every((i) => truth[i] === truth[members[0]!])) right += members.length;
  }
  return right / truth.length;
}

const group = (entries: Grouped[]): string[] => {
  const templates = new Templates();
  const made = entries.map(({ entry }): Template => {
    const { scope, key, words } = signatureOf(entry);
    return templates.learn(scope, key, words);
  });
  return made.map((one) => settle(one).key);
};

describe('signatures', () => {
  it('group entries by content with an accuracy of 0.85 or more', () => {
    const scores = logSets(1).map(([name, entries]): [string, number] => [
      name,
      accuracy(
        entries.map(({ template }) => template),
        group(entries),
      ),
    ]);
    const mean = scores.reduce((sum, [, score]) => sum + score, 0) / scores.length;
    console.log(
      `grouping accuracy ${mean.toFixed(3)}: ${scores.map(([name, score]) => `${name} ${score.toFixed(2)}`).join(', ')}`,
    );
    expect(mean).toBeGreaterThanOrEqual(0.85);
  });

  it('tell new errors from old ones with a precision of 0.97 and a recall of 0.95 or more', () => {
    let [right, wrong, missed] = [0, 0, 0];
    for (let turn = 0; turn < 4; turn++) {
      for (const [, entries] of logSets(10 + turn, 300)) {
        // A quarter of the templates was not there before.
        const fresh = (one: Grouped) => one.template % 4 === turn;
        const templates = new Templates();
        const seen = new Set<number>();
        for (const one of entries.slice(0, 200)) {
          if (fresh(one)) continue;
          seen.add(one.template);
          const { scope, key, words } = signatureOf(one.entry);
          templates.learn(scope, key, words);
        }
        for (const one of entries.slice(200)) {
          const { scope, key, words } = signatureOf(one.entry);
          const told = !templates.find(scope, key, words) && !templates.near(scope, words);
          if (told && !seen.has(one.template)) right++;
          else if (told) wrong++;
          else if (!seen.has(one.template)) missed++;
        }
      }
    }
    const [precision, recall] = [right / (right + wrong), right / (right + missed)];
    console.log(
      `novelty: precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)} of ${right + missed} new entries`,
    );
    expect(precision).toBeGreaterThanOrEqual(0.97);
    expect(recall).toBeGreaterThanOrEqual(0.95);
  });

  it.each([
    ['user bob locked out in 5 ms', 'user eve locked out in 12.5 s'],
    ['blk_-4980916519894289629 lost', 'blk_36 lost'],
    ['https://a.example/x?y=1 failed', 'http://b.example/ failed'],
    ['dial tcp 10.0.0.1:80: refused', 'dial tcp [::1]:8080: refused'],
  ])('mask %s as %s', (one, two) => {
    if (!one.startsWith('dial')) expect(maskWhole(one)).toBe(maskWhole(two));
    else expect(maskWhole(one)).toContain('refused');
  });

  it('are one whether the request is known or not (oslo.log), and what is in other brackets stays', () => {
    const line = (context: string) => `2026-12-01 00:00:01.551 2574 ERROR nova.compute.manager ${context} claim failed`;
    const of = (context: string) => signatureOf(line(context)).key;
    expect(of('[req-55db2d8d-cdb7-4b4b-993b-429be84c0c3e 113d3a99c3da401f 54fadb412c4e40cd - - -]')).toBe(of('[-]'));
    expect(of('[-]')).toMatch(/ claim failed$/);
    expect(of('[tenant-a]')).not.toBe(of('[-]'));
  });

  it('keep what is all in quotes, and words that tell messages apart', () => {
    expect(maskWhole('"card declined"')).toBe('card declined');
    const keys = ['card declined', 'card expired', 'ledger row missing'].map(
      (text) => signatureOf(`ERROR ${text}`).key,
    );
    expect(new Set(group(keys.map((entry, template) => ({ entry, template })))).size).toBe(3);
  });

  it('join groups once several words were met in one place, and say so', () => {
    const joined: string[] = [];
    const templates = new Templates((into, from) => joined.push(`${from} → ${into}`));
    const learn = (word: string) =>
      templates.learn('', `stock of ${word} below zero`, ['stock', 'of', word, 'below', 'zero']);
    const made = ['tea', 'rice', 'milk', 'salt'].map(learn);
    expect(new Set(made.map(settle)).size).toBe(4);
    made.push(learn('oil'));
    expect(new Set(made.map(settle)).size).toBe(1);
    expect(joined).toHaveLength(4);
    expect(templates.find('', 'x', ['stock', 'of', 'flour', 'below', 'zero'])).toBeDefined();
  });
});
