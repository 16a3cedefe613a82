import type { Inputs } from '../../inputs.ts';
import type { KubernetesSpec } from '../spec.ts';
import { choose } from './choose.ts';
import { templateOf } from './model.ts';
import { readManifests } from './read.ts';

/** https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/ */
const GRACE_SECONDS = 30;

/** The spec with what the files of `manifests` say; as it is where there are none. MANIFEST_INVALID. */
export async function withManifests(
  spec: KubernetesSpec,
  inputs: Inputs,
  { root, namespace }: { root: string; namespace: string },
): Promise<{ spec: KubernetesSpec; warnings: string[] }> {
  if (!inputs.manifests) return { spec, warnings: [] };
  const { app, image = '', service } = inputs;
  const { manifests, warnings } = choose(await readManifests(inputs.manifests, root), {
    app,
    namespace,
    image,
    service,
  });
  const { replicas } = manifests.workload.spec;
  const grace = templateOf(manifests).spec.terminationGracePeriodSeconds ?? GRACE_SECONDS;
  return {
    spec: {
      ...spec,
      manifests,
      replicas: inputs.replicas ?? (typeof replicas === 'number' && replicas > 0 ? replicas : 1),
      stopTimeoutMs: grace * 1000,
    },
    warnings,
  };
}
