import { createHmac } from 'node:crypto';
import { type Incoming, json, parse, RateWindow, type Receiver } from './receiver.ts';

export interface FeishuOptions {
  token?: string;
  secret?: string;
  keyword?: string;
}

const no = (code: number, msg: string, status = 200) => json({ code, msg, data: {} }, status);

/** Every string of a card by the tag that shows it. */
function strings(value: unknown, tag = ''): { tag: string; text: string }[] {
  if (typeof value === 'string') return [{ tag, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  const own = 'tag' in value && typeof value.tag === 'string' ? value.tag : tag;
  return Object.entries(value).flatMap(([key, inner]) => (key === 'tag' ? [] : strings(inner, own)));
}

/** A Feishu or Lark custom bot: signature in the body, 100 a minute and 5 a second, refusals in HTTP 200 or 400. */
export function feishu({ token = 'feishu-hook-0123456789', secret = '', keyword = '' }: FeishuOptions = {}): Receiver {
  const minute = new RateWindow(100, 60_000);
  const second = new RateWindow(5, 1000);
  return {
    channel: 'feishu',
    owns: (url) => url.pathname.startsWith('/open-apis/bot/v2/hook/'),
    inputs: (base) => ({
      'feishu-webhook': `${base}/open-apis/bot/v2/hook/${token}`,
      ...(secret ? { 'feishu-secret': secret } : {}),
      ...(keyword ? { 'feishu-keyword': keyword } : {}),
    }),
    answer({ url, body, at }: Incoming) {
      if (!url.pathname.endsWith(`/${token}`)) return no(19001, 'param invalid: incoming webhook access token invalid');
      if (Buffer.byteLength(body) > 20 * 1024) return no(9499, 'Bad Request', 400);
      const message = parse(body) as
        | { timestamp?: unknown; sign?: unknown; msg_type?: string; card?: { header?: unknown; elements?: unknown[] } }
        | undefined;
      if (!message) return no(9499, 'Bad Request', 400);
      if (!minute.admit(at) || !second.admit(at)) return no(11232, 'frequency limited psm[lark.oapi.app_platform]');
      if (secret) {
        const { timestamp, sign } = message;
        const right = createHmac('sha256', `${timestamp}\n${secret}`).digest('base64');
        const inTime = typeof timestamp === 'string' && Math.abs(Number(timestamp) * 1000 - at) <= 3_600_000;
        if (!inTime || sign !== right)
          return no(19021, 'sign match fail or timestamp is not within one hour from current time');
      }
      if (message.msg_type !== 'interactive' || !message.card?.header || !message.card.elements?.length) {
        return no(9499, 'Bad Request', 400);
      }
      const shown = strings(message.card);
      if (keyword && !shown.some(({ text }) => text.includes(keyword))) return no(19024, 'Key Words Not Found');
      const rings = shown
        .filter(({ tag }) => tag === 'lark_md')
        .flatMap(({ text }) => [...text.matchAll(/<at (?:user_)?id="?([^">]+)"?>/g)].map((found) => found[1]!));
      return {
        ...json({ StatusCode: 0, StatusMessage: 'success', code: 0, data: {}, msg: 'success' }),
        rings,
        taken: true,
      };
    },
  };
}
