import * as z from 'zod';
import { commonSpec, pairs, some } from '../common-spec.ts';
import { composeSchema } from '../docker/compose/project.ts';
import { edgeOptions, edgeOptionsSchema } from '../docker/edge/options.ts';
import { frontOptions } from '../front/asked.ts';
import { frontOptionsSchema } from '../front/claim.ts';
import type { Inputs } from '../inputs.ts';
import { specFields as f, type Spec } from '../release/spec.ts';
import { commonWarnings } from '../release/words.ts';

const stackSchema = composeSchema.extend({
  /** What its secrets and configs are called on the Swarm, by `secrets/token`: the name tells the value it was made with. */
  objects: z.record(z.string(), z.string()).default({}),
});

export type Stack = z.output<typeof stackSchema>;

/** Everything the service of a release is made from, without the values of secrets; kept in history and labels. */
export const swarmSpecSchema = z.object({
  image: f.image,
  imageId: f.imageId,
  asked: f.asked,
  strategy: f.strategy,
  port: f.port,
  publish: f.publish,
  domains: f.domains,
  front: frontOptionsSchema.optional(),
  edgeImage: z.string(),
  sticky: z.boolean().default(false),
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
  /** Constraints on the nodes of the tasks, and of the edge. */
  placement: z.array(z.string()),
  edgePlacement: z.array(z.string()),
  logDriver: z.string().optional(),
  logOptions: z.record(z.string(), z.string()).optional(),
  logMaxSize: z.string(),
  logMaxFile: z.number(),
  tmpfs: z.array(z.string()).optional(),
  extraHosts: z.array(z.string()).optional(),
  ulimits: z.array(z.string()).optional(),
  init: z.boolean().optional(),
  dns: z.array(z.string()).optional(),
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
  compose: stackSchema.optional(),
});

export type SwarmSpec = z.output<typeof swarmSpecSchema>;

/** Whether users come to it through an edge, by a port or by domains. */
export const edged = ({ publish, domains }: Pick<SwarmSpec, 'publish' | 'domains'>): boolean =>
  Boolean(publish || domains?.length);

/** The flows hand a spec back as they got it: made here, or read by this schema. */
export const own = (spec: Spec): SwarmSpec => spec as SwarmSpec;

/** The release as the inputs describe it; `root` is the workspace that env-file is read from. */
export function specFrom(inputs: Inputs, root: string): SwarmSpec {
  return {
    ...commonSpec(inputs, root),
    edgeImage: inputs['edge-image'],
    sticky: inputs.sticky,
    edgeOptions: edgeOptions(inputs),
    front: frontOptions(inputs),
    volumes: inputs.volumes,
    networks: inputs.networks,
    pids: inputs.pids,
    restart: inputs.restart,
    placement: inputs.placement,
    edgePlacement: inputs['edge-placement'],
    logDriver: inputs['log-driver'],
    logOptions: inputs['log-options'].length ? pairs(inputs['log-options']) : undefined,
    logMaxSize: inputs['log-max-size'],
    logMaxFile: inputs['log-max-file'],
    tmpfs: some(inputs.tmpfs),
    extraHosts: some(inputs['extra-hosts']),
    ulimits: some(inputs.ulimits),
    init: inputs.init || undefined,
    dns: some(inputs.dns),
  };
}

/** What a careful reader of the spec would say. */
export const specWarnings = (spec: SwarmSpec, secrets: ReadonlyMap<string, string> = new Map()): string[] => [
  ...commonWarnings(spec, { whole: 'a whole node', seen: 'docker service inspect shows it' }, secrets),
  ...(edged(spec) && spec.replicas === 1
    ? ['One task: nothing answers while its node is drained or lost. Give replicas: 2 or more.']
    : []),
];
