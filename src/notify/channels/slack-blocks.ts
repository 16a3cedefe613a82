import { type Document, mentionsFor } from '../document.ts';
import { fitChars, longest } from '../text.ts';

/** Slack's own rule: these three and no others. */
export const escapeSlack = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const HEADER_CHARS = 150;
const SECTION_CHARS = 3000;
/** Of 2000 that a field may hold: longer values make a wall, and escaping can lengthen a character fivefold. */
const FIELD_CHARS = 250;
const FIELDS = 10;

/** `U…`/`W…` a person, `S…` a user group, and Slack's own `here` and `channel`. */
function mention(kind: string, id: string): string {
  if (kind === 'all') return '<!channel>';
  if (id === 'here' || id === 'channel' || id === 'everyone') return `<!${id}>`;
  return id.startsWith('S') ? `<!subteam^${id}>` : `<@${id}>`;
}

const SIDE = { info: '#2eb67d', warning: '#ecb22e', critical: '#e01e5a' } as const;

/**
 * Blocks for a webhook and the Web API alike. `text` is what push previews and screen readers get. Text is cut before
 * it is escaped, so that no entity breaks.
 */
export function slackMessage(document: Document): { text: string; attachments: object[] } {
  const { words } = document;
  const rings = mentionsFor(document, 'slack', ['all', 'user']).map((m) => mention(m.kind, m.id));
  const section = (text: string) => {
    const cut = longest(text, (part) => escapeSlack(part).length <= SECTION_CHARS);
    return { type: 'section', text: { type: 'mrkdwn', text: escapeSlack(cut), verbatim: true } };
  };
  const fields = document.facts.slice(0, FIELDS).map(({ name, value }) => ({
    type: 'mrkdwn',
    text: `*${escapeSlack(name)}*\n${escapeSlack(fitChars(value, FIELD_CHARS))}`,
    verbatim: true,
  }));
  const more = document.facts.slice(FIELDS).map(({ name, value }) => `${name}${words.colon}${value}`);
  const links = document.links
    .map(({ label, url }) => `<${url.replaceAll('|', '%7C').replaceAll('>', '%3E')}|${escapeSlack(label)}>`)
    .reduce<string>((line, one) => {
      const more = line && `${line}  |  ${one}`;
      return (more || one).length <= SECTION_CHARS ? more || one : line;
    }, '');
  const blocks = [
    { type: 'header', text: { type: 'plain_text', text: fitChars(document.subject, HEADER_CHARS), emoji: true } },
    ...(document.headline ? [section(document.headline)] : []),
    ...(document.story.length ? [section(document.story.join('\n'))] : []),
    ...(document.text ? [section(document.text)] : []),
    ...(fields.length ? [{ type: 'section', fields }] : []),
    ...(more.length ? [section(more.join('\n'))] : []),
    ...(links ? [{ type: 'section', text: { type: 'mrkdwn', text: links } }] : []),
  ];
  // The mention stands in the top text: that is where Slack rings, and what the preview shows.
  return {
    text: [escapeSlack(document.subject), ...rings].join(' '),
    attachments: [{ color: SIDE[document.message.severity], fallback: document.subject, blocks }],
  };
}
