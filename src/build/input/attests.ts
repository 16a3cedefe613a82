import { SeatrialError } from '../../lib/errors.ts';
import { parseCsv } from './csv.ts';

/** Attestations to go with the image. */
export interface Attests {
  /** How much the builder tells of the build; undefined for none. */
  provenance?: 'min' | 'max';
  /** The bill of materials the scan made. */
  sbom: boolean;
}

/** `type=provenance`, `type=provenance,mode=max`, `type=sbom`, one a line. Error: INPUT_INVALID. */
export function parseAttests(text: string): Attests {
  const attests: Attests = { sbom: false };
  for (const fields of parseCsv(text)) {
    const options = new Map(fields.map((field) => field.split('=').map((part) => part.trim()) as [string, string]));
    const [type, mode] = [options.get('type'), options.get('mode')];
    const known = [...options.keys()].every((key) => key === 'type' || (key === 'mode' && type === 'provenance'));
    if (known && type === 'sbom') attests.sbom = true;
    else if (known && type === 'provenance' && (mode === undefined || mode === 'min' || mode === 'max')) {
      attests.provenance = mode ?? 'min';
    } else {
      throw new SeatrialError(
        'INPUT_INVALID',
        `"${fields.join(',')}" is no attestation made here; write type=provenance,mode=min|max or type=sbom.`,
      );
    }
  }
  return attests;
}

export const wantsAttests = ({ provenance, sbom }: Attests) => provenance !== undefined || sbom;
