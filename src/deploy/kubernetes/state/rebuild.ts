import type { Deployment } from '../../../lib/kubernetes/types.ts';
import { emptyHistory } from '../../release/history.ts';
import { recordByLabels, spelledSpec } from '../../release/labels.ts';
import type { EdgeModel, KubernetesHistory, KubernetesRecord } from '../model.ts';
import { label } from '../names.ts';
import { kubernetesSpecSchema } from '../spec.ts';

/** A release as its Deployment tells of it; undefined where it does not say what it was made from. */
function recordOf({
  metadata: { annotations = {}, labels = {} },
}: Deployment): (KubernetesRecord & { previous: string }) | undefined {
  const get = (name: string) => annotations[label(name)] ?? '';
  // A stranger with our labels has none, nor has a release whose spec is too large for an annotation.
  const spec = spelledSpec(get('spec'), kubernetesSpecSchema);
  if (!spec) return undefined;
  const [image, at, actor, run] = [get('image'), get('at'), get('actor'), get('run')];
  const release = labels[label('release')] ?? '';
  return { ...recordByLabels({ release, image, at, actor, run, spec }, get('commit')), previous: get('previous') };
}

/**
 * A history made again from the Deployments, when the ConfigMap is lost. What serves is good; so is each release that was
 * the good one when a good one was made. Of the others nothing is known, and they are called bad: a rollback must not
 * land on them by itself.
 */
export function rebuild(
  app: string,
  environment: string,
  deployments: readonly Deployment[],
  edge: EdgeModel | undefined,
  shares: ReadonlyMap<string, number>,
): KubernetesHistory {
  const history = emptyHistory(app, environment) as KubernetesHistory;
  const known = deployments.flatMap((one) => recordOf(one) ?? []).sort((x, y) => y.at.localeCompare(x.at));
  const previousOf = new Map(known.map(({ release, previous }) => [release, previous]));
  history.releases = known.map(({ previous: _, ...record }) => record);
  history.edge = edge;
  const running = new Set(
    deployments
      .filter(({ spec }) => (spec.replicas ?? 0) > 0)
      .map(({ metadata }) => metadata.labels?.[label('release')] ?? ''),
  );
  const [top] = [...shares].filter(([, share]) => share > 0).sort((x, y) => y[1] - x[1]);
  // Without traffic to ask for: what ran before the newest that runs, for the newest may not have been found good yet.
  const [newest] = known.filter(({ release }) => running.has(release));
  const before = newest && running.has(newest.previous) ? newest.previous : newest?.release;
  history.current = top?.[0] ?? before ?? '';
  for (let at: string | undefined = history.current; at; at = previousOf.get(at)) {
    const record = history.releases.find(({ release }) => release === at);
    if (!record || record.status === 'good') break;
    record.status = 'good';
  }
  return history;
}
