import { beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../support/chaos-proxy.ts';
import { ensureImages } from '../../support/images.ts';
import { broken, harmEverywhere, honest } from '../../support/trials.ts';

/*
 * The engine refuses (a full disk says 500), the line is cut before, in the middle of or after a call, or the engine is
 * away for a while: each call of a command meets one of these in turn. The command then either comes through, or fails
 * with a code, and what it says of the state and of the traffic is true.
 */

const timeout = Number(process.env.SEATRIAL_KILL_MS ?? 300_000);

const FAULTS: Fault[] = [
  { kind: 'refuse', status: 500, message: 'write /var/lib/docker/tmp: no space left on device' },
  { kind: 'cut', when: 'after' },
  { kind: 'down', forMs: 700 },
  { kind: 'cut', when: 'midway' },
  { kind: 'cut', when: 'before' },
];

/** Each call meets one of them; with SEATRIAL_KILL=all, all of them, one after the other. */
const rounds = process.env.SEATRIAL_KILL === 'all' ? FAULTS.map((_, i) => i) : [0];

describe('an engine that fails at every call', () => {
  beforeAll(() => ensureImages('node', 'edge'));

  it.each(rounds)('of a deploy (%i)', { timeout }, async (round) => {
    const trials = await harmEverywhere(
      'faulty deploy',
      {
        fault: (n) => FAULTS[(n + round) % FAULTS.length]!,
        judge: honest,
        prepare: (lab) => lab.run('status'),
        run: (lab, n) => lab.deploy(`v${n}`),
      },
      { stride: 2 },
    );
    expect(broken(trials)).toEqual([]);
    expect(trials.length).toBeGreaterThan(15);
  });

  it.each(rounds)('of a rollback (%i)', { timeout }, async (round) => {
    const trials = await harmEverywhere(
      'faulty rollback',
      {
        fault: (n) => FAULTS[(n + round + 2) % FAULTS.length]!,
        judge: honest,
        prepare: (lab, n) => lab.deploy(`r${n}`),
        run: (lab) => lab.run('rollback'),
      },
      { stride: 2 },
    );
    expect(broken(trials)).toEqual([]);
    expect(trials.length).toBeGreaterThan(8);
  });
});
