import { asSeatrialError } from '../../lib/errors.ts';
import { of } from '../on-target.ts';
import { type ReleaseRecord, waiting } from '../release/history.ts';
import type { Target } from '../target.ts';
import { passGate } from './gate-run.ts';
import type { Run } from './run.ts';

/**
 * Starts the workers of a release that has the traffic: they rest while it is only kept warm. `gated`: it is waited
 * until they stand. What fails is told and takes nothing back, as users are served.
 */
export async function wakeWorkers(run: Run, target: Target, { release, spec }: ReleaseRecord, gated: boolean) {
  const resting = of(target, release).filter(({ aside, state }) => aside && state !== 'running');
  if (!resting.length) return;
  const names = resting.map(({ name }) => name).join(', ');
  run.say(`${target.label}: starting ${names} again`);
  try {
    await target.workload.start(release);
    if (gated) await passGate(run, target, release, spec);
  } catch (error) {
    run.signal.throwIfAborted();
    const { code, message } = asSeatrialError(error);
    run.actions.warning(`${target.label}: users are served, but ${names} did not come back well (${code}: ${message})`);
  }
}

/** Stops the workers of releases that are only kept warm: those that serve, or wait to, have workers of their own. */
export async function restWorkers({ ledger: { history }, releases, workload }: Target): Promise<void> {
  const needed = new Set([history.current, waiting(history)?.release, history.open?.release, history.open?.back]);
  for (const release of releases) if (!needed.has(release)) await workload.rest?.(release);
}
