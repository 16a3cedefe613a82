import { formatDuration, formatSize } from '../../lib/units.ts';
import { composeEnv, composeFacts } from '../docker/compose/facts.ts';
import { describeOptions } from '../docker/edge/options.ts';
import type { Spec } from './spec.ts';

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

const list = (values: readonly string[]) => values.join(', ') || 'none';

/** The spec as a reader compares it: names of variables and secrets, never a value. */
function facts(spec: Spec | undefined): Record<string, string> {
  if (!spec) return {};
  const edge = spec.edge === 'none' ? 'none' : describeOptions(spec.edgeOptions);
  if (spec.compose) return { ...composeFacts(spec, spec.compose), edge };
  const { health } = spec;
  return {
    image: spec.image,
    strategy: spec.strategy,
    port: `${spec.publish ?? 'not published'} -> ${spec.port ?? 'none'}`,
    edge,
    replicas: String(spec.replicas),
    env: list(Object.keys(spec.env).sort()),
    secrets: list([...spec.secrets].sort()),
    volumes: list(spec.volumes),
    networks: list(spec.networks),
    memory: spec.memory === undefined ? 'unlimited' : formatSize(spec.memory),
    cpus: spec.cpus === undefined ? 'unlimited' : String(spec.cpus),
    pids: spec.pids === undefined ? 'unlimited' : String(spec.pids),
    restart: spec.restart,
    log: `${spec.logMaxSize} x ${spec.logMaxFile}`,
    user: spec.user ?? 'of the image',
    'read-only': String(spec.readOnly),
    command:
      list([...spec.entrypoint, ...spec.args]) === 'none'
        ? 'of the image'
        : [...spec.entrypoint, ...spec.args].join(' '),
    health: [health.path, health.command, `${health.after} in a row`, `within ${formatDuration(health.deadlineMs)}`]
      .filter(Boolean)
      .join(', '),
  };
}

const envOf = (spec: Spec) => (spec.compose ? composeEnv(spec.compose) : spec.env);

/** What differs between what runs and what shall run. Values of variables are compared, not shown. */
export function compare(from: Spec | undefined, to: Spec): Change[] {
  const [old, fresh] = [facts(from), facts(to)];
  const changes = Object.entries(fresh)
    .filter(([what, value]) => value !== old[what])
    .map(([what, value]) => ({ what, from: old[what] ?? '', to: value }));
  const [was, is] = [from && envOf(from), envOf(to)];
  const altered = Object.keys(is).filter((name) => was && name in was && was[name] !== is[name]);
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
