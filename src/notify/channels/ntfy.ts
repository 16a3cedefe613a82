import type { Answer, Channel, Delivery, RenderContext, Target } from '../channel.ts';
import { jsonObject, ok, quote, refused, throttled, unreadable } from '../classify.ts';
import { type Document, shrink } from '../document.ts';
import { bytes, fitBytes } from '../text.ts';
import { below } from './address.ts';

/** A longer message becomes a file that nobody reads on a lock screen. */
const MESSAGE_BYTES = 4096;
const TITLE_BYTES = 250;
const ACTIONS = 3;
/** 5 rings long and again, 4 rings, 3 is usual, 2 makes no sound. */
const PRIORITY = { info: 3, warning: 4, critical: 5 } as const;
const QUIET = 2;

const text = ({ story, text: own, facts, words }: Document): string =>
  [...story, own, ...facts.map(({ name, value }) => `${name}${words.colon}${value}`)].filter(Boolean).join('\n');

/** @see https://docs.ntfy.sh/publish/#publish-as-json */
function write(document: Document, topic: string, { silent }: RenderContext): string {
  const { message, subject, links } = document;
  const small = shrink(document, (d) => bytes(text(d)) <= MESSAGE_BYTES);
  return JSON.stringify({
    topic,
    title: fitBytes(subject, TITLE_BYTES),
    message: text(small) || subject,
    priority: silent ? QUIET : PRIORITY[message.severity],
    tags: ['seatrial', message.event, message.environment, message.service].filter((tag) => tag !== undefined),
    ...(links[0] ? { click: links[0].url } : {}),
    actions: links.slice(0, ACTIONS).map(({ label, url }) => ({ action: 'view', label, url })),
  });
}

const ADVICE: Record<number, string> = {
  40301: 'the topic is protected: set ntfy-token, or let it write there',
  40101: 'ntfy-token is not valid: make a new one',
  40009: 'ntfy-topic is not a topic: letters, digits, - and _',
  41301: 'the message was too long: report this with the log',
};

/** Success is HTTP 200 with the message as it was kept: an id and `"event": "message"`. */
function classify(answer: Answer): Delivery {
  const body = jsonObject(answer);
  if (!body) return unreadable(answer);
  if (answer.status === 200 && typeof body.id === 'string' && body.id && body.event === 'message') return ok(200);
  const { code } = body;
  if (typeof code !== 'number' || answer.status < 400) return unreadable(answer);
  const words = typeof body.error === 'string' ? ` (${quote(body.error)})` : '';
  // 42901 is the rate, which passes; 42908 and its like are the day's share.
  if (answer.status === 429) {
    const spent = code !== 42901;
    return throttled(
      code,
      spent
        ? `ntfy's share of the day is used up${words}: tell by another target, or use a server of your own.`
        : `Too many messages${words}: send fewer (needs, routes).`,
      spent ? {} : { retry: { tries: 2, baseMs: 2000 } },
    );
  }
  const retry = answer.status >= 500 ? { retry: {} } : {};
  const advice =
    ADVICE[code] ?? (answer.status >= 500 ? 'look into the log of the ntfy server' : 'check ntfy-topic and ntfy-token');
  return refused(code, `ntfy refused${words}: ${advice}.`, retry);
}

function call({ settings }: Target, path: string): { url: string; headers: Record<string, string> } {
  const { url, headers } = below(settings['api-url'] ?? 'https://ntfy.sh', path);
  return { url, headers: { ...headers, ...(settings.token ? { authorization: `Bearer ${settings.token}` } : {}) } };
}

export const ntfy: Channel = {
  name: 'ntfy',
  kind: 'ntfy',
  silent: true,
  settings: {
    topic: { input: 'ntfy-topic', secret: true, required: true },
    token: { input: 'ntfy-token', secret: true },
    'api-url': { input: 'ntfy-api-url', url: true },
  },
  check: ({ topic }) => (/^[-_A-Za-z0-9]{1,64}$/.test(topic!) ? undefined : 'topic is letters, digits, - and _ only.'),
  render: (document, target, context) => [
    { ...call(target, '/'), body: write(document, target.settings.topic!, context) },
  ],
  classify,
  probe: {
    request: (target) => ({ ...call(target, '/v1/health'), method: 'GET' }),
    classify(answer) {
      if (answer.status !== 200 || jsonObject(answer)?.healthy !== true) return unreadable(answer);
      return { outcome: 'accepted', code: '200', reason: 'The server is healthy; topic and token are not proved.' };
    },
  },
};
