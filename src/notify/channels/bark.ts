import type { Answer, Channel, Delivery, RenderContext } from '../channel.ts';
import { jsonObject, ok, quote, refused, unreadable } from '../classify.ts';
import { type Document, shrink } from '../document.ts';
import { bytes } from '../text.ts';
import { below } from './address.ts';

/** Apple takes 4096 bytes for the whole notification; Bark's own keys need some of them. */
const BODY_BYTES = 3500;

/** `critical` rings through silence and focus, where the phone allows it. */
const LEVELS = { info: 'active', warning: 'timeSensitive', critical: 'critical' } as const;

const text = ({ story, text: own, facts, words }: Document): string =>
  [...story, own, ...facts.map(({ name, value }) => `${name}${words.colon}${value}`)].filter(Boolean).join('\n');

/**
 * One notification. A deploy's messages are grouped under its app.
 * @see https://github.com/Finb/bark-server/blob/master/docs/API_V2.md
 */
function write(document: Document, key: string, { silent }: RenderContext): string {
  const { message, subject, links } = document;
  const make = (d: Document) =>
    JSON.stringify({
      device_key: key,
      title: subject,
      body: text(d),
      level: silent ? 'passive' : LEVELS[message.severity],
      group: [message.environment, message.service].filter(Boolean).join('/') || 'seatrial',
      ...(links[0] ? { url: links[0].url } : {}),
    });
  return make(shrink(document, (d) => bytes(make(d)) <= BODY_BYTES));
}

function advice(words: string, status: number): string {
  if (/device token|device key/i.test(words)) return 'bark-key is not known to the server: copy it from the app anew';
  if (/BadDeviceToken|Unregistered/i.test(words))
    return 'the app is gone from the phone: open it, and copy its key anew';
  if (/PayloadTooLarge/i.test(words)) return 'the message was too long: report this with the log';
  if (status === 401 || status === 403) return 'bark-api-url needs a user and password: https://user:password@host';
  return status >= 500 ? 'look into the log of the Bark server' : 'check bark-key and bark-api-url';
}

/** Success is HTTP 200 with the number 200 in `code`: Apple has taken it. */
function classify(answer: Answer): Delivery {
  const body = jsonObject(answer);
  if (!body || typeof body.code !== 'number') return unreadable(answer);
  if (body.code === 200) return answer.status === 200 ? ok(200) : unreadable(answer);
  const said = typeof body.message === 'string' ? body.message : '';
  const words = said ? ` (${quote(said)})` : '';
  const retry = answer.status >= 500 ? { retry: {} } : {};
  return refused(body.code, `Bark refused${words}: ${advice(said, answer.status)}.`, retry);
}

export const bark: Channel = {
  name: 'bark',
  kind: 'bark',
  silent: true,
  settings: {
    key: { input: 'bark-key', secret: true, required: true },
    'api-url': { input: 'bark-api-url', url: true },
  },
  render(document, { settings }, context) {
    const { url, headers } = below(settings['api-url'] ?? 'https://api.day.app', '/push');
    return [{ url, headers, body: write(document, settings.key!, context) }];
  },
  classify,
  probe: {
    request: ({ settings }) => ({ ...below(settings['api-url'] ?? 'https://api.day.app', '/ping'), method: 'GET' }),
    classify(answer) {
      const delivery = classify(answer);
      return delivery.outcome === 'delivered'
        ? { outcome: 'accepted', code: '200', reason: 'The server answers; the key is not proved.' }
        : delivery;
    },
  },
};
