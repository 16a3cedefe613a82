import { redact } from '../../lib/redact.ts';
import type { TrivyReport } from './findings.ts';
import { instructionOf } from './image-config.ts';

/** One layer of an image, the lowest first. */
export interface Layer {
  diffId: string;
  /** Bytes unpacked; undefined where the scanner does not say. */
  size?: number;
  /** The instruction that made it, secrets and personal data taken out: `COPY root/ /`. */
  by: string;
}

/** The layers of a scanned image. History entries without a layer of their own (ENV, USER …) are passed over. */
export function layersOf({ Metadata }: TrivyReport): Layer[] {
  const makers = (Metadata.ImageConfig?.history ?? []).filter(({ empty_layer }) => !empty_layer);
  const sizes = new Map(Metadata.Layers.map(({ DiffID, Size }) => [DiffID, Size ?? undefined]));
  return Metadata.DiffIDs.map((diffId, i) => {
    const size = sizes.get(diffId);
    const by = makers.length === Metadata.DiffIDs.length ? instructionOf(makers[i]!.created_by ?? '') : '';
    return { diffId, by: redact(by), ...(size === undefined ? {} : { size }) };
  });
}

export interface LayerChange extends Layer {
  /** `same`: the baseline's own layer; `changed`: the same instruction made another; `new`: the baseline has none like it. */
  kind: 'same' | 'changed' | 'new';
  /** Bytes more than in the baseline. */
  more: number;
}

/** Layers beside those of a baseline: by their content, else by the instruction that made them. */
export function compareLayers(own: readonly Layer[], base: readonly Layer[]): LayerChange[] {
  const left = base.filter(({ diffId }) => !own.some((layer) => layer.diffId === diffId));
  return own.map((layer) => {
    const size = layer.size ?? 0;
    if (base.some(({ diffId }) => diffId === layer.diffId)) return { ...layer, kind: 'same', more: 0 };
    const at = left.findIndex(({ by }) => by !== '' && by === layer.by);
    if (at < 0) return { ...layer, kind: 'new', more: size };
    const [before] = left.splice(at, 1);
    return { ...layer, kind: 'changed', more: size - (before?.size ?? 0) };
  });
}
