import { createHmac } from 'node:crypto';
import type { Answer, Channel, Delivery } from '../channel.ts';
import { jsonObject, notNumeric, ok, quote, refused, throttled, unreadable } from '../classify.ts';
import { type Document, shrink } from '../document.ts';
import { bytes } from '../text.ts';
import { feishuCard } from './feishu-card.ts';

/** "The request must not exceed 20 KB". */
const BODY_BYTES = 20 * 1024;

/** base64 of HMAC-SHA256 of nothing, with `<seconds>\n<secret>` as the key: not DingTalk's way round. */
export const sign = (secret: string, seconds: number): string =>
  createHmac('sha256', `${seconds}\n${secret}`).digest('base64');

const CODES: Record<string, string> = {
  19021: 'the signature does not match or its time is off by more than an hour: check feishu-secret and the clock',
  19022: "the runner's IP is not on the bot's list: use signing instead",
  19024: 'the bot wants a keyword: set feishu-keyword to one of its keywords',
  19001: 'the webhook token is not valid: copy the address from the bot anew',
  9499: 'the message was not taken: report this with the log',
};
/** What the server answers near its limit, beside 11232. */
const BUSY = 2200;

export function classify(answer: Answer): Delivery {
  const body = jsonObject(answer);
  // Older bots answer StatusCode and StatusMessage; where both stand, `code` counts.
  const code = body && 'code' in body ? body.code : body?.StatusCode;
  if (!body) return unreadable(answer);
  const said = body.msg ?? body.StatusMessage;
  const words = typeof said === 'string' ? ` (${quote(said)})` : '';
  if (typeof code !== 'number') return notNumeric(answer, body, code);
  if (code === 0) return answer.status === 200 ? ok(0) : unreadable(answer);
  // 9499 is a bad request as well as one too many; the words tell.
  const tooMany = code === 9499 && typeof said === 'string' && /too many|frequen|limit|频/i.test(said);
  if (code === BUSY) {
    return refused(code, `Feishu is busy or at its limit${words}: run the step again.`, {
      retry: { baseMs: 1000, tries: 4 },
    });
  }
  if (code === 11232 || tooMany) {
    return throttled(code, `Too many messages${words}: Feishu is busiest at full and half hours; start a bit later.`, {
      retry: { baseMs: 1000, tries: 4 },
    });
  }
  return refused(code, `Feishu refused${words}: ${CODES[code] ?? "look the code up in Feishu's list"}.`);
}

export const feishuBot: Channel = {
  name: 'feishu',
  kind: 'feishu-bot',
  settings: {
    webhook: { input: 'feishu-webhook', secret: true, required: true, url: true },
    secret: { input: 'feishu-secret', secret: true },
    keyword: { input: 'feishu-keyword' },
  },
  render(document, { settings }, { now }) {
    const seconds = Math.floor(now / 1000);
    const signed = settings.secret ? { timestamp: String(seconds), sign: sign(settings.secret, seconds) } : {};
    const write = (d: Document) =>
      JSON.stringify({ ...signed, msg_type: 'interactive', card: feishuCard(d, settings.keyword) });
    return [{ url: settings.webhook!, body: write(shrink(document, (d) => bytes(write(d)) <= BODY_BYTES)) }];
  },
  classify,
};
