import * as z from 'zod';
import { commonSpec, pairs, some } from '../common-spec.ts';
import { frontOptions } from '../front/asked.ts';
import { frontOptionsSchema } from '../front/claim.ts';
import type { Inputs } from '../inputs.ts';
import { parseMetrics } from '../publish.ts';
import { keptReplicas } from '../release/scale-schedule.ts';
import { specFields as f, type Spec } from '../release/spec.ts';
import { commonWarnings } from '../release/words.ts';
import { composeSchema } from './compose/project.ts';
import { type EdgeOptions, edgeOptions, edgeOptionsSchema } from './edge/options.ts';

/** Everything a container of the release is made from, without the values of secrets; kept in history and labels. */
export const dockerSpecSchema = z.object({
  image: f.image,
  imageId: f.imageId,
  asked: f.asked,
  strategy: f.strategy,
  edge: z.enum(['haproxy', 'none']),
  /** What the edge, or a prober where there is none, was made from: a rollback needs it again. */
  edgeImage: z.string().optional(),
  port: f.port,
  publish: f.publish,
  domains: f.domains,
  front: frontOptionsSchema.optional(),
  doors: f.doors,
  parts: f.parts,
  sticky: z.boolean().default(false),
  /** Where the edge publishes its figures; left out where it does not. */
  metrics: z.string().optional(),
  edgeOptions: edgeOptionsSchema.optional(),
  replicas: f.replicas,
  env: f.env,
  secrets: f.secrets,
  volumes: z.array(z.string()),
  networks: z.array(z.string()),
  memory: f.memory,
  cpus: f.cpus,
  pids: z.number().optional(),
  restart: z.enum(['no', 'on-failure', 'always', 'unless-stopped']),
  logDriver: z.string().optional(),
  logOptions: z.record(z.string(), z.string()).optional(),
  tmpfs: z.array(z.string()).optional(),
  extraHosts: z.array(z.string()).optional(),
  ulimits: z.array(z.string()).optional(),
  shmSize: z.number().optional(),
  init: z.boolean().optional(),
  dns: z.array(z.string()).optional(),
  devices: z.array(z.string()).optional(),
  gpus: z.string().optional(),
  logMaxSize: z.string(),
  logMaxFile: z.number(),
  stopSignal: f.stopSignal,
  stopTimeoutMs: f.stopTimeoutMs,
  readOnly: f.readOnly,
  user: f.user,
  capAdd: f.capAdd,
  capDrop: f.capDrop,
  labels: f.labels,
  entrypoint: f.entrypoint,
  args: f.args,
  health: f.health,
  /** A release of a compose file: what is above then tells of its service with the traffic. */
  compose: composeSchema.optional(),
});

export type DockerSpec = z.output<typeof dockerSpecSchema>;

/** The flows hand a spec back as they got it: made here, or read by this schema. */
export const own = (spec: Spec): DockerSpec => spec as DockerSpec;

/** The release as the inputs describe it; `root` is the workspace that env-file is read from. */
export function specFrom(inputs: Inputs, root: string): DockerSpec {
  return {
    ...commonSpec(inputs, root),
    edge: inputs.publish || inputs.domains.length ? inputs.edge : 'none',
    front: frontOptions(inputs),
    edgeImage: inputs['edge-image'],
    sticky: inputs.sticky,
    edgeOptions: edgeOptions(inputs),
    volumes: inputs.volumes,
    networks: inputs.networks,
    pids: inputs.pids,
    restart: inputs.restart,
    // Left out where nothing is asked for, as in the records of releases from before these were known.
    logDriver: inputs['log-driver'],
    logOptions: inputs['log-options'].length ? pairs(inputs['log-options']) : undefined,
    tmpfs: some(inputs.tmpfs),
    extraHosts: some(inputs['extra-hosts']),
    ulimits: some(inputs.ulimits),
    shmSize: inputs['shm-size'],
    init: inputs.init || undefined,
    dns: some(inputs.dns),
    devices: some(inputs.devices),
    gpus: inputs.gpus,
    logMaxSize: inputs['log-max-size'],
    logMaxFile: inputs['log-max-file'],
  };
}

/** What a careful reader of the spec would say. */
export const specWarnings = (spec: DockerSpec, secrets: ReadonlyMap<string, string> = new Map()): string[] =>
  commonWarnings(spec, { whole: 'the whole host', seen: 'docker inspect shows it' }, secrets);

/** A spec with what stays as it is unless the inputs ask for another: how many there are, how the edge meets its clients. */
export function completed(
  spec: DockerSpec,
  inputs: Inputs,
  { replicas, edge }: { replicas?: number; edge?: { options?: EdgeOptions; metrics?: { at: string } } },
  pages: Parameters<typeof edgeOptions>[2] = {},
): DockerSpec {
  const asked = inputs['metrics-address'];
  const scaled = spec.compose ? undefined : keptReplicas(inputs, { replicas });
  return {
    ...spec,
    ...(scaled === undefined ? {} : { replicas: scaled }),
    edgeOptions: edgeOptions(inputs, edge?.options, pages),
    metrics: asked === undefined ? edge?.metrics?.at : parseMetrics(asked) || undefined,
  };
}
