import { SeatrialError } from '../../../lib/errors.ts';
import { records } from './line.ts';

/** What holds for every tag (metadata-action's README, `flavor` input). */
export interface Flavor {
  latest: 'auto' | 'true' | 'false';
  prefix: string;
  suffix: string;
  /** Whether `latest` gets them too. */
  prefixLatest: boolean;
  suffixLatest: boolean;
}

const refuse = (line: string, why: string) => new SeatrialError('INPUT_INVALID', `flavor: "${line}": ${why}`);

/** `latest=auto`, `prefix=v,onlatest=true`, one a line. Error: INPUT_INVALID. */
export function parseFlavor(text: string): Flavor {
  const flavor: Flavor = { latest: 'auto', prefix: '', suffix: '', prefixLatest: false, suffixLatest: false };
  for (const fields of records(text)) {
    const line = fields.join(',');
    let last: 'prefix' | 'suffix' | undefined;
    for (const field of fields) {
      const at = field.indexOf('=');
      const [key, value] = [field.slice(0, at).trim().toLowerCase(), field.slice(at + 1).trim()];
      if (key === 'latest') {
        if (!['auto', 'true', 'false'].includes(value)) throw refuse(line, 'latest is auto, true or false.');
        flavor.latest = value as Flavor['latest'];
      } else if (key === 'prefix' || key === 'suffix') {
        flavor[key] = value;
        last = key;
      } else if (key === 'onlatest' && last) {
        if (!['true', 'false'].includes(value)) throw refuse(line, 'onlatest is true or false.');
        flavor[`${last}Latest`] = value === 'true';
      } else {
        throw refuse(line, 'write latest=…, prefix=… or suffix=…, and onlatest=… behind one of the latter.');
      }
    }
  }
  return flavor;
}
