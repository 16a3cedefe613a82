import type * as z from 'zod';
import { edgeModelSchema as haproxySchema } from '../docker/model.ts';
import { type HistoryOf, historySchemaOf } from '../release/history.ts';
import { type KubernetesSpec, kubernetesSpecSchema } from './spec.ts';
import { wayClaimSchema } from './ways/claim.ts';

const edgeModelSchema = haproxySchema.extend({
  /** What leads users in by name, as it stands. */
  way: wayClaimSchema.optional(),
});

/** The edge as it should be; the one server of a slot is the address of the slot's Service, which stays. */
export type EdgeModel = z.output<typeof edgeModelSchema>;
export type SlotName = 'a' | 'b';

/** The history as the ConfigMap keeps it. */
export const kubernetesHistorySchema = historySchemaOf(kubernetesSpecSchema, edgeModelSchema);
export type KubernetesHistory = HistoryOf<KubernetesSpec, EdgeModel>;
export type KubernetesRecord = KubernetesHistory['releases'][number];
