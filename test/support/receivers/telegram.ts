import { json, parse, RateWindow, type Receiver } from './receiver.ts';

const TAGS = new Set(['b', 'strong', 'i', 'em', 'u', 's', 'a', 'code', 'pre', 'blockquote', 'tg-spoiler']);

/** Telegram's HTML: known tags, closed in order, entities for the rest. Answers the visible text or the complaint. */
export function telegramText(html: string): { text: string } | { fault: string } {
  const open: string[] = [];
  let text = '';
  for (const part of html.split(/(<[^>]*>)/)) {
    const tag = /^<(\/?)([a-z-]+)(?:\s+[a-z]+="[^"<>]*")*>$/.exec(part);
    if (!tag && /[<>]/.test(part)) return { fault: `unsupported start tag "${part.slice(0, 12)}"` };
    if (!tag)
      text += part.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
    else if (!TAGS.has(tag[2]!)) return { fault: `unsupported start tag "${tag[2]}"` };
    else if (tag[1]) {
      if (open.pop() !== tag[2]) return { fault: `unexpected end tag ${tag[2]}` };
    } else open.push(tag[2]!);
  }
  return open.length ? { fault: `can't find end tag corresponding to start tag "${open.at(-1)}"` } : { text };
}

const no = (code: number, description: string, parameters?: object) =>
  json({ ok: false, error_code: code, description, ...(parameters ? { parameters } : {}) }, code);

/** The Bot API: token in the path, 20 a minute and group, edits that change nothing are a 400. */
export function telegram({
  token = '123456789:AAtelegramtoken0123456789abcdefghi',
  chat = '-1001234567890',
} = {}): Receiver {
  const rate = new RateWindow(20, 60_000);
  const messages = new Map<number, string>();
  return {
    channel: 'telegram',
    owns: (url) => /\/bot[^/]+\/\w+$/.test(url.pathname),
    inputs: (base) => ({ 'telegram-api-url': base, 'telegram-token': token, 'telegram-chat-id': chat }),
    answer({ url, body, at }) {
      const [, key, method] = /\/bot([^/]+)\/(\w+)$/.exec(url.pathname)!;
      if (!/^\d+:[\w-]+$/.test(key!)) return no(404, 'Not Found');
      if (key !== token) return no(401, 'Unauthorized');
      const form = (body ? parse(body) : {}) ?? {};
      if (method === 'getMe')
        return json({ ok: true, result: { id: 123456789, is_bot: true, first_name: 'd', username: 'd_bot' } });
      if (String(form.chat_id) !== chat) return no(400, 'Bad Request: chat not found');
      if (method === 'getChat') return json({ ok: true, result: { id: Number(chat), type: 'supergroup' } });
      if (method !== 'sendMessage' && method !== 'editMessageText') return no(404, 'Not Found');
      if (!rate.admit(at)) return no(429, 'Too Many Requests: retry after 31', { retry_after: 31 });
      const raw = String(form.text ?? '');
      const read = form.parse_mode === 'HTML' ? telegramText(raw) : { text: raw };
      if ('fault' in read) return no(400, `Bad Request: can't parse entities: ${read.fault}`);
      if (!read.text.trim()) return no(400, 'Bad Request: message text is empty');
      if (read.text.length > 4096) return no(400, 'Bad Request: message is too long');
      const named = [...read.text.matchAll(/(?:^|\s)@(\w{5,32})/g)].map((m) => m[1]!);
      const linked = [...raw.matchAll(/tg:\/\/user\?id=(\d+)/g)].map((m) => m[1]!);
      const rings = form.disable_notification === true ? [] : [...named, ...linked];
      if (method === 'editMessageText') {
        const id = Number(form.message_id);
        if (!messages.has(id)) return no(400, 'Bad Request: message to edit not found');
        if (messages.get(id) === raw) {
          return no(
            400,
            'Bad Request: message is not modified: specified new message content and reply markup are exactly the same',
          );
        }
        messages.set(id, raw);
        return { ...json({ ok: true, result: { message_id: id, text: read.text } }), rings: [], taken: true };
      }
      const id = messages.size + 1;
      messages.set(id, raw);
      const result = {
        message_id: id,
        date: Math.floor(at / 1000),
        chat: { id: Number(chat), type: 'supergroup' },
        text: read.text,
      };
      return { ...json({ ok: true, result }), rings, taken: true };
    },
  };
}
