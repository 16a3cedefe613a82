import { appContainer, isGoing, isReady, statuses } from '../../lib/kubernetes/pods.ts';
import type { ContainerStatus, Pod } from '../../lib/kubernetes/types.ts';
import type { Instance, Look } from '../seen.ts';
import { label } from './names.ts';

/** Each container of it runs, or has run: what is said of its image and its start is known. */
export function hasBegun(pod: Pod): boolean {
  const all = pod.status?.containerStatuses ?? [];
  return (
    all.length > 0 && all.every(({ state, restartCount }) => state?.running || state?.terminated || restartCount > 0)
  );
}

/** Containers that have failed by now, of those that must have done their work, or run, before the app begins. */
export function failing(pod: Pod): ContainerStatus[] {
  return (pod.status?.initContainerStatuses ?? []).filter(
    ({ ready, state, lastState }) =>
      !ready && (state?.terminated?.exitCode || (state?.waiting && lastState?.terminated?.exitCode)),
  );
}

/** What a pod's state is called. */
function stateOf(pod: Pod): string {
  if (!hasBegun(pod)) return 'created';
  const all = pod.status?.containerStatuses ?? [];
  if (all.some(({ state }) => state?.waiting)) return 'restarting';
  return all.every(({ state }) => state?.running) ? 'running' : 'exited';
}

/** A pod as the flows know it. */
export const instanceOf = (pod: Pod): Instance => ({
  id: pod.metadata.uid ?? '',
  name: pod.metadata.name,
  release: pod.metadata.labels?.[label('release')] ?? '',
  image: pod.spec.containers.find(({ name }) => name === appContainer(pod))?.image ?? '',
  state: stateOf(pod),
});

/** How it ended last, of the container that restarted or stopped. */
function lastEnd(pod: Pod) {
  const all = statuses(pod);
  return all.map(({ state, lastState }) => state?.terminated ?? lastState?.terminated).find((end) => end !== undefined);
}

/** Restarts of an init container that has done its work by now are no crash of the app. */
function restartsOf(pod: Pod): number {
  const sidecars = new Set(
    pod.spec.initContainers?.filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name),
  );
  const inits = (pod.status?.initContainerStatuses ?? []).filter(({ name, ready }) => sidecars.has(name) || !ready);
  return [...inits, ...(pod.status?.containerStatuses ?? [])].reduce((sum, { restartCount }) => sum + restartCount, 0);
}

/**
 * One look at a pod. `gate`: it may not be ready yet; else it was, and one that is not ready has lost it. `judged`: its
 * readiness says something. Pure.
 */
export function lookOf(
  pod: Pod | undefined,
  { gate, judged }: { gate: boolean; judged: boolean },
): Omit<Look, 'atMs' | 'probe'> {
  const none = { exitCode: 0, oomKilled: false, restarts: 0, health: 'none' as const };
  if (!pod || isGoing(pod)) {
    const evicted = pod?.status?.phase === 'Failed' && pod.status.reason === 'Evicted';
    return { ...none, running: false, gone: true, ...(evicted ? { healthSaid: pod.status?.message } : {}) };
  }
  const end = lastEnd(pod);
  const restarts = restartsOf(pod);
  const over = statuses(pod).some(({ state, name }) => state?.terminated && !isInit(pod, name));
  const waiting = statuses(pod)
    .map(({ state }) => state?.waiting)
    .find((state) => state !== undefined);
  const ready = isReady(pod);
  return {
    running: !over,
    exitCode: end?.exitCode ?? 0,
    oomKilled: end?.reason === 'OOMKilled',
    restarts,
    health: !judged && hasBegun(pod) ? 'none' : ready ? 'healthy' : gate ? 'starting' : 'unhealthy',
    ...(waiting ? { healthSaid: [waiting.reason, waiting.message].filter(Boolean).join(': ') } : {}),
  };
}

const isInit = (pod: Pod, name: string) => pod.status?.initContainerStatuses?.some((one) => one.name === name) ?? false;
