import { beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../../support/deploy-lab.ts';
import { ensureImages } from '../../support/images.ts';
import * as at from '../../support/moments.ts';
import { broken, harmAt, type Scenario, TRIALS } from '../../support/trials.ts';

/*
 * The runner may die at any moment. For a deploy, a promote and a rollback the process is killed at a thing it asks of
 * the engine (an API call or a line to the edge's admin socket, done by the engine but unheard), once in each phase of a
 * deploy and where the others differ from it. That every call may be the last one, test/unit/deploy proves. Then:
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

  it('in each phase of a deploy', async () => {
    const { RECORDED, MADE, STARTED, SEATED, SHIFTED, ENDED, FREED } = at;
    const trials = await harmAt('killed deploy', [RECORDED, MADE, STARTED, SEATED, SHIFTED, ENDED, FREED], {
      ...killed,
      prepare: (lab) => lab.run('status'),
      run: (lab, n) => lab.deploy(`v${n}`),
    });
    expect(broken(trials)).toEqual([]);
  });

  it('in the switch of a promote', async () => {
    const trials = await harmAt('killed promote', [at.SHIFTED], {
      ...killed,
      prepare: (lab, n) => lab.deploy(`p${n}`, { promote: 'manual', strategy: 'canary', 'canary-weight': '50%' }),
      run: (lab: Lab) => lab.run('promote', { watch: '0s' }),
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
