import { createHash } from 'node:crypto';
import type { TrivyReport } from './findings.ts';
import { type Layer, layersOf } from './layers.ts';
import { type Occurrence, occurrencesOf, placeKeyOf } from './occurrences.ts';

export interface Baseline {
  findings: readonly Occurrence[];
  layers: readonly Layer[];
  /**
   * Whether a finding of an image with these layers was there before: the same version at the same path. In an image
   * built on the baseline it must lie in one of the baseline's layers too: a layer of its own is the image's doing.
   */
  knows(found: Occurrence, diffIds: readonly string[]): boolean;
}

/** A secret of the configuration is another one when its value is. */
const keyOf = (found: Occurrence) =>
  `${placeKeyOf(found)}|${found.secret ? createHash('sha256').update(found.secret).digest('hex') : ''}`;

export function baselineOf(report: TrivyReport): Baseline {
  const findings = occurrencesOf(report);
  const keys = new Set(findings.map(keyOf));
  const own = new Set(report.Metadata.DiffIDs);
  return {
    findings,
    layers: layersOf(report),
    knows(found, diffIds) {
      if (!keys.has(keyOf(found))) return false;
      const builtOn = own.size > 0 && report.Metadata.DiffIDs.every((id, i) => diffIds[i] === id);
      return !builtOn || found.layer === '' || own.has(found.layer);
    },
  };
}
