import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { doorSchema, partSchema } from './parts.ts';

const health = z.object({
  path: z.string().optional(),
  command: z.string().optional(),
  /** The Host header of the gate's request; the instance's own address where none is named. */
  host: z.string().optional(),
  /** More headers, `Name: value`. */
  headers: z.array(z.string()).optional(),
  /** Status codes and ranges that are well; 200-399 where none are named. */
  status: z.string().optional(),
  intervalMs: z.number(),
  timeoutMs: z.number(),
  after: z.number(),
  startPeriodMs: z.number(),
  deadlineMs: z.number(),
});

/**
 * What an instance of a release is made from on any target, without the values of secrets; kept in history and labels.
 * Each kind of target makes its own schema of these and of what only it knows.
 */
export const specFields = {
  /** As asked for; `repo@sha256:…` once it was resolved. */
  image: z.string(),
  /** The engine's own id of the image, `sha256:…`: what the instances are made from. */
  imageId: z.string().default(''),
  /** The name it was asked for by, with its tag: `to` finds it by that. */
  asked: z.string().optional(),
  strategy: z.enum(['recreate', 'blue-green', 'canary']),
  port: z.number().optional(),
  publish: z.string().optional(),
  /** Names users come by, `host` or `host/path`. */
  domains: z.array(z.string()).optional(),
  /** Further published ports. */
  doors: z.array(doorSchema).optional(),
  /** What a release has beside its main instances. */
  parts: z.array(partSchema).optional(),
  replicas: z.number(),
  env: z.record(z.string(), z.string()),
  /** Names only. */
  secrets: z.array(z.string()),
  memory: z.number().optional(),
  cpus: z.number().optional(),
  stopSignal: z.string().optional(),
  stopTimeoutMs: z.number(),
  readOnly: z.boolean(),
  user: z.string().optional(),
  capAdd: z.array(z.string()),
  capDrop: z.array(z.string()),
  labels: z.record(z.string(), z.string()),
  entrypoint: z.array(z.string()),
  args: z.array(z.string()),
  health,
};

const specSchema = z.object(specFields);

/** A release as the flows know it. A target gets back the very object it made or read, with its own part in it. */
export type Spec = z.output<typeof specSchema>;

/** Whether two releases would be made alike; under which tag the same image was asked for is no difference. */
export function sameSpec(one: Spec, other: Spec): boolean {
  const plain = (spec: Spec) => JSON.parse(JSON.stringify({ ...spec, asked: undefined }));
  return isDeepStrictEqual(plain(one), plain(other));
}
