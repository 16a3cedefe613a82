import * as z from 'zod';
import { standingSchema } from '../front/claim.ts';
import { type HistoryOf, historySchemaOf } from '../release/history.ts';
import { edgeOptionsSchema } from './edge/options.ts';
import { type DockerSpec, dockerSpecSchema } from './spec.ts';

const slotSchema = z.object({
  release: z.string(),
  port: z.number(),
  /** Container names, which Docker's DNS resolves. */
  servers: z.array(z.string()),
  /** The same behind further published ports, by their number on the host. */
  doors: z.record(z.string(), z.object({ port: z.number(), servers: z.array(z.string()) })).optional(),
  /** Share of traffic, 0 to 1. */
  share: z.number(),
});

/** The edge as it should be: its configuration is rendered from this and nothing else. */
export const edgeModelSchema = z.object({
  image: z.string(),
  /** Empty for an edge that only the front reaches. */
  publish: z.string(),
  front: standingSchema.optional(),
  /** Further published ports, as `publish` writes the first. */
  doors: z.array(z.string()).optional(),
  sticky: z.boolean().default(false),
  /** Servers each slot has room for. */
  room: z.number(),
  options: edgeOptionsSchema.optional(),
  /** Which form of lines it was rendered in; an edge of an older form is reloaded. */
  form: z.number().optional(),
  /** Users are told to come again, whatever is deployed behind. */
  maintenance: z.boolean().optional(),
  /** Where requests that `canary-match` names go, whatever the shares. */
  lead: z.enum(['a', 'b']).optional(),
  /** Where its figures are published on the host, and whose they are. */
  metrics: z.object({ at: z.string(), app: z.string(), environment: z.string() }).optional(),
  /**
   * The network (CIDR) from which we reach the edge where we can't be inside it: only edges and runs are in it. On one
   * Docker host there is none.
   */
  adminNet: z.string().optional(),
  slots: z.object({ a: slotSchema.nullable(), b: slotSchema.nullable() }),
});

export type EdgeModel = z.output<typeof edgeModelSchema>;
export type SlotModel = z.output<typeof slotSchema>;
export type SlotName = 'a' | 'b';

/** The history as Docker hosts keep it. What was written by the first release of Seatrial is read for ever. */
export const dockerHistorySchema = historySchemaOf(dockerSpecSchema, edgeModelSchema);
export type DockerHistory = HistoryOf<DockerSpec, EdgeModel>;
export type DockerRecord = DockerHistory['releases'][number];
