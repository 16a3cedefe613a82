import { beforeAll, describe, expect, it } from 'vitest';
import { ensureImages } from '../../support/images.ts';
import * as at from '../../support/moments.ts';
import { broken, harmAt, type Scenario, TRIALS } from '../../support/trials.ts';

/*
 * The runner may die at any moment. That every call of every command may be its last one, test/unit/deploy/lives.test.ts
 * proves; here the process is killed where a real engine or edge is left with something half done: a container that was
 * made and never started, traffic that was moved and not written down, a lock that was given back unheard. Then:
 * - users were answered all the time, by a release that serves rightly: never 5xx, never a lost request, and never by a
 *   release whose health nobody had asked (its gate was not passed);
 * - the dead run's lock is given up by `unlock force`;
 * - the very next command, a deploy or a rollback, works, ends where it says, and leaves nothing behind.
 */

const killed: Pick<Scenario, 'fault' | 'judge'> = {
  fault: () => ({ kind: 'kill', when: 'after' }),
  judge: async (_, { signal }) => (signal === 'SIGKILL' ? [] : [`it should have been killed, and ended by ${signal}`]),
};

describe('a process killed', TRIALS, () => {
  beforeAll(() => ensureImages('node', 'edge'));

  it('in a deploy', async () => {
    const trials = await harmAt('killed deploy', [at.MADE, at.SHIFTED, at.FREED], {
      ...killed,
      run: (lab, n) => lab.deploy(`v${n}`),
    });
    expect(broken(trials)).toEqual([]);
  });

  it('in the switch of a rollback', async () => {
    const trials = await harmAt('killed rollback', [at.SHIFTED], {
      ...killed,
      prepare: (lab, n) => lab.deploy(`r${n}`),
      run: (lab) => lab.run('rollback'),
    });
    expect(broken(trials)).toEqual([]);
  });
});
