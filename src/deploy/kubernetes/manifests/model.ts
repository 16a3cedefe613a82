import * as z from 'zod';

const fields = z.record(z.string(), z.unknown());

/** One object as its author wrote it. */
export const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});

export type Manifest = z.output<typeof objectSchema>;

/** What a release is made from where its author wrote it: ours in there are the image, the labels and the number of pods. */
export const manifestsSchema = z.object({
  workload: z.object({
    /** What the Deployment is called in the files. */
    name: z.string(),
    /** The container that runs the app's image, and init containers that do. */
    container: z.string(),
    inits: z.array(z.string()),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
    spec: fields,
  }),
  others: z.array(objectSchema),
});

export type Manifests = z.output<typeof manifestsSchema>;

export interface Container {
  name: string;
  image?: string;
  command?: string[];
  args?: string[];
  env?: { name: string; value?: string }[];
  readinessProbe?: object;
  resources?: { limits?: Record<string, string> };
  [more: string]: unknown;
}

export interface PodTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: {
    containers: Container[];
    initContainers?: Container[];
    imagePullSecrets?: { name: string }[];
    terminationGracePeriodSeconds?: number;
    volumes?: { name: string; persistentVolumeClaim?: { claimName: string } }[];
    [more: string]: unknown;
  };
}

export const templateOf = ({ workload }: Manifests): PodTemplate => workload.spec.template as PodTemplate;

export const containerOf = (manifests: Manifests): Container =>
  templateOf(manifests).spec.containers.find(({ name }) => name === manifests.workload.container)!;

/** `ConfigMap settings`. */
export const nameOf = ({ kind, metadata }: Manifest) => `${kind} ${metadata.name}`;

/** An autoscaler of the workload: it is to name the Deployment that serves. */
export function scalesWorkload({ workload }: Manifests, { kind, spec }: Manifest): boolean {
  const to = (spec as { scaleTargetRef?: { kind?: string; name?: string } } | undefined)?.scaleTargetRef;
  return kind === 'HorizontalPodAutoscaler' && to?.kind === 'Deployment' && to.name === workload.name;
}
