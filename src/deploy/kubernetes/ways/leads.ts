import type { CanaryMatch } from '../../release/canary-match.ts';
import type { EdgeModel, SlotName } from '../model.ts';
import { namesOf } from '../names.ts';

/** Where users who come by name are led: Services, each by its port 80. */
export interface Leads {
  main: string;
  /** Who has a share beside, 0 to 1, and whose requests go there in any case. */
  beside?: { service: string; share: number; testers: readonly CanaryMatch[] };
}

const otherOf = (slot: SlotName): SlotName => (slot === 'a' ? 'b' : 'a');

/** The slot the main objects lead to: while nobody has traffic, one that no release is behind. */
function mainOf({ slots, main = 'a' }: EdgeModel): SlotName {
  if ((slots[main]?.share ?? 0) > 0) return main;
  const other = otherOf(main);
  if ((slots[other]?.share ?? 0) > 0) return other;
  return slots.b ? main : 'b';
}

/** Through the edge to it alone; else to the slots, by their shares. Pure. */
export function leadsOf(app: string, model: EdgeModel | undefined): Leads {
  const names = namesOf(app);
  if (!model?.by) return { main: names.front };
  const main = mainOf(model);
  const other = otherOf(main);
  const share = model.slots[other]?.share ?? 0;
  const testers = model.lead === other ? (model.options?.canaryMatch ?? []) : [];
  return {
    main: names.slot(main),
    ...(share > 0 || testers.length ? { beside: { service: names.slot(other), share, testers } } : {}),
  };
}
