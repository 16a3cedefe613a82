import { beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../support/chaos-proxy.ts';
import { ensureImages } from '../../support/images.ts';
import { ENDED, LOCK, type Moment, RECORDED, SEATED, SHIFTED, STARTED } from '../../support/moments.ts';
import { ALL, broken, harmAt, honest, TRIALS } from '../../support/trials.ts';

/*
 * The engine refuses (a full disk says 500), the line is cut before, in the middle of or after a call, or the engine is
 * away for a while: each of these is met once, where it asks most. That a run may fail at every call, before or after it
 * was done, test/unit/deploy/lives.test.ts proves. The command then either comes
 * through, or fails with a code, and what it says of the state and of the traffic is true.
 */

const refused: Fault = {
  kind: 'refuse',
  status: 500,
  message: 'write /var/lib/docker/tmp: no space left on device',
};
const away: Fault = { kind: 'down', forMs: 700 };
const cut = (when: 'before' | 'midway' | 'after'): Fault => ({ kind: 'cut', when });

const DEPLOY: [Moment, Fault][] = [
  [LOCK, cut('after')],
  [RECORDED, refused],
  [STARTED, cut('before')],
  [SEATED, away],
  [ENDED, cut('midway')],
];
const ROLLBACK: [Moment, Fault][] = [[SHIFTED, away]];
/** With SEATRIAL_KILL=all every call meets all of them, one after the other. */
const FAULTS = [refused, cut('after'), away, cut('midway'), cut('before')];
const rounds = ALL ? FAULTS.map((_, i) => i) : [0];

/** The moments, and what is done at the n-th of them. */
const plan = (list: [Moment, Fault][], round: number) => ({
  moments: list.map(([moment]) => moment),
  fault: (n: number) => (ALL ? FAULTS[(n + round) % FAULTS.length]! : list[n - 1]![1]),
});

describe('an engine that fails', TRIALS, () => {
  beforeAll(() => ensureImages('node', 'edge'));

  it.each(rounds)('in each phase of a deploy (%i)', async (round) => {
    const { moments, fault } = plan(DEPLOY, round);
    const trials = await harmAt('faulty deploy', moments, {
      fault,
      judge: honest,
      run: (lab, n) => lab.deploy(`v${n}`),
    });
    expect(broken(trials)).toEqual([]);
  });

  it.each(rounds)('in each phase of a rollback (%i)', async (round) => {
    const { moments, fault } = plan(ROLLBACK, round);
    const trials = await harmAt('faulty rollback', moments, {
      fault,
      judge: honest,
      prepare: (lab, n) => lab.deploy(`r${n}`),
      run: (lab) => lab.run('rollback'),
    });
    expect(broken(trials)).toEqual([]);
  });
});
