import type { Answer, Channel, Delivery, Request, Target } from '../channel.ts';
import { jsonObject, quote, refused, throttled, unreadable } from '../classify.ts';
import { type Document, shrink } from '../document.ts';
import { basic, below } from './address.ts';
import { escapeHtml } from './html.ts';

/** Twilio cuts nothing: a body over 1600 characters is refused. */
const SMS_CHARS = 1600;
/** TwiML of a call is refused over 4000 characters. */
const SPOKEN_CHARS = 1000;

/** An SMS is paid by the piece, so facts that the subject already holds stay out. */
const sms = ({ subject, story, text, links }: Document): string =>
  [subject, ...story, text, links[0]?.url ?? ''].filter(Boolean).join('\n');

function twiml(document: Document): string {
  const spoken = ({ subject, story }: Document) => [subject, ...story].join('. ');
  const small = shrink({ ...document, facts: [], text: '' }, (d) => spoken(d).length <= SPOKEN_CHARS);
  const language = document.locale === 'zh-CN' ? 'zh-CN' : 'en-US';
  return `<Response><Say language="${language}" loop="2">${escapeHtml(spoken(small))}</Say></Response>`;
}

const ADVICE: Record<number, string> = {
  20003: 'account SID or auth token is not valid: check them',
  20404: 'account SID is not known: check it',
  21210: 'twilio-from is not a verified number: check it',
  21211: 'a number to reach is not valid: write it as +8613800000000',
  21212: 'twilio-from is not valid: write it as +14155550100',
  21214: 'a number to reach can’t be reached: correct it',
  21408: 'sending to that country is not allowed: allow it in Geo permissions',
  21606: 'twilio-from can’t send SMS: choose a number that can',
  21608: 'a trial account reaches verified numbers only: verify it or upgrade',
  21610: 'the person has unsubscribed by STOP: they must send START',
  21612: 'there is no route from this number to that one: choose another sender',
  21614: 'a number to reach is not a mobile phone: correct it',
};

/** 201 with a sid: queued, or already given up in the same breath. */
function classify(answer: Answer): Delivery {
  const body = jsonObject(answer);
  if (!body) return unreadable(answer);
  if (answer.status === 201 && typeof body.sid === 'string' && body.sid) {
    if (body.status === 'failed' || body.status === 'undelivered' || body.status === 'canceled') {
      const code = typeof body.error_code === 'number' ? body.error_code : quote(body.status);
      return refused(code, `Twilio gave it up at once: ${ADVICE[Number(code)] ?? 'look it up in the Twilio console'}.`);
    }
    return { outcome: 'accepted', code: '201', reason: 'Queued by Twilio; whether it arrives stands in its log.' };
  }
  if (answer.status < 400 || typeof body.code !== 'number') return unreadable(answer);
  const words = typeof body.message === 'string' ? ` (${quote(body.message)})` : '';
  if (body.code === 20429 || body.code === 14107 || body.code === 21611) {
    return answer.status === 429
      ? refused(body.code, '')
      : throttled(body.code, `Too many messages${words}: try again later.`, { retry: {} });
  }
  const busy = answer.status >= 500;
  const advice =
    ADVICE[body.code] ?? (busy ? 'Twilio is in trouble: run the step again' : "look the code up in Twilio's list");
  return refused(body.code, `Twilio refused${words}: ${advice}.`, busy ? { retry: {} } : {});
}

function call({ settings }: Target, page: string, form: Record<string, string>, label: string): Request {
  const sid = settings['account-sid']!;
  const path = `/2010-04-01/Accounts/${encodeURIComponent(sid)}/${page}`;
  return {
    url: below(settings['api-url'] ?? 'https://api.twilio.com', path).url,
    headers: {
      authorization: basic(sid, settings['auth-token']!),
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams(form).toString(),
    label,
    independent: true,
  };
}

export const twilio: Channel = {
  name: 'twilio',
  kind: 'twilio',
  settings: {
    'account-sid': { input: 'twilio-account-sid', required: true },
    'auth-token': { input: 'twilio-auth-token', secret: true, required: true },
    from: { input: 'twilio-from', required: true },
    to: { input: 'twilio-to', lines: true },
    'voice-to': { input: 'twilio-voice-to', lines: true },
    'api-url': { input: 'twilio-api-url', url: true },
  },
  forms: (settings) => [basic(settings['account-sid']!, settings['auth-token']!).split(' ')[1]!],
  check({ from, to, 'voice-to': called }) {
    if (called && from!.startsWith('MG')) return 'a call needs a number in from, not a messaging service.';
    return to || called ? undefined : 'there is nobody to reach: give to for SMS, or voice-to for calls.';
  },
  render(document, target) {
    const { from, to, 'voice-to': called } = target.settings;
    const body = sms(shrink({ ...document, facts: [] }, (d) => sms(d).length <= SMS_CHARS));
    // A messaging service picks the number itself; calls need a number.
    const sender: Record<string, string> = from!.startsWith('MG') ? { MessagingServiceSid: from! } : { From: from! };
    const messages = (to?.split('\n') ?? []).map((number, i) =>
      call(target, 'Messages.json', { To: number, ...sender, Body: body }, `SMS ${i + 1}`),
    );
    // With an SMS beside it, a call is for what can't wait.
    const ring = called !== undefined && (!to || document.message.severity === 'critical');
    const calls = (ring ? called.split('\n') : []).map((number, i) =>
      call(target, 'Calls.json', { To: number, From: from!, Twiml: twiml(document) }, `call ${i + 1}`),
    );
    return [...messages, ...calls];
  },
  classify,
};
