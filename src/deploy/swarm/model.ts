import * as z from 'zod';
import { edgeModelSchema } from '../docker/model.ts';
import { type HistoryOf, historySchemaOf } from '../release/history.ts';
import { type SwarmSpec, swarmSpecSchema } from './spec.ts';

/** The edge as on a Docker host; each server of a slot goes by the one name that all tasks of its release have. */
export const swarmEdgeSchema = edgeModelSchema.extend({
  placement: z.array(z.string()).default([]),
  /** The Swarm secret that holds the certificate with its key. */
  certificate: z.string().optional(),
});

export type SwarmEdge = z.output<typeof swarmEdgeSchema>;

export const swarmHistorySchema = historySchemaOf(swarmSpecSchema, swarmEdgeSchema);
export type SwarmHistory = HistoryOf<SwarmSpec, SwarmEdge>;
export type SwarmRecord = SwarmHistory['releases'][number];
