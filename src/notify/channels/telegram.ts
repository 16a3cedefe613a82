import type { Answer, Channel, Delivery, Request, Target } from '../channel.ts';
import { jsonObject, ok, quote, refused, unreadable } from '../classify.ts';
import { type Document, mentionsFor, shrink } from '../document.ts';
import { below } from './address.ts';
import { escapeHtml } from './html.ts';

/** Characters of one message. Counted with the markup, which Telegram does not, so there is room to spare. */
const CHARS = 4096;

function html(document: Document): string {
  const { words } = document;
  const people = mentionsFor(document, 'telegram', ['user']).map(({ id }) =>
    /^\d+$/.test(id) ? `<a href="tg://user?id=${id}">${id}</a>` : `@${escapeHtml(id.replace(/^@/, ''))}`,
  );
  return [
    `<b>${escapeHtml(document.subject)}</b>`,
    escapeHtml(document.headline ?? ''),
    ...document.story.map(escapeHtml),
    escapeHtml(document.text),
    ...document.facts.map(({ name, value }) => `<b>${escapeHtml(name)}</b>${words.colon}${escapeHtml(value)}`),
    document.links.map(({ label, url }) => `<a href="${escapeHtml(url)}">${escapeHtml(label)}</a>`).join(' | '),
    people.join(' '),
  ]
    .filter(Boolean)
    .join('\n');
}

function advice(code: number, words: string, migrated: unknown): string {
  if (typeof migrated === 'number') return `the group has become a supergroup: set telegram-chat-id to ${migrated}`;
  if (/chat not found/i.test(words)) return 'telegram-chat-id is not known to the bot: check it, and add the bot';
  if (/message thread not found/i.test(words)) return 'telegram-thread-id is not a topic of the chat: correct it';
  if (/parse entities|too long|text is empty/i.test(words))
    return 'the message was not taken: report this with the log';
  if (code === 403) return 'the bot may not write there: add it to the chat and let it post';
  if (code === 401 || code === 404) return 'telegram-token is not valid: copy it from BotFather anew';
  if (code >= 500) return 'Telegram is in trouble: run the step again';
  return "check telegram-chat-id and the bot's rights";
}

/** Success is HTTP 200 with `"ok": true`; an edit that changes nothing is refused by Telegram and well for us. */
function classify(answer: Answer): Delivery {
  const body = jsonObject(answer);
  if (!body || typeof body.ok !== 'boolean') return unreadable(answer);
  if (body.ok) {
    if (answer.status !== 200) return unreadable(answer);
    const id = (body.result as { message_id?: unknown } | undefined)?.message_id;
    return ok(200, typeof id === 'number' ? { ref: { id: String(id) } } : {});
  }
  const code = typeof body.error_code === 'number' ? body.error_code : answer.status;
  const said = typeof body.description === 'string' ? body.description : '';
  if (code === 400 && /message is not modified/i.test(said)) return ok(200);
  const migrated = (body.parameters as { migrate_to_chat_id?: unknown } | undefined)?.migrate_to_chat_id;
  const words = said ? ` (${quote(said)})` : '';
  return refused(code, `Telegram refused${words}: ${advice(code, said, migrated)}.`, {
    ...(code >= 500 ? { retry: {} } : {}),
    ...(/message to edit not found|message can't be edited/i.test(said) ? { gone: true as const } : {}),
  });
}

function call({ settings }: Target, method: string, body: object): Request {
  const { url } = below(settings['api-url'] ?? 'https://api.telegram.org', `/bot${settings.token}/${method}`);
  return { url, body: JSON.stringify(body) };
}

const message = (document: Document) => ({
  text: html(shrink(document, (d) => html(d).length <= CHARS)),
  parse_mode: 'HTML',
  link_preview_options: { is_disabled: true },
});

export const telegram: Channel = {
  name: 'telegram',
  kind: 'telegram',
  silent: true,
  settings: {
    token: { input: 'telegram-token', secret: true, required: true },
    'chat-id': { input: 'telegram-chat-id', required: true },
    'thread-id': { input: 'telegram-thread-id' },
    'api-url': { input: 'telegram-api-url', url: true },
  },
  check({ token, 'thread-id': topic }) {
    // It becomes part of a path; anything else in it would change the address.
    if (!/^[\w:-]+$/.test(token!)) return 'token is not a bot token (123456:ABC…).';
    if (topic && !/^\d+$/.test(topic)) return 'thread-id is the number of a topic.';
    return undefined;
  },
  render(document, target, { silent, thread }) {
    const { 'chat-id': chat, 'thread-id': topic } = target.settings;
    const reply = thread?.id
      ? { reply_parameters: { message_id: Number(thread.id), allow_sending_without_reply: true } }
      : {};
    return [
      call(target, 'sendMessage', {
        chat_id: chat,
        ...message(document),
        ...(topic ? { message_thread_id: Number(topic) } : {}),
        ...(silent ? { disable_notification: true } : {}),
        ...reply,
      }),
    ];
  },
  places: ['id'],
  update: (document, target, ref) => [
    call(target, 'editMessageText', {
      chat_id: target.settings['chat-id'],
      message_id: Number(ref.id),
      ...message(document),
    }),
  ],
  classify,
  wait(answer) {
    const seconds = (jsonObject(answer)?.parameters as { retry_after?: unknown } | undefined)?.retry_after;
    return typeof seconds === 'number' && seconds >= 0 ? seconds * 1000 : undefined;
  },
  probe: {
    // It proves the token as getMe would, and that the bot knows the chat as well.
    request: (target) => call(target, 'getChat', { chat_id: target.settings['chat-id'] }),
    classify(answer) {
      const delivery = classify(answer);
      return delivery.outcome === 'delivered'
        ? { ...delivery, outcome: 'accepted', reason: 'Token and chat are valid; posting was not tried.' }
        : delivery;
    },
  },
};
