import { of } from '../on-target.ts';
import { find } from '../release/history.ts';
import { instancesOf } from '../release/parts.ts';
import { type Spec, sameSpec } from '../release/spec.ts';
import type { Target } from '../target.ts';
import { findFault } from './gate-run.ts';
import type { Run } from './run.ts';

/** Whether this target has nothing to gain from a deploy of `spec`: it serves just that, whole and well. */
async function servesOn(run: Run, target: Target, spec: Spec): Promise<boolean> {
  const { ledger, traffic, workload } = target;
  const record = find(ledger.history, ledger.history.current);
  if (record?.status !== 'good' || !sameSpec(record.spec, spec)) return false;
  const { release } = record;
  // Why it had stopped is not known; it was asked for again, and is made anew.
  if (run.memo(target).woken.has(release)) return false;
  if (of(target, release).length !== instancesOf(spec)) return false;
  // A worker without a port serves as long as it runs.
  if ((spec.publish || spec.domains?.length) && ((await traffic.shares()).get(release) ?? 0) < 0.999) return false;
  if (await findFault(run, target, release, spec)) return false;
  return workload.holdsSecrets(release, spec, run.signal);
}

/**
 * The release that a deploy of `spec` would only repeat, the same on every target; undefined when there is work to do.
 * One with companions always has: only bringing them up tells whether they differ.
 */
export async function servesAlready(run: Run, spec: Spec): Promise<string | undefined> {
  const { inputs, targets } = run;
  const [first] = targets;
  if (inputs.force || inputs['pre-deploy'] || inputs['post-deploy'] || first!.companions.has(spec)) return undefined;
  const release = first!.ledger.history.current;
  if (targets.some(({ ledger }) => ledger.history.current !== release)) return undefined;
  const same = await Promise.all(targets.map((target) => servesOn(run, target, spec)));
  return same.every(Boolean) ? release : undefined;
}
