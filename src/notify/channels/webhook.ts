import { createHmac } from 'node:crypto';
import type { Answer, Channel, Delivery } from '../channel.ts';
import { jsonObject, ok, quote, refused, throttled, unreadable } from '../classify.ts';
import type { Document } from '../document.ts';
import { below } from './address.ts';

const keyOf = (secret: string): Buffer => Buffer.from(secret.replace(/^whsec_/, ''), 'base64');

/** Standard Webhooks: base64 of HMAC-SHA256 over `id.seconds.body`; the key is the base64 behind `whsec_`. */
export const sign = (secret: string, id: string, seconds: number, body: string): string =>
  `v1,${createHmac('sha256', keyOf(secret)).update(`${id}.${seconds}.${body}`).digest('base64')}`;

/** A documented, stable form for machines; what is not known is left out. */
function payload(document: Document): object {
  const { message, subject, story, links } = document;
  const { event, severity, drill, environment, service, version, previous, serving, state, verdict, why } = message;
  const { kind, traffic, share } = message.ending;
  return {
    type: `seatrial.${event}`,
    timestamp: new Date(message.at).toISOString(),
    data: {
      ...{ event, severity, drill, environment, service, version, previous, serving, state, verdict, why },
      ending: { kind, traffic, ...(share ? { share } : {}) },
      code: message.code,
      commit: message.commit,
      customers: message.customers,
      subject,
      story,
      text: message.text,
      fields: message.fields,
      jobs: message.jobs,
      who: message.who,
      links: links.map(({ label, url }) => ({ label, url })),
      locale: document.locale,
    },
  };
}

const secretsOf = (secret: string) => secret.split('\n').map((line) => line.trim());

/** Any 2xx is a yes; the body is the receiver's own business. */
function classify(answer: Answer): Delivery {
  const { status } = answer;
  if (status >= 200 && status < 300) return ok(status);
  if (status === 410) return refused(410, 'The receiver wants no more messages at this address: take webhook-url out.');
  if (status === 502 || status === 504) {
    return throttled(status, `HTTP ${status}: the receiver is overloaded or down; try again later.`, { retry: {} });
  }
  if (status >= 500) return unreadable(answer);
  const body = jsonObject(answer);
  const said = [body?.message, body?.error, body?.detail].find((words) => typeof words === 'string');
  const words = said ? ` (${quote(said as string)})` : '';
  const advice = status === 401 || status === 403 ? 'check webhook-secret and the clock' : 'check webhook-url';
  return refused(status, `The receiver refused with HTTP ${status}${words}: ${advice}.`);
}

export const webhook: Channel = {
  name: 'webhook',
  kind: 'webhook',
  // The receiver knows a repeated message by its webhook-id.
  idempotent: true,
  settings: {
    url: { input: 'webhook-url', secret: true, required: true, url: true },
    secret: { input: 'webhook-secret', secret: true },
  },
  forms: ({ secret }) => (secret ? secretsOf(secret).map((one) => one.replace(/^whsec_/, '')) : []),
  check({ secret }) {
    if (secret === undefined) return undefined;
    const wrong = secretsOf(secret).some((one) => {
      const key = one.replace(/^whsec_/, '');
      return !/^[A-Za-z0-9+/]+={0,2}$/.test(key) || keyOf(one).length < 16;
    });
    return wrong ? 'secret is whsec_ and base64 of at least 16 bytes; two, one a line, while rotating.' : undefined;
  },
  render(document, { settings }, { id }) {
    const { url, headers } = below(settings.url!, '');
    return [{ url, headers: { ...headers, 'webhook-id': `msg_${id}` }, body: JSON.stringify(payload(document)) }];
  },
  // Signed for each try, so that the time is never stale; the id stays.
  sign(request, { settings }, { now }) {
    const seconds = Math.floor(now / 1000);
    const id = request.headers!['webhook-id']!;
    const secrets = settings.secret ? secretsOf(settings.secret) : [];
    const signature = secrets.map((secret) => sign(secret, id, seconds, request.body!)).join(' ');
    return {
      ...request,
      headers: {
        ...request.headers,
        'webhook-timestamp': String(seconds),
        ...(signature ? { 'webhook-signature': signature } : {}),
      },
    };
  },
  classify,
};
