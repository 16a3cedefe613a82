import { label } from '../names.ts';
import type { KubernetesSpec } from '../spec.ts';
import { type Container, type Manifests, type PodTemplate, templateOf } from './model.ts';

/** Which of a pod's containers is the app, for whoever looks at it later. */
export const CONTAINER_MARK = label('container');

const withImage = (containers: Container[] | undefined, names: readonly string[], image: string) =>
  containers?.map((one) => (names.includes(one.name) ? { ...one, image } : one));

const pulling = (spec: PodTemplate['spec'], secret: string | undefined) =>
  secret ? { imagePullSecrets: [...(spec.imagePullSecrets ?? []), { name: secret }] } : {};

/**
 * Our labels beside those of the files. Where both say `app.kubernetes.io/…` the author's stays: Services and budgets of
 * his find pods by it.
 */
export const labelled = (theirs: Record<string, string> | undefined, ours: Record<string, string>) => ({
  ...ours,
  ...theirs,
  ...Object.fromEntries(Object.entries(ours).filter(([name]) => name.startsWith('io.seatrial.'))),
});

/** The pods of a release as the files say, with its image and labels. Pure. */
export function templateFor(
  manifests: Manifests,
  { image }: Pick<KubernetesSpec, 'image'>,
  labels: Record<string, string>,
  pullSecret: string | undefined,
): PodTemplate {
  const { metadata = {}, spec } = templateOf(manifests);
  const { container, inits } = manifests.workload;
  return {
    metadata: {
      ...metadata,
      labels: labelled(metadata.labels, labels),
      annotations: { ...metadata.annotations, [CONTAINER_MARK]: container },
    },
    spec: {
      ...spec,
      ...pulling(spec, pullSecret),
      containers: withImage(spec.containers, [container], image)!,
      ...(spec.initContainers ? { initContainers: withImage(spec.initContainers, inits, image)! } : {}),
    },
  };
}

/** The pod of one command: the app's container alone, with its environment and volumes, and nobody to ask it. Pure. */
export function hookPod(
  manifests: Manifests,
  { image }: Pick<KubernetesSpec, 'image'>,
  how: { command?: string[]; args?: string[] },
  pullSecret: string | undefined,
): Record<string, unknown> {
  const { spec } = templateOf(manifests);
  const { initContainers: _, containers, ...rest } = spec;
  const own = containers.find(({ name }) => name === manifests.workload.container)!;
  const { livenessProbe: _l, readinessProbe: _r, startupProbe: _s, lifecycle: _c, ports: _p, args, ...container } = own;
  return {
    ...rest,
    ...pulling(spec, pullSecret),
    containers: [{ ...container, image, ...(how.command ? {} : { args }), ...how }],
  };
}
