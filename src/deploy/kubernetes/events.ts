import { statusOf } from '../../lib/kubernetes/error.ts';
import type { Space } from './space.ts';

/**
 * What the cluster last said of an object for a reason, where its status says nothing; nothing where we may not read it.
 * https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
 */
export async function lastEvent({ api, signal }: Space, uid: string, reason: string): Promise<string | undefined> {
  try {
    const fieldSelector = `involvedObject.uid=${uid},reason=${reason}`;
    return (await api.list('events', {}, { fieldSelector, signal })).at(-1)?.message;
  } catch (error) {
    if (statusOf(error) !== 403) throw error;
    return undefined;
  }
}
