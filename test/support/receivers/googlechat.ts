import { json, parse, RateWindow, type Receiver } from './receiver.ts';

const no = (code: number, status: string, message: string) => json({ error: { code, message, status } }, code);
const KEYS = ['text', 'cardsV2', 'thread'];

/** An incoming webhook of Google Chat: key and token, cards of version 2, 32,000 bytes, one a second and space. */
export function googlechat({
  key = 'googlekey0123456789abcdef',
  token = 'googletoken0123456789abcdef',
  perSecond = 1000,
} = {}): Receiver {
  const rate = new RateWindow(perSecond, 1000);
  const threads = new Set<string>();
  return {
    channel: 'googlechat',
    owns: (url) => /^\/v1\/spaces\/[^/]+\/messages$/.test(url.pathname),
    inputs: (base) => ({ 'googlechat-webhook': `${base}/v1/spaces/AAAA/messages?key=${key}&token=${token}` }),
    answer({ url, body, at }) {
      if (url.searchParams.get('key') !== key) return no(400, 'INVALID_ARGUMENT', 'API key not valid.');
      if (url.searchParams.get('token') !== token) return no(401, 'UNAUTHENTICATED', 'invalid credentials');
      if (!rate.admit(at)) return no(429, 'RESOURCE_EXHAUSTED', 'Resource has been exhausted (e.g. check quota).');
      const message = parse(body) as Record<string, unknown> | undefined;
      const stranger = Object.keys(message ?? {}).find((name) => !KEYS.includes(name));
      if (!message || stranger) return no(400, 'INVALID_ARGUMENT', `Unknown name "${stranger}": Cannot find field.`);
      if (Buffer.byteLength(body) > 32_000) return no(400, 'INVALID_ARGUMENT', 'Message is too long.');
      const text = String(message.text ?? '');
      const [card] = (message.cardsV2 ?? []) as { cardId?: string; card?: { header?: { title?: string } } }[];
      if (!text && !card) return no(400, 'INVALID_ARGUMENT', 'Message cannot be empty.');
      if (card && (!card.cardId || !card.card?.header?.title))
        return no(400, 'INVALID_ARGUMENT', 'header.title is required');
      const asked = (message.thread as { name?: string } | undefined)?.name;
      const thread = asked && threads.has(asked) ? asked : `spaces/AAAA/threads/t${threads.size + 1}`;
      threads.add(thread);
      const rings = [...text.matchAll(/<users\/([^>\s]+)>/g)].map((found) => found[1]!);
      return { ...json({ name: 'spaces/AAAA/messages/m1.m1', thread: { name: thread }, text }), rings, taken: true };
    },
  };
}
