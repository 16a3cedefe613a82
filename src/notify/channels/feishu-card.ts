import { type Document, mentionsFor } from '../document.ts';

/** lark_md knows these as HTML entities; everything else of its markup is harmless once they are gone. */
const ENTITIES: Record<string, string> = {
  '&': '&#38;',
  '<': '&#60;',
  '>': '&#62;',
  '*': '&#42;',
  _: '&#95;',
  '[': '&#91;',
  ']': '&#93;',
  '~': '&#126;',
  '`': '&#96;',
};

export const escapeLark = (text: string): string => text.replace(/[&<>*_[\]~`]/g, (mark) => ENTITIES[mark]!);

/** The colour of the card's title: green for what went well, blue for what goes on or was stopped by somebody. */
function colour({ message: { event, severity, ending } }: Document): string {
  if (ending.kind === 'drill') return 'wathet';
  if (severity === 'critical') return 'red';
  if (severity === 'warning') return 'orange';
  return event === 'success' || event === 'recovered' ? 'green' : 'blue';
}

/** The interactive card of bots and apps alike. `update_multi` lets an app edit it later for everybody. */
export function feishuCard(document: Document, keyword = ''): object {
  const { words, facts, links } = document;
  const plain = (content: string) => ({ tag: 'div', text: { tag: 'plain_text', content } });
  const lark = (content: string) => ({ tag: 'div', text: { tag: 'lark_md', content } });
  const rings = mentionsFor(document, 'feishu', ['all', 'user']).map((m) =>
    // An ID is letters, digits and little else (mentions.ts); escaped, its underscore would no longer name anybody.
    m.kind === 'all' ? '<at id=all></at>' : `<at id=${m.id}></at>`,
  );
  const elements = [
    ...(document.headline ? [plain(document.headline)] : []),
    ...document.story.map(plain),
    ...(document.text ? [plain(document.text)] : []),
    ...(facts.length
      ? [
          {
            tag: 'div',
            fields: facts.map(({ name, value }) => ({
              is_short: value.length < 24,
              text: { tag: 'lark_md', content: `**${escapeLark(name)}**${words.colon}${escapeLark(value)}` },
            })),
          },
        ]
      : []),
    ...(rings.length ? [lark(rings.join(' '))] : []),
    ...(links.length
      ? [
          {
            tag: 'action',
            actions: links.map(({ label, url }) => ({
              tag: 'button',
              type: 'default',
              text: { tag: 'plain_text', content: label },
              url,
            })),
          },
        ]
      : []),
    ...(keyword && !document.subject.includes(keyword) ? [plain(keyword)] : []),
  ];
  return {
    config: { wide_screen_mode: true, update_multi: true },
    header: { template: colour(document), title: { tag: 'plain_text', content: document.subject } },
    elements,
  };
}
