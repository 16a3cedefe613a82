/** A release in words. */
export interface Description {
  /** By name, in the order they are shown. */
  facts: Record<string, string>;
  /** Variables with their values; compared, never shown. */
  env: Record<string, string>;
}

export interface Change {
  what: string;
  from: string;
  to: string;
}

/** What a command is going to do, decided before it does it. */
export interface Plan {
  command: string;
  app: string;
  environment: string;
  hosts: string[];
  release: string;
  from: string;
  steps: string[];
  changes: Change[];
}

/** What differs between what runs and what shall run. Values of variables are compared, not shown. */
export function compare(from: Description | undefined, to: Description): Change[] {
  const changes = Object.entries(to.facts)
    .filter(([what, value]) => value !== from?.facts[what])
    .map(([what, value]) => ({ what, from: from?.facts[what] ?? '', to: value }));
  const altered = Object.keys(to.env).filter((name) => from && name in from.env && from.env[name] !== to.env[name]);
  if (altered.length) changes.push({ what: 'env values', from: '', to: `changed: ${altered.sort().join(', ')}` });
  return changes;
}

/** The plan as text, a diff a person reads. */
export function describePlan(plan: Plan): string[] {
  const changes = plan.changes.flatMap(({ what, from, to }) => [
    ...(from ? [`  - ${what}: ${from}`] : []),
    `  + ${what}: ${to}`,
  ]);
  return [
    `plan: ${plan.command} ${plan.app} to ${plan.environment} on ${plan.hosts.join(', ')}`,
    `  from: ${plan.from || 'nothing'}`,
    ...(changes.length ? changes : ['  no change of image or settings']),
    ...plan.steps.map((step, i) => `  ${i + 1}. ${step}`),
  ];
}

/** The plan with secrets taken out of what a user may have written: commands, in steps and among the settings. */
export const scrubPlan = (plan: Plan, scrub: (text: string) => string): Plan => ({
  ...plan,
  steps: plan.steps.map(scrub),
  changes: plan.changes.map(({ what, from, to }) => ({ what, from: scrub(from), to: scrub(to) })),
});
