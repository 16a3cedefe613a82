import * as z from 'zod';
import { commonSpec, some } from '../common-spec.ts';
import { edgeOptions, edgeOptionsSchema } from '../docker/edge/options.ts';
import type { Inputs } from '../inputs.ts';
import { type Spec, specFields } from '../release/spec.ts';
import { commonWarnings } from '../release/words.ts';
import { containerOf, type Manifests, manifestsSchema } from './manifests/model.ts';
import { wayOf, waySchema } from './ways/claim.ts';

/** Everything the pods of a release are made from, without the values of secrets. */
export const kubernetesSpecSchema = z.object({
  ...specFields,
  edgeImage: z.string().optional(),
  sticky: z.boolean().default(false),
  edgeOptions: edgeOptionsSchema.optional(),
  /** Traffic goes through what the cluster has. */
  edge: z.literal('none').optional(),
  /** How `domains` are led in. */
  way: waySchema.optional(),
  /** `claim:/path` or `claim:/path:ro`. */
  volumes: z.array(z.string()),
  tmpfs: z.array(z.string()).optional(),
  extraHosts: z.array(z.string()).optional(),
  shmSize: z.number().optional(),
  dns: z.array(z.string()).optional(),
  /** What the pods are made from instead of all that, where files of the author say it. */
  manifests: manifestsSchema.optional(),
});

export type KubernetesSpec = z.output<typeof kubernetesSpecSchema>;

/** The flows hand a spec back as they got it: made here, or read by this schema. */
export const own = (spec: Spec): KubernetesSpec => spec as KubernetesSpec;

/** What `publish` is where the Service has no NodePort. */
export const CLUSTER_IP = 'ClusterIP';

/** The release as the inputs describe it; `root` is the workspace that env-file is read from. */
export function specFrom(inputs: Inputs, root: string): KubernetesSpec {
  const spec = commonSpec(inputs, root);
  return {
    ...spec,
    publish: spec.port === undefined ? undefined : (spec.publish ?? CLUSTER_IP),
    edgeImage: inputs['edge-image'],
    sticky: inputs.sticky,
    edgeOptions: edgeOptions(inputs),
    ...(inputs.edge === 'none' && spec.port !== undefined ? { edge: 'none' as const } : {}),
    way: wayOf(inputs),
    volumes: inputs.volumes,
    tmpfs: some(inputs.tmpfs),
    extraHosts: some(inputs['extra-hosts']),
    shmSize: inputs['shm-size'],
    dns: some(inputs.dns),
  };
}

/** What a reader of the manifests sees of the app's container: whether its memory has a limit, and what is in its environment. */
function seenIn(spec: KubernetesSpec, manifests: Manifests): KubernetesSpec {
  const { resources, env = [] } = containerOf(manifests);
  const values = Object.fromEntries(env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])));
  return { ...spec, memory: resources?.limits?.memory ? 1 : undefined, env: values };
}

/** What a careful reader of the spec would say. */
export const specWarnings = (spec: KubernetesSpec, secrets: ReadonlyMap<string, string> = new Map()): string[] => [
  ...commonWarnings(
    spec.manifests ? seenIn(spec, spec.manifests) : spec,
    { whole: 'the whole node', seen: 'whoever may read pods sees it' },
    secrets,
  ),
  ...(spec.image.includes('@sha256:')
    ? []
    : [
        `${spec.image} is no digest: nodes may come to run different images under one tag, and so may a rollback; the same tag again is taken for the same image. Deploy repo@sha256:….`,
      ]),
];
