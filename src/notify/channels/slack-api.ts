import type { Answer, Channel, Delivery } from '../channel.ts';
import { jsonObject, ok, quote, refused, throttled, unreadable } from '../classify.ts';
import type { Document } from '../document.ts';
import { below, prefixed } from './address.ts';
import { slackMessage } from './slack-blocks.ts';

const ADVICE: Record<string, string> = {
  invalid_auth: 'slack-token is not valid: copy the bot token (xoxb-…) anew',
  not_authed: 'slack-token did not arrive: look for a proxy that drops headers',
  token_revoked: 'slack-token was revoked: install the app again',
  token_expired: 'slack-token has expired: make a new one',
  account_inactive: 'the bot was removed: install the app again',
  missing_scope: 'the bot lacks a scope: add chat:write and install the app again',
  channel_not_found: 'slack-channel is not known to the bot: give the channel ID (C…) and invite the bot',
  not_in_channel: 'the bot is not in the channel: invite it',
  is_archived: 'the channel is archived: choose another',
  restricted_action: 'an admin forbids it: ask for the bot to be allowed',
  invalid_blocks: 'the message was not taken: report this with the log',
  msg_too_long: 'the message was too long: report this with the log',
};
const TRANSIENT = new Set(['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout']);
/** The message to edit can't be edited any more; a new one says it instead. */
const GONE = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed']);

/** What Slack says beside the code: `errors`, `needed` (a scope), and the messages of `response_metadata`. */
function details(body: Record<string, unknown>): string {
  const messages = (body.response_metadata as { messages?: unknown } | undefined)?.messages;
  const said = [...list(body.errors), ...list(messages)];
  if (typeof body.needed === 'string') said.push(`needed: ${body.needed}`);
  return said.join('; ');
}

const list = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];

/** HTTP 200 says nothing: success is `"ok": true`. */
function classify(answer: Answer): Delivery {
  const body = jsonObject(answer);
  if (!body || typeof body.ok !== 'boolean') return unreadable(answer);
  if (body.ok) {
    if (answer.status !== 200) return unreadable(answer);
    const { channel, ts } = body;
    return ok(200, typeof channel === 'string' && typeof ts === 'string' ? { ref: { channel, ts } } : {});
  }
  const code = typeof body.error === 'string' && body.error ? body.error : String(answer.status);
  const shown = quote(code);
  if (code === 'ratelimited' || code === 'rate_limited') {
    // Over HTTP 429 the wait stands in Retry-After, which send.ts reads.
    return answer.status === 429
      ? refused(shown, '')
      : throttled(shown, 'Slack has had too many messages: wait a minute, or send fewer (needs, routes).', {
          retry: {},
        });
  }
  const detail = details(body);
  const words = detail ? ` (${shown}: ${quote(detail)})` : ` (${shown})`;
  const retry = TRANSIENT.has(code) || answer.status >= 500 ? { retry: {} } : {};
  const advice =
    ADVICE[code] ?? ('retry' in retry ? 'Slack is in trouble: run the step again' : "look the code up in Slack's list");
  return refused(shown, `Slack refused${words}: ${advice}.`, {
    ...retry,
    ...(GONE.has(code) ? { gone: true } : {}),
  });
}

const call = (settings: Readonly<Record<string, string>>, method: string, body: object) => {
  const { url } = below(prefixed(settings['api-url'] ?? 'https://slack.com', '/api'), `/${method}`);
  return { url, headers: { authorization: `Bearer ${settings.token}` }, body: JSON.stringify(body) };
};

const message = (document: Document) => ({ ...slackMessage(document), unfurl_links: false, unfurl_media: false });

export const slackApi: Channel = {
  name: 'slack',
  kind: 'slack-api',
  settings: {
    token: { input: 'slack-token', secret: true, required: true },
    channel: { input: 'slack-channel', required: true },
    'api-url': { input: 'slack-api-url', url: true },
  },
  render(document, { settings }, { thread }) {
    // `reply_broadcast` shows a reply in the channel as well: a mishap hidden in a thread would go unseen.
    const reply = thread?.ts ? { thread_ts: thread.ts, reply_broadcast: true } : {};
    return [call(settings, 'chat.postMessage', { channel: settings.channel, ...message(document), ...reply })];
  },
  places: ['channel', 'ts'],
  update: (document, { settings }, ref) => [
    call(settings, 'chat.update', { channel: ref.channel, ts: ref.ts, ...slackMessage(document) }),
  ],
  classify,
  probe: {
    request: ({ settings }) => call(settings, 'auth.test', {}),
    classify(answer) {
      const delivery = classify(answer);
      if (delivery.outcome !== 'delivered') return delivery;
      return {
        ...delivery,
        outcome: 'accepted',
        reason: 'The token is valid; whether the bot is in the channel is not proved.',
      };
    },
  },
};
