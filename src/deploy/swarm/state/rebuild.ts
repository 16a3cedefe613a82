import { emptyHistory } from '../../release/history.ts';
import { recordByLabels } from '../../release/labels.ts';
import type { ReleaseLabels } from '../labels.ts';
import type { SwarmEdge, SwarmHistory, SwarmRecord } from '../model.ts';

/** What is left to make a history from. */
export interface Remains {
  releases: readonly { labels: ReleaseLabels; replicas: number }[];
  /** As its label says; undefined without an edge. */
  edge: SwarmEdge | undefined;
  /** As the edge has them. */
  shares: ReadonlyMap<string, number>;
}

/**
 * A history made again from the labels of the services, when it is lost. What serves is good; so is each release that
 * was the good one when a good one was made. Of the others nothing is known, and they are called bad: a rollback must
 * not land on them by itself.
 */
export function rebuild(app: string, environment: string, { releases, edge, shares }: Remains): SwarmHistory {
  const history = emptyHistory(app, environment) as SwarmHistory;
  const newestFirst = [...releases].sort((x, y) => y.labels.at.localeCompare(x.labels.at));
  history.releases = newestFirst.map(({ labels }): SwarmRecord => recordByLabels(labels));
  if (edge) {
    history.edge = structuredClone(edge);
    for (const slot of Object.values(history.edge.slots)) if (slot) slot.share = shares.get(slot.release) ?? 0;
  }
  const [top] = [...shares].filter(([, share]) => share > 0).sort((x, y) => y[1] - x[1]);
  const running = newestFirst.filter(({ replicas }) => replicas > 0).map(({ labels }) => labels);
  // Without an edge to ask: what ran before the newest that runs, for the newest may not have been found good yet.
  const before = running.find(({ release }) => release === running[0]?.previous) ?? running[0];
  history.current = top?.[0] ?? before?.release ?? '';
  const byRelease = new Map(releases.map(({ labels }) => [labels.release, labels]));
  for (let at: string | undefined = history.current; at; at = byRelease.get(at)?.previous) {
    const record = history.releases.find(({ release }) => release === at);
    if (!record || record.status === 'good') break;
    record.status = 'good';
  }
  return history;
}
