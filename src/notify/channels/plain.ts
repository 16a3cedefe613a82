import type { Document } from '../document.ts';

/** A document as plain text, one thing a line: for SMS-like channels, text messages and fallbacks of cards. */
export function plainText(document: Document): string {
  const { words } = document;
  return [
    document.subject,
    document.headline ?? '',
    ...document.story,
    document.text,
    ...document.facts.map(({ name, value }) => `${name}${words.colon}${value}`),
    ...document.links.map(({ label, url }) => `${label}${words.colon}${url}`),
  ]
    .filter(Boolean)
    .join('\n');
}
