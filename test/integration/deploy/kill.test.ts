import { beforeAll, describe, expect, it } from 'vitest';
import type { Lab } from '../../support/deploy-lab.ts';
import { ensureImages } from '../../support/images.ts';
import { broken, harmEverywhere, type Scenario } from '../../support/trials.ts';

/*
 * The runner may die at any moment. For a deploy, a promote and a rollback the process is killed at every single thing
 * it asks of the engine (API calls and lines to the edge's admin socket, by index, done by the engine but unheard).
 * Then:
 * - users were answered all the time, by a release that serves rightly: never 5xx, never a lost request, and never by a
 *   release whose health nobody had asked (its gate was not passed);
 * - the dead run's lock is given up by `unlock force`;
 * - the very next command, a deploy or a rollback, works, ends where it says, and leaves nothing behind.
 */

/** A busy machine needs longer than the minutes a quiet one takes. */
const timeout = Number(process.env.SEATRIAL_KILL_MS ?? 300_000);

const killed: Pick<Scenario, 'fault' | 'judge'> = {
  fault: () => ({ kind: 'kill', when: 'after' }),
  judge: async (_, { signal }) => (signal === 'SIGKILL' ? [] : [`it should have been killed, and ended by ${signal}`]),
};

describe('a process killed at every engine call', () => {
  beforeAll(() => ensureImages('node', 'edge'));

  it('of a deploy', { timeout }, async () => {
    const trials = await harmEverywhere('killed deploy', {
      ...killed,
      prepare: (lab) => lab.run('status'),
      run: (lab, n) => lab.deploy(`v${n}`),
    });
    expect(broken(trials)).toEqual([]);
    expect(trials.length).toBeGreaterThan(30);
  });

  it('of a promote', { timeout }, async () => {
    const trials = await harmEverywhere('killed promote', {
      ...killed,
      prepare: (lab, n) => lab.deploy(`p${n}`, { promote: 'manual', strategy: 'canary', 'canary-weight': '50%' }),
      run: (lab: Lab) => lab.run('promote', { watch: '0s' }),
    });
    expect(broken(trials)).toEqual([]);
    expect(trials.length).toBeGreaterThan(15);
  });

  it('of a rollback', { timeout }, async () => {
    const trials = await harmEverywhere('killed rollback', {
      ...killed,
      prepare: (lab, n) => lab.deploy(`r${n}`),
      run: (lab) => lab.run('rollback'),
    });
    expect(broken(trials)).toEqual([]);
    expect(trials.length).toBeGreaterThan(15);
  });
});
