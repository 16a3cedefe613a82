import { createHmac } from 'node:crypto';
import { json, parse, type Receiver } from './receiver.ts';

/** A receiver of Standard Webhooks: id, time within five minutes, signature; a repeated id is taken once. */
export function webhook({
  secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  path = '/hooks/a1b2c3d4e5f6a7b8',
} = {}): Receiver {
  const seen = new Set<string>();
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  return {
    channel: 'webhook',
    owns: (url) => url.pathname.endsWith(path),
    inputs: (base) => ({ 'webhook-url': base + path, 'webhook-secret': secret }),
    answer({ headers, body, at }) {
      const { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': signatures = '' } = headers;
      if (!id || !seconds) return json({ message: 'missing headers' }, 400);
      if (Math.abs(Number(seconds) * 1000 - at) > 300_000) return json({ message: 'timestamp too old or new' }, 401);
      const right = `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`;
      if (!signatures.split(' ').includes(right)) return json({ message: 'no matching signature' }, 401);
      if (typeof parse(body)?.type !== 'string') return json({ message: 'no type' }, 400);
      const taken = !seen.has(id);
      seen.add(id);
      return { status: 204, body: '', rings: [], taken };
    },
  };
}
