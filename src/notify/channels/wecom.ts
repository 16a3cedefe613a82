import type { Answer, Channel, Delivery } from '../channel.ts';
import { jsonObject, notNumeric, ok, quote, refused, throttled, unreadable } from '../classify.ts';
import { type Document, mentionsFor, shrink } from '../document.ts';
import { bytes, fitChars } from '../text.ts';
import { escapeWecom, markdownLines } from './markdown.ts';
import { plainText } from './plain.ts';

/** Bytes of `content`, not characters: 2048 are 682 Chinese ones. */
const TEXT_BYTES = 2048;
const MARKDOWN_BYTES = 4096;

const COLOURS = { info: 'info', warning: 'warning', critical: 'warning' } as const;

function asText(document: Document): string {
  const mentions = mentionsFor(document, 'wecom', ['all', 'mobile', 'user']);
  const users = mentions.filter((m) => m.kind === 'user').map((m) => m.id);
  if (mentions.some((m) => m.kind === 'all')) users.push('@all');
  const mobiles = mentions.filter((m) => m.kind === 'mobile').map((m) => m.id);
  const content = plainText(shrink(document, (d) => bytes(plainText(d)) <= TEXT_BYTES));
  return JSON.stringify({
    msgtype: 'text',
    text: {
      content,
      ...(users.length ? { mentioned_list: users } : {}),
      ...(mobiles.length ? { mentioned_mobile_list: mobiles } : {}),
    },
  });
}

function asMarkdown(document: Document): string {
  const users = mentionsFor(document, 'wecom', ['user']).map((m) => `<@${m.id}>`);
  const write = (d: Document) => {
    const [heading, ...rest] = markdownLines(d, escapeWecom);
    const level = `<font color="${COLOURS[d.message.severity]}">${d.words.severity[d.message.severity]}</font>`;
    return [heading, level, ...rest, users.join(' ')].filter(Boolean).join('\n');
  };
  const content = write(shrink(document, (d) => bytes(write(d)) <= MARKDOWN_BYTES));
  return JSON.stringify({ msgtype: 'markdown', markdown: { content } });
}

/** Characters of a card's title, of the line below it, and of a row's name. */
const TITLE = 26;
const DESC = 30;
const KEY = 5;

function asCard(document: Document): string {
  const { title, place, story, facts, links } = document;
  // The sign goes before the result is cut.
  const bare = title.replace(/^\S*\p{Extended_Pictographic}\S*\s+/u, '');
  return JSON.stringify({
    msgtype: 'template_card',
    template_card: {
      card_type: 'text_notice',
      main_title: {
        title: fitChars(title.length <= TITLE ? title : bare, TITLE),
        ...(place ? { desc: fitChars(place, DESC) } : {}),
      },
      sub_title_text: fitChars([...story, document.text].filter(Boolean).join('\n'), 112),
      horizontal_content_list: facts
        .slice(0, 6)
        .map(({ name, short, value }) => ({ keyname: fitChars(short ?? name, KEY), value: fitChars(value, 26) })),
      jump_list: links.slice(0, 3).map(({ label, url }) => ({ type: 1, title: fitChars(label, 13), url })),
      card_action: { type: 1, url: links[0]!.url },
    },
  });
}

/**
 * WeCom's Markdown can ring named users only, so a message that must ring everybody or a phone number goes as text;
 * a card needs a page to open, so one without links goes as Markdown.
 */
function write(document: Document, format: string | undefined): string {
  const rings = mentionsFor(document, 'wecom', ['all', 'mobile']).length > 0;
  const ringsUsers = mentionsFor(document, 'wecom', ['user']).length > 0;
  if (format === 'text' || rings) return asText(document);
  if (format === 'template-card' && document.links.length > 0 && !ringsUsers) return asCard(document);
  return asMarkdown(document);
}

const CODES: Record<string, string> = {
  93000: 'the webhook key is not valid: copy the address from the robot anew',
  40008: 'the message type was not taken: report this with the log',
  44004: 'the message was empty: report this with the log',
  40058: 'the message was too long: report this with the log',
};

function classify(answer: Answer): Delivery {
  const body = jsonObject(answer);
  if (!body) return unreadable(answer);
  const code = body.errcode;
  const words = typeof body.errmsg === 'string' ? ` (${quote(body.errmsg)})` : '';
  if (typeof code !== 'number') return notNumeric(answer, body, code);
  if (code === 0) return answer.status === 200 ? ok(0) : unreadable(answer);
  if (code === 45009) {
    return throttled(code, `Over 20 messages a minute${words}: wait a minute, or send fewer (needs, routes).`, {
      retry: { afterMs: 60_000, tries: 2 },
    });
  }
  if (code === -1) return refused(code, `WeCom is busy${words}: run the step again.`, { retry: { tries: 3 } });
  return refused(code, `WeCom refused${words}: ${CODES[code] ?? "look the code up in WeCom's list"}.`);
}

export const wecom: Channel = {
  name: 'wecom',
  kind: 'wecom',
  settings: {
    webhook: { input: 'wecom-webhook', secret: true, required: true, url: true },
    format: { input: 'wecom-format' },
  },
  check({ format }) {
    if (format && !['markdown', 'text', 'template-card'].includes(format)) {
      return 'format is markdown, text or template-card.';
    }
    return undefined;
  },
  render: (document, { settings }) => [{ url: settings.webhook!, body: write(document, settings.format) }],
  classify,
};
