import { find } from '../release/history.ts';
import { compare, describePlan, type Plan } from '../release/plan.ts';
import type { Spec } from '../release/spec.ts';
import type { Run } from '../rollout/run.ts';

/** Makes the plan of a command that brings `to` where `from` serves, and shows it. By the first target. */
export function showPlan(
  run: Run,
  { command, release, from, to, steps }: Pick<Plan, 'command' | 'release' | 'from' | 'steps'> & { to: Spec },
): Plan {
  const first = run.targets[0]!;
  const before = find(first.ledger.history, from)?.spec;
  const plan: Plan = {
    command,
    app: run.inputs.app,
    environment: run.inputs.environment,
    hosts: run.targets.map(({ label }) => label),
    release,
    from,
    steps,
    changes: compare(before && first.describe(before), first.describe(to)),
  };
  for (const line of describePlan(plan)) run.actions.info(line);
  return plan;
}
