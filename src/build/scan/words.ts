import type { Layer } from './layers.ts';
import type { Finding, Group } from './occurrences.ts';

export const shortened = (text: string, length: number) =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text;

/** Where a finding is and which instruction brought it: `app/node_modules/lodash, by COPY root/ /`. */
export function whereOf({ paths, places, layers, package: name }: Group, known: ReadonlyMap<string, Layer>): string {
  const by = layers.map((id) => known.get(id)?.by).find((text) => text);
  return [
    paths[0] && paths[0] !== name ? `${paths[0]}${places > 1 ? ` and ${places - 1} more` : ''}` : '',
    by ? `by ${shortened(by, 80)}` : '',
  ]
    .filter(Boolean)
    .join(', ');
}

export const versionOf = ({ installed, fixed }: Finding) =>
  installed || fixed ? `${installed || '?'} → ${fixed || 'no fix yet'}` : '';
