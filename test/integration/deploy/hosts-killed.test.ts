import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EDGE_IMAGE, ensureImages, NODE_IMAGE } from '../../support/images.ts';
import { ENDED, SHIFTED, STARTED } from '../../support/moments.ts';
import { type SecondEngine, startSecondEngine } from '../../support/second-engine.ts';
import { broken, harmAt, type Scenario, TRIALS } from '../../support/trials.ts';

/*
 * Two real engines. A run that dies in the middle has changed one and not the other: the next command must bring both
 * to the same release, and users of neither may notice.
 */

let second: SecondEngine;
beforeAll(async () => {
  ensureImages('node', 'edge');
  second = await startSecondEngine([NODE_IMAGE, EDGE_IMAGE]);
});
afterAll(async () => second?.stop());

const killed: Pick<Scenario, 'fault' | 'judge'> = {
  fault: () => ({ kind: 'kill', when: 'after' }),
  judge: async (_, { signal }) => (signal === 'SIGKILL' ? [] : [`it should have been killed, and ended by ${signal}`]),
};

describe('a process killed between two hosts', TRIALS, () => {
  it('in a deploy', async () => {
    const trials = await harmAt(
      'killed deploy to two hosts',
      [STARTED, SHIFTED, ENDED],
      { ...killed, prepare: (lab) => lab.run('status'), run: (lab, n) => lab.deploy(`v${n}`) },
      { apps: 1, second },
    );
    expect(broken(trials)).toEqual([]);
  });

  it('in a promote', async () => {
    const trials = await harmAt(
      'killed promote on two hosts',
      [SHIFTED],
      {
        ...killed,
        prepare: (lab, n) => lab.deploy(`p${n}`, { promote: 'manual', strategy: 'canary', 'canary-weight': '50%' }),
        run: (lab) => lab.run('promote', { watch: '0s' }),
      },
      { apps: 1, second },
    );
    expect(broken(trials)).toEqual([]);
  });

  it('in a rollback', async () => {
    const trials = await harmAt(
      'killed rollback on two hosts',
      [SHIFTED],
      { ...killed, prepare: (lab, n) => lab.deploy(`r${n}`), run: (lab) => lab.run('rollback') },
      { apps: 1, second },
    );
    expect(broken(trials)).toEqual([]);
  });
});
