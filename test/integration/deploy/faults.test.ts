import { beforeAll, describe, expect, it } from 'vitest';
import type { ActionResult } from '../../support/action.ts';
import type { Fault } from '../../support/chaos-proxy.ts';
import type { Lab } from '../../support/deploy-lab.ts';
import { ensureImages } from '../../support/images.ts';
import { ENDED, FREED, LOCK, MADE, type Moment, RECORDED, SEATED, SHIFTED, STARTED } from '../../support/moments.ts';
import { ALL, broken, harmAt, honest, TRIALS } from '../../support/trials.ts';

/*
 * The engine refuses (a full disk says 500), the line is cut before, in the middle of or after a call, the engine is away
 * for a while, or the process is killed: each of these is met once, where it asks most. That a run may fail at every call
 * or have it for its last, before or after it was done, test/unit/deploy/lives.test.ts proves. What traffic was moved and
 * not written down is put in order on two engines in hosts.test.ts, and after earlier bundles in field.test.ts.
 *
 * A command that lives either comes through, or fails with a code, and what it says of the state and of the traffic is
 * true. Of one that is killed the lock is given up by `unlock force`. Then:
 * - users were answered all the time, by a release that serves rightly: never 5xx, never a lost request, and never by a
 *   release whose health nobody had asked (its gate was not passed);
 * - the very next command, a deploy or a rollback, works, ends where it says, and leaves nothing behind.
 */

const refused: Fault = {
  kind: 'refuse',
  status: 500,
  message: 'write /var/lib/docker/tmp: no space left on device',
};
const away: Fault = { kind: 'down', forMs: 700 };
const cut = (when: 'before' | 'midway' | 'after'): Fault => ({ kind: 'cut', when });
const killed: Fault = { kind: 'kill', when: 'after' };

const DEPLOY: [Moment, Fault][] = [
  [LOCK, cut('after')],
  [RECORDED, refused],
  [MADE, killed],
  [STARTED, cut('before')],
  [SEATED, away],
  [ENDED, cut('midway')],
  [FREED, killed],
];
const ROLLBACK: [Moment, Fault][] = [[SHIFTED, away]];
/** With SEATRIAL_KILL=all every call meets all of them, one after the other. */
const FAULTS = [refused, cut('after'), away, cut('midway'), cut('before'), killed];
const rounds = ALL ? FAULTS.map((_, i) => i) : [0];

/** The moments, what is done at the n-th of them, and how the command has to end then. */
const plan = (list: [Moment, Fault][], round: number) => {
  const fault = (n: number) => (ALL ? FAULTS[(n + round) % FAULTS.length]! : list[n - 1]![1]);
  return {
    moments: list.map(([moment]) => moment),
    fault,
    judge: async (lab: Lab, result: ActionResult, n: number) => {
      if (fault(n).kind !== 'kill') return honest(lab, result);
      return result.signal === 'SIGKILL' ? [] : [`it should have been killed, and ended by ${result.signal}`];
    },
  };
};

describe('a run that is harmed', TRIALS, () => {
  beforeAll(() => ensureImages('node', 'edge'));

  it.each(rounds)('in each phase of a deploy (%i)', async (round) => {
    const { moments, ...harm } = plan(DEPLOY, round);
    const trials = await harmAt('harmed deploy', moments, { ...harm, run: (lab, n) => lab.deploy(`v${n}`) });
    expect(broken(trials)).toEqual([]);
  });

  it.each(rounds)('in the switch of a rollback (%i)', async (round) => {
    const { moments, ...harm } = plan(ROLLBACK, round);
    const trials = await harmAt('harmed rollback', moments, {
      ...harm,
      prepare: (lab, n) => lab.deploy(`r${n}`),
      run: (lab) => lab.run('rollback'),
    });
    expect(broken(trials)).toEqual([]);
  });
});
