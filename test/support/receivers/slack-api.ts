import { json, parse, RateWindow, type Receiver, type Reply } from './receiver.ts';
import { slackFault, slackRings } from './slack.ts';

const no = (error: string, more: object = {}): Reply => json({ ok: false, error, ...more });

/** JSON as we send it, or a form with JSON in its fields as the official client does. */
function formOf(body: string, type: string): Record<string, unknown> | undefined {
  if (type.startsWith('application/json')) return parse(body);
  return Object.fromEntries(
    [...new URLSearchParams(body)].map(([key, value]) => [key, /^[[{]/.test(value) ? JSON.parse(value) : value]),
  );
}

/** Slack's Web API: HTTP 200 for refusals too, one message a second and channel after a short burst. */
export function slackApi({ token = 'xoxb-slacktoken-0123456789', channel = 'C0123456789', burst = 5 } = {}): Receiver {
  const rate = new RateWindow(burst, burst * 1000);
  const posted = new Map<string, string>();
  return {
    channel: 'slack',
    owns: (url) => /\/api\/(chat\.postMessage|chat\.update|auth\.test)$/.test(url.pathname),
    inputs: (base) => ({ 'slack-api-url': base, 'slack-token': token, 'slack-channel': channel }),
    answer({ url, headers, body, at }) {
      const method = url.pathname.split('/').at(-1)!;
      const form = formOf(body, headers['content-type'] ?? '');
      if (!form) return no('invalid_json');
      const given = headers.authorization?.replace(/^Bearer /, '') ?? form.token;
      if (!given) return no('not_authed');
      if (given !== token) return no('invalid_auth');
      if (method === 'auth.test') return json({ ok: true, team: 'T', user: 'seatrial', bot_id: 'B1' });
      if (form.channel !== channel) return no('channel_not_found');
      if (!rate.admit(at)) {
        return { ...json({ ok: false, error: 'ratelimited' }, 429), headers: { 'retry-after': '1' } };
      }
      const fault = slackFault(form as Parameters<typeof slackFault>[0]);
      if (fault) return no(fault);
      const say = (ts: string, rings: string[]) => {
        posted.set(ts, JSON.stringify(form));
        return { ...json({ ok: true, channel, ts, message: { text: form.text } }), rings, taken: true };
      };
      if (method === 'chat.update') {
        const ts = String(form.ts);
        // An edit rings nobody.
        return posted.has(ts) ? say(ts, []) : no('message_not_found');
      }
      if (form.thread_ts && !posted.has(String(form.thread_ts))) return no('thread_not_found');
      const ts = `${Math.floor(at / 1000)}.${String(posted.size).padStart(6, '0')}`;
      return say(ts, slackRings(form as Parameters<typeof slackRings>[0]));
    },
  };
}
