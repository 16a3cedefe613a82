import type { Budget, LabelSelector } from '../../lib/kubernetes/types.ts';
import type { Space } from './space.ts';

/** Whether a selector takes in what bears these labels; one without any rule takes in all. Pure. */
export function selects({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Record<string, string>) {
  const fits = matchExpressions.every(({ key, operator, values = [] }) => {
    const value = labels[key];
    if (operator === 'Exists') return value !== undefined;
    if (operator === 'DoesNotExist') return value === undefined;
    const among = value !== undefined && values.includes(value);
    return operator === 'In' ? among : !among;
  });
  return fits && Object.entries(matchLabels).every(([name, value]) => labels[name] === value);
}

/**
 * Our budget for pods with these labels, unless somebody else has one for them: of two the cluster obeys neither, and a
 * node could not be drained any more (https://kubernetes.io/docs/concepts/workloads/pods/disruptions/).
 */
export async function putBudget({ api }: Space, ours: Budget, labels: Record<string, string>): Promise<void> {
  const all = await api.list('poddisruptionbudgets');
  const { name } = ours.metadata;
  const theirs = all.some(
    ({ metadata, spec }) => metadata.name !== name && spec.selector && selects(spec.selector, labels),
  );
  if (!theirs) await api.apply('poddisruptionbudgets', ours);
  else if (all.some(({ metadata }) => metadata.name === name)) await api.delete('poddisruptionbudgets', name);
}
