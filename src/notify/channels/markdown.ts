import type { Document } from '../document.ts';

export type Escape = (text: string) => string;

/** A word joiner: unseen, and enough to keep two characters from being markup. */
const JOINER = '\u2060';

/**
 * What both robots would take for markup whatever the dialect: their angle brackets (`<@user>`, `<font>`) know no
 * entities and become their full-width twins; links, headings, quotes and lists of the text's own are broken up.
 */
const shared: Escape = (text) =>
  text
    .replaceAll('](', `]${JOINER}(`)
    .replaceAll('<', '＜')
    .replaceAll('>', '＞')
    .replace(/^(\s*)(#|-|\+|\d+\.)(?=\s)/gm, `$1${JOINER}$2`);

/** DingTalk renders backslash escapes. */
export const escapeDingtalk: Escape = (text) => shared(text.replace(/[\\`*_~]/g, '\\$&'));

/** WeCom knows bold and code only, and shows a backslash as one. */
export const escapeWecom: Escape = (text) =>
  shared(text.replaceAll('**', `*${JOINER}*`).replaceAll('`', `\`${JOINER}`));

/** A link whose address can't end the Markdown early. */
const link = (esc: Escape, label: string, url: string): string =>
  `[${esc(label)}](${url.replaceAll('(', '%28').replaceAll(')', '%29')})`;

/** A document as blocks of Markdown: heading, story, text, facts, links. */
export function markdownLines(document: Document, esc: Escape): string[] {
  return [
    `### ${esc(document.subject)}`,
    document.headline ? `**${esc(document.headline)}**` : '',
    ...document.story.map(esc),
    // Two spaces before the break, or DingTalk joins the lines.
    esc(document.text).replaceAll('\n', '  \n'),
    document.facts.map(({ name, value }) => `- ${esc(name)}${document.words.colon}${esc(value)}`).join('\n'),
    document.links.map(({ label, url }) => link(esc, label, url)).join(' | '),
  ].filter(Boolean);
}
