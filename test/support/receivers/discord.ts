import { json, parse, RateWindow, type Receiver } from './receiver.ts';

interface Embed {
  title?: string;
  description?: string;
  fields?: { name?: string; value?: string }[];
}
interface Message {
  content?: string;
  embeds?: Embed[];
  flags?: number;
  allowed_mentions?: { parse?: string[]; users?: string[] };
}

const no = (status: number, code: number, message: string, more = {}) => json({ message, code, ...more }, status);

export function discordFault({ content = '', embeds = [] }: Message): [number, string] | undefined {
  if (!content && !embeds.length) return [50006, 'Cannot send an empty message'];
  const fields = embeds.flatMap((e) => e.fields ?? []);
  const sum = embeds.reduce((n, e) => n + (e.title ?? '').length + (e.description ?? '').length, 0);
  const all = fields.reduce((n, f) => n + (f.name ?? '').length + (f.value ?? '').length, sum);
  const bad =
    content.length > 2000 ||
    embeds.length > 10 ||
    embeds.some((e) => (e.title ?? '').length > 256 || (e.description ?? '').length > 4096) ||
    embeds.some((e) => (e.fields ?? []).length > 25) ||
    fields.some((f) => !f.name || f.name.length > 256 || !f.value || f.value.length > 1024) ||
    all > 6000;
  return bad ? [50035, 'Invalid Form Body'] : undefined;
}

/** Only the content rings, and only whom `allowed_mentions` lets it. */
function ringsOf({ content = '', allowed_mentions: allowed, flags = 0 }: Message): string[] {
  if (flags & (1 << 12)) return [];
  const users = [...content.matchAll(/<@(\d+)>/g)].map((m) => m[1]!);
  const everyone = /@everyone|@here/.test(content);
  if (!allowed) return [...(everyone ? ['everyone'] : []), ...users];
  return [
    ...(everyone && allowed.parse?.includes('everyone') ? ['everyone'] : []),
    ...users.filter((id) => allowed.parse?.includes('users') || allowed.users?.includes(id)),
  ];
}

/** A Discord webhook: 204 for who does not wait, the saved message for who does; edits by the same token. */
export function discord({ id = '112233445566778899', token = 'discordwebhooktoken0123456789' } = {}): Receiver {
  const rate = new RateWindow(5, 2000);
  const messages = new Map<string, Message>();
  return {
    channel: 'discord',
    owns: (url) => url.pathname.includes('/api/webhooks/'),
    inputs: (base) => ({ 'discord-webhook': `${base}/api/webhooks/${id}/${token}` }),
    answer({ method, url, body, at }) {
      const [, hook, key, message] = /\/api\/webhooks\/(\w+)\/([\w-]+)(?:\/messages\/(\w+))?$/.exec(url.pathname) ?? [];
      if (hook !== id) return no(404, 10015, 'Unknown Webhook');
      if (key !== token) return no(401, 50027, 'Invalid Webhook Token');
      if (method === 'GET') return { ...json({ id, type: 1, channel_id: '42' }), taken: false };
      if (!rate.admit(at)) return no(429, 0, 'You are being rate limited.', { retry_after: 0.3, global: false });
      const form = parse(body) as Message | undefined;
      const fault = form ? discordFault(form) : ([50109, 'The request body contains invalid JSON.'] as const);
      if (fault) return no(400, fault[0], fault[1]);
      if (method === 'PATCH') {
        if (!messages.has(message!)) return no(404, 10008, 'Unknown Message');
        messages.set(message!, form!);
        // An edit rings nobody.
        return { ...json({ id: message, content: form!.content }), rings: [], taken: true };
      }
      if (url.searchParams.get('wait') !== 'true') return { status: 204, body: '', taken: false };
      const made = String(900_000 + messages.size);
      messages.set(made, form!);
      return { ...json({ id: made, channel_id: '42', content: form!.content }), rings: ringsOf(form!), taken: true };
    },
  };
}
