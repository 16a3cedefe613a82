import { json, parse, RateWindow, type Receiver } from './receiver.ts';

const no = (code: number, http: number, error: string) =>
  json({ code, http, error, link: 'https://ntfy.sh/docs' }, http);

/** ntfy: JSON to the root, a topic of 64 letters, 4096 bytes a message, three buttons, a bucket of requests. */
export function ntfy({ topic = 'shop-alerts-0123456789', token = 'tk_0123456789abcdefghijklmnopqrs' } = {}): Receiver {
  const rate = new RateWindow(60, 60_000);
  return {
    channel: 'ntfy',
    owns: (url) => url.pathname === '/' || url.pathname === '/v1/health',
    inputs: (base) => ({ 'ntfy-api-url': base, 'ntfy-topic': topic, 'ntfy-token': token }),
    answer({ url, body, at, headers }) {
      if (url.pathname === '/v1/health') return json({ healthy: true });
      const message = parse(body) as Record<string, unknown> | undefined;
      if (!message) return no(40024, 400, 'invalid request: request body must be valid JSON');
      if (!/^[-_A-Za-z0-9]{1,64}$/.test(String(message.topic))) return no(40009, 400, 'invalid request: topic invalid');
      if (headers.authorization !== `Bearer ${token}`) return no(40101, 401, 'unauthorized');
      if (message.topic !== topic) return no(40301, 403, 'forbidden');
      if (!rate.admit(at)) return no(42901, 429, 'limit reached: too many requests');
      const priority = message.priority ?? 3;
      if (!Number.isInteger(priority) || Number(priority) < 1 || Number(priority) > 5)
        return no(40007, 400, 'invalid priority parameter');
      const actions = (message.actions ?? []) as { action?: string; label?: string; url?: string }[];
      const odd = actions.some((one) => one.action !== 'view' || !one.label || !URL.canParse(one.url ?? ''));
      if (actions.length > 3 || odd) return no(40018, 400, 'invalid request: actions invalid');
      const text = String(message.message ?? '');
      if (Buffer.byteLength(text) > 4096) return no(41301, 413, 'attachment too large, or bandwidth limit reached');
      const kept = { id: 'hwQ2YpKdmg', time: 1, event: 'message', topic, message: text };
      return { ...json(kept), rings: Number(priority) > 2 ? ['phone'] : [], taken: true };
    },
  };
}
