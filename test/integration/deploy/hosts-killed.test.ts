import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EDGE_IMAGE, ensureImages, NODE_IMAGE } from '../../support/images.ts';
import { type SecondEngine, startSecondEngine } from '../../support/second-engine.ts';
import { broken, harmEverywhere, type Scenario } from '../../support/trials.ts';

/*
 * Two real engines. A run that dies in the middle has changed one and not the other: the next command must bring both
 * to the same release, and users of neither may notice.
 */

const timeout = Number(process.env.SEATRIAL_KILL_MS ?? 300_000);

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

describe('a process killed between two hosts', () => {
  it('in a deploy', { timeout }, async () => {
    const trials = await harmEverywhere(
      'killed deploy to two hosts',
      { ...killed, prepare: (lab) => lab.run('status'), run: (lab, n) => lab.deploy(`v${n}`) },
      { apps: 2, stride: 11, second },
    );
    expect(broken(trials)).toEqual([]);
    expect(trials.length).toBeGreaterThan(4);
  });

  it('in a promote', { timeout }, async () => {
    const trials = await harmEverywhere(
      'killed promote on two hosts',
      {
        ...killed,
        prepare: (lab, n) => lab.deploy(`p${n}`, { promote: 'manual', strategy: 'canary', 'canary-weight': '50%' }),
        run: (lab) => lab.run('promote', { watch: '0s' }),
      },
      { apps: 2, stride: 7, second },
    );
    expect(broken(trials)).toEqual([]);
    expect(trials.length).toBeGreaterThan(3);
  });

  it('in a rollback', { timeout }, async () => {
    const trials = await harmEverywhere(
      'killed rollback on two hosts',
      { ...killed, prepare: (lab, n) => lab.deploy(`r${n}`), run: (lab) => lab.run('rollback') },
      { apps: 2, stride: 7, second },
    );
    expect(broken(trials)).toEqual([]);
    expect(trials.length).toBeGreaterThan(4);
  });
});
