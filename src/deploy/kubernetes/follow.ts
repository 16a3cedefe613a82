import { isGoing, isReady } from '../../lib/kubernetes/pods.ts';
import type { Pod } from '../../lib/kubernetes/types.ts';
import type { Instance, Look } from '../seen.ts';
import { releaseSelector } from './names.ts';
import type { Space } from './space.ts';
import { type Trouble, troubleOf, waitsFor } from './trouble.ts';

type Named = Pick<Instance, 'id' | 'name'>;

const quiet = { running: true, exitCode: 0, oomKilled: false, restarts: 0, health: 'none' as const };

/** What a pod is looked at as: itself, who came in its place, or how it stands while nobody has come yet. */
export type Found = { pod: Pod | undefined } | { look: Omit<Look, 'atMs' | 'probe'> };

/**
 * Pods are taken from a node that is emptied, for one that matters more, or by an autoscaler that wants fewer: no fault of
 * theirs, and their Deployment makes others. Each that was looked at is followed to the one in its place.
 */
export class Followed {
  readonly #space: Space;
  /** Which pod an instance is by now, by its id. */
  readonly #now = new Map<string, Named>();
  /** Successors that were ready once: from then on they are as any other. */
  readonly #arrived = new Set<string>();
  /** Since when something keeps the successor away, by id. */
  readonly #ill = new Map<string, number>();

  constructor(space: Space) {
    this.#space = space;
  }

  async find({ id, name, release }: Instance, signal?: AbortSignal): Promise<Found> {
    const { api } = this.#space;
    const now = this.#now.get(id) ?? { id, name };
    // At once, so that no two that are looked at together are followed to the same pod.
    this.#now.set(id, now);
    const found = await api.get('pods', now.name, { signal });
    const pod = found?.metadata.uid === now.id ? found : undefined;
    // One that failed, or was evicted for what it used itself, went by its own doing.
    const over = pod?.status?.phase === 'Failed' || pod?.status?.phase === 'Succeeded';
    if (pod && (over || pod.metadata.deletionTimestamp === undefined)) return this.#arriving(pod, now.id !== id);
    return this.#successor(id, now, release, pod, signal);
  }

  #arriving(pod: Pod, came: boolean): Found {
    const { uid = '', name } = pod.metadata;
    if (isReady(pod)) this.#arrived.add(uid);
    const begun = pod.status?.containerStatuses?.some(({ restartCount }) => restartCount > 0) || isGoing(pod);
    if (!came || this.#arrived.has(uid) || begun) return { pod };
    return this.#waiting(uid, troubleOf(undefined, [pod]), `${name} is not ready yet`);
  }

  async #successor(
    id: string,
    before: Named,
    release: string,
    pod: Pod | undefined,
    signal?: AbortSignal,
  ): Promise<Found> {
    const space = this.#space;
    const { api, names, app } = space;
    const [deployment, all] = await Promise.all([
      api.get('deployments', names.release(release), { signal }),
      api.list('pods', releaseSelector(app, release), { signal }),
    ]);
    const wanted = deployment?.spec.replicas ?? 0;
    if (!wanted) {
      const said = deployment ? 'its Deployment was scaled to 0' : 'its Deployment is gone';
      return { look: { ...quiet, running: false, gone: true, healthSaid: said } };
    }
    const alive = all.filter((one) => !isGoing(one));
    const taken = new Set([...this.#now.values()].map(({ id: uid }) => uid));
    const next = alive.find(({ metadata }) => !taken.has(metadata.uid ?? ''));
    if (next) {
      const { name, uid = '' } = next.metadata;
      this.#now.set(id, { id: uid, name });
      const node = next.spec.nodeName ? ` on ${next.spec.nodeName}` : '';
      space.say(`${before.name} was taken away${whyOf(pod)}; ${name}${node} comes in its place`);
      return this.#arriving(next, true);
    }
    // Fewer are wanted by now, and all of them are looked at as others.
    if (alive.length >= wanted) return { look: quiet };
    return this.#waiting(id, deployment && troubleOf(deployment, alive), waitsFor(alive, wanted));
  }

  /** As long as something may come of it. */
  #waiting(id: string, trouble: Trouble | undefined, words: string): Found {
    const now = this.#space.clock.mono();
    if (!trouble) {
      this.#ill.delete(id);
      return { look: { ...quiet, moved: true, healthSaid: words } };
    }
    const since = this.#ill.get(id) ?? now;
    this.#ill.set(id, since);
    const over = now - since >= trouble.patienceMs;
    return {
      look: { ...quiet, ...(over ? { running: false, gone: true } : { moved: true }), healthSaid: trouble.why },
    };
  }
}

/** Who took it away, where the cluster tells; https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions */
function whyOf(pod: Pod | undefined): string {
  const told = pod?.status?.conditions?.find(({ type, status }) => type === 'DisruptionTarget' && status === 'True');
  const from = pod?.spec.nodeName ? ` from ${pod.spec.nodeName}` : '';
  return `${from}${told?.reason ? ` (${told.reason})` : ''}`;
}
