import { SeatrialError } from '../../lib/errors.ts';
import type { ReleaseRecord } from '../release/history.ts';
import type { Space } from './space.ts';
import type { KubernetesWorkload } from './workload.ts';

/**
 * Brings a release to as many pods as its record says. New ones have traffic when the cluster finds them ready; those
 * that go are out of it before they are asked to stop. Under an autoscaler the number is not ours: NOT_SUPPORTED.
 */
export async function scaleRelease(
  space: Space,
  workload: KubernetesWorkload,
  { release, spec }: ReleaseRecord,
  ready: () => Promise<unknown>,
): Promise<void> {
  const scaler = await space.autoscalerOf(release);
  if (scaler) {
    throw new SeatrialError(
      'NOT_SUPPORTED',
      `${space.label}: the HorizontalPodAutoscaler ${scaler.metadata.name} has the number of pods of ${release} in its hands; change its minReplicas.`,
    );
  }
  await space.guard();
  await workload.scaleTo(release, spec.replicas);
  await workload.standing(release, spec.replicas);
  await space.refresh();
  await ready();
}
