import type { Document } from '../document.ts';

/**
 * Text safe inside the Markdown of DingTalk and WeCom, which know no HTML entities: markup characters are escaped or,
 * for angle brackets (WeCom's `<@user>` and `<font>`), replaced by their full-width twins.
 */
export function escapeRobotMarkdown(text: string): string {
  return text
    .replace(/[\\`*_[\]~]/g, '\\$&')
    .replace(/^([#>\-+]|\d+\.)(?=\s)/gm, '\\$1')
    .replaceAll('<', '＜')
    .replaceAll('>', '＞');
}

/** A link whose address can't end the Markdown early. */
export const markdownLink = (label: string, url: string): string =>
  `[${escapeRobotMarkdown(label)}](${url.replaceAll('(', '%28').replaceAll(')', '%29')})`;

/** A document as blocks of plain Markdown: heading, story, text, facts, links. */
export function markdownLines(document: Document): string[] {
  const esc = escapeRobotMarkdown;
  return [
    `### ${esc(document.subject)}`,
    document.headline ? `**${esc(document.headline)}**` : '',
    ...document.story.map(esc),
    // Two spaces before the break, or DingTalk joins the lines.
    ...(document.text ? [document.text.split('\n').map(esc).join('  \n')] : []),
    document.facts.map(({ name, value }) => `- ${esc(name)}${document.words.colon}${esc(value)}`).join('\n'),
    document.links.map(({ label, url }) => markdownLink(label, url)).join(' | '),
  ].filter(Boolean);
}
