import * as z from 'zod';
import { edgeModelSchema as haproxySchema } from '../docker/model.ts';
import { type HistoryOf, historySchemaOf } from '../release/history.ts';
import { type KubernetesSpec, kubernetesSpecSchema } from './spec.ts';
import { carrierSchema, wayClaimSchema } from './ways/claim.ts';

const edgeModelSchema = haproxySchema.extend({
  /** What leads users in by name, as it stands. */
  way: wayClaimSchema.optional(),
  /** What of the cluster carries the traffic, where no edge of ours does. */
  by: carrierSchema.optional(),
  /** Then: the slot that what leads users in is made for; the other one has its share beside. */
  main: z.enum(['a', 'b']).optional(),
  /** Then: who lost the traffic last, and when, in milliseconds by the API's clock: nobody counts who is on it still. */
  left: z.object({ release: z.string(), at: z.number() }).optional(),
});

/** The edge as it should be; the one server of a slot is the address of the slot's Service, which stays. */
export type EdgeModel = z.output<typeof edgeModelSchema>;
export type SlotName = 'a' | 'b';

/** The history as the ConfigMap keeps it. */
export const kubernetesHistorySchema = historySchemaOf(kubernetesSpecSchema, edgeModelSchema);
export type KubernetesHistory = HistoryOf<KubernetesSpec, EdgeModel>;
export type KubernetesRecord = KubernetesHistory['releases'][number];
