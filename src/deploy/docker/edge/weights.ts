import type { EdgeModel, SlotName } from '../model.ts';

/** HAProxy's largest weight of a server. */
const MAX = 256;

/**
 * Weights of one server in each slot, so that slot `a` gets `shareA` of what `a` and `b` get together. Round robin is
 * exact by count, so the smallest whole numbers that fit are taken: they interleave finest.
 */
export function weightPair(shareA: number, serversA: number, shareB: number, serversB: number): [number, number] {
  if (shareA <= 0 || serversA === 0) return [0, shareB > 0 && serversB > 0 ? 1 : 0];
  if (shareB <= 0 || serversB === 0) return [1, 0];
  const ratio = (shareA * serversB) / (shareB * serversA);
  let best: [number, number] = [1, 1];
  let error = Number.POSITIVE_INFINITY;
  for (let b = 1; b <= MAX; b++) {
    const a = Math.min(MAX, Math.max(1, Math.round(ratio * b)));
    const off = Math.abs(a / b / ratio - 1);
    if (off < error - 1e-9) [best, error] = [[a, b], off];
  }
  return best;
}

/** Weight of each server of a slot under the model's shares. */
export function slotWeights(slots: EdgeModel['slots']): Record<SlotName, number> {
  const [a, b] = weightPair(
    slots.a?.share ?? 0,
    slots.a?.servers.length ?? 0,
    slots.b?.share ?? 0,
    slots.b?.servers.length ?? 0,
  );
  return { a, b };
}
