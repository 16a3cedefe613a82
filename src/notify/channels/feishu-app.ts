import { createHash } from 'node:crypto';
import type { Answer, Channel, Delivery, Request, Target } from '../channel.ts';
import { jsonObject, notNumeric, ok, quote, refused, throttled, unreadable } from '../classify.ts';
import { type Document, shrink } from '../document.ts';
import { bytes } from '../text.ts';
import { below, prefixed } from './address.ts';
import { feishuCard } from './feishu-card.ts';

/** "Card messages must not exceed 30 KB": the card inside the request, which is escaped once more. */
const CARD_BYTES = 28 * 1024;
const WAYS = ['app', 'sms', 'phone'];

const ADVICE: Record<string, string> = {
  10003: 'feishu-app-id is not valid: copy it from the developer console',
  10014: 'feishu-app-secret is not valid: copy it from the developer console',
  10015: 'feishu-app-secret is not valid: copy it from the developer console',
  99991663: 'the token was not taken: check feishu-api-url (Feishu and Lark are two worlds)',
  99991672: 'the app lacks a permission: give it im:message:send_as_bot and publish it',
  230001: 'a parameter was not taken: check feishu-chat-id (oc_…)',
  230002: 'the app is not in the chat: add the bot to the group',
  230006: "the app's bot is switched off: switch it on and publish the app",
  230013: 'a user is out of the app’s range: widen its availability',
  230018: 'the group lets only some speak: allow the bot',
  230025: 'the card was too long: report this with the log',
  230027: 'the app lacks a permission: give it im:message:send_as_bot and publish it',
  230028: "the company's content check refused it: leave personal data out",
  230099: 'the card was not taken: report this with the log',
};
/** Recalled, not ours, not found, or older than 14 days: a new message says it instead. */
const GONE = new Set([230011, 230012, 230030, 230031, 230110]);
const THROTTLED = new Set([230020, 11232, 99991400]);
/** The month's calls are used up: waiting does not help. */
const QUOTA = 99991403;
/** "Internal error", which passes. */
const BUSY = 2200;

/** Success is the number 0 in `code`; refusals come in HTTP 200 and 400. */
function judge(answer: Answer, done: (data: Record<string, unknown>) => Delivery): Delivery {
  const body = jsonObject(answer);
  if (!body || (body.code === undefined && answer.status >= 500)) return unreadable(answer);
  const { code } = body;
  const words = typeof body.msg === 'string' && body.msg ? ` (${quote(body.msg)})` : '';
  if (typeof code !== 'number') return notNumeric(answer, body, code);
  if (code === 0)
    return answer.status === 200 ? done(Object(body.data) as Record<string, unknown>) : unreadable(answer);
  if (THROTTLED.has(code)) {
    return throttled(code, `Too many messages${words}: a chat takes 5 a second from all its bots.`, {
      retry: { baseMs: 1000, tries: 4 },
    });
  }
  if (code === QUOTA) {
    const advice = "buy more, or use a custom bot's feishu-webhook, which is not counted";
    return throttled(code, `The company's API calls of this month are used up${words}: ${advice}.`);
  }
  if (code === BUSY) {
    return refused(code, `Feishu is busy${words}: run the step again.`, { retry: { baseMs: 1000, tries: 4 } });
  }
  return refused(code, `Feishu refused${words}: ${ADVICE[code] ?? "look the code up in Feishu's list"}.`, {
    ...(answer.status >= 500 ? { retry: {} } : {}),
    ...(GONE.has(code) ? { gone: true as const } : {}),
  });
}

function classify(answer: Answer): Delivery {
  return judge(answer, ({ message_id, invalid_user_id_list: strangers }) => {
    if (Array.isArray(strangers) && strangers.length) {
      return refused('invalid_user_id', 'Feishu does not know everybody to ring: correct feishu-urgent-users (ou_…).');
    }
    return ok(0, typeof message_id === 'string' ? { ref: { id: message_id } } : {});
  });
}

const call = (settings: Target['settings'], method: Request['method'], path: string, body: object): Request => {
  const { url } = below(prefixed(settings['api-url'] ?? 'https://open.feishu.cn', '/open-apis'), path);
  return { url, method, body: JSON.stringify(body) };
};

const card = (document: Document): string => {
  const write = (d: Document) => JSON.stringify(feishuCard(d));
  return write(shrink(document, (d) => bytes(write(d)) <= CARD_BYTES));
};

const askToken = ({ settings }: Target): Request =>
  call(settings, 'POST', '/auth/v3/tenant_access_token/internal', {
    app_id: settings['app-id'],
    app_secret: settings['app-secret'],
  });

export const feishuApp: Channel = {
  name: 'feishu',
  kind: 'feishu-app',
  // A uuid already seen within the hour is not posted twice.
  idempotent: true,
  settings: {
    'app-id': { input: 'feishu-app-id', required: true },
    'app-secret': { input: 'feishu-app-secret', secret: true, required: true },
    'chat-id': { input: 'feishu-chat-id', required: true },
    urgent: { input: 'feishu-urgent' },
    'urgent-users': { input: 'feishu-urgent-users', lines: true },
    'api-url': { input: 'feishu-api-url', url: true },
  },
  check({ urgent, 'urgent-users': users }) {
    if (urgent && !WAYS.includes(urgent)) return 'urgent is app, sms or phone.';
    if (urgent && !users) return 'urgent rings nobody without urgent-users.';
    if (users && !urgent) return 'urgent-users are rung only when urgent is app, sms or phone.';
    return undefined;
  },
  authorize: {
    request: askToken,
    classify(answer) {
      const token = jsonObject(answer)?.tenant_access_token;
      const delivery = judge(answer, () => (typeof token === 'string' && token ? ok(0) : unreadable(answer)));
      return delivery.outcome === 'delivered'
        ? { headers: { authorization: `Bearer ${token}` } }
        : { failed: delivery };
    },
  },
  render(document, { name, settings }, { id, thread }) {
    const uuid = createHash('sha256').update(`${id}\n${name}`).digest('hex').slice(0, 32);
    const message = { msg_type: 'interactive', content: card(document), uuid };
    return thread?.id
      ? [call(settings, 'POST', `/im/v1/messages/${encodeURIComponent(thread.id)}/reply`, message)]
      : [
          call(settings, 'POST', '/im/v1/messages?receive_id_type=chat_id', {
            receive_id: settings['chat-id'],
            ...message,
          }),
        ];
  },
  followUp(document, { settings }, ref) {
    const { urgent, 'urgent-users': users } = settings;
    if (!urgent || !users || document.message.severity !== 'critical') return [];
    const path = `/im/v1/messages/${encodeURIComponent(ref.id!)}/urgent_${urgent}?user_id_type=open_id`;
    return [{ ...call(settings, 'PATCH', path, { user_id_list: users.split('\n') }), label: `ringing by ${urgent}` }];
  },
  places: ['id'],
  update: (document, { settings }, ref) => [
    call(settings, 'PATCH', `/im/v1/messages/${encodeURIComponent(ref.id!)}`, { content: card(document) }),
  ],
  classify,
  probe: {
    request: askToken,
    classify(answer) {
      const delivery = judge(answer, () => ok(0));
      if (delivery.outcome !== 'delivered') return delivery;
      return { ...delivery, outcome: 'accepted', reason: 'App ID and secret are valid; the chat is not proved.' };
    },
  },
};
