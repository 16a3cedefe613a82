import { json, parse, RateWindow, type Receiver } from './receiver.ts';

const no = (code: number, msg: string, status = 400) => json({ code, msg, data: {} }, status);

/** A Feishu app: tenant token, cards to one chat, edits for 14 days, urgent rings; 5 a second and chat. */
export function feishuApp({
  id = 'cli_a0b1c2d3e4',
  secret = 'feishuappsecret0123456789',
  chat = 'oc_0123456789abcdef',
  users = ['ou_oncall'],
} = {}): Receiver {
  const token = 't-tenanttoken0123456789';
  const rate = new RateWindow(5, 1000);
  const messages = new Map<string, number>();
  const uuids = new Map<string, string>();
  return {
    channel: 'feishu',
    owns: (url) => url.pathname.includes('/open-apis/auth/') || url.pathname.includes('/open-apis/im/v1/'),
    inputs: (base) => ({
      'feishu-api-url': base,
      'feishu-app-id': id,
      'feishu-app-secret': secret,
      'feishu-chat-id': chat,
    }),
    answer({ method, url, headers, body, at }) {
      const form = parse(body) ?? {};
      const path = url.pathname.replace(/^.*\/open-apis/, '');
      if (path === '/auth/v3/tenant_access_token/internal') {
        if (form.app_id !== id) return no(10003, 'invalid param', 200);
        if (form.app_secret !== secret) return no(10014, 'app secret invalid', 200);
        return json({ code: 0, msg: 'ok', tenant_access_token: token, expire: 7200 });
      }
      if (headers.authorization !== `Bearer ${token}`) return no(99991663, 'Invalid access token for authorization.');
      const [, message, verb] = /^\/im\/v1\/messages(?:\/([^/]+))?(?:\/(\w+))?$/.exec(path) ?? [];
      if (message && !messages.has(message)) return no(230030, 'The message id is invalid, record not found.');
      if (verb?.startsWith('urgent_') && method === 'PATCH') {
        const list = (form.user_id_list as string[] | undefined) ?? [];
        const strangers = list.filter((user) => !users.includes(user));
        const rings = list.filter((user) => users.includes(user));
        return { ...json({ code: 0, msg: 'success', data: { invalid_user_id_list: strangers } }), rings, taken: true };
      }
      if (!rate.admit(at)) return no(230020, 'This operation triggers the frequency limit.');
      const content = String(form.content ?? '');
      const card = parse(content);
      if (!card?.header || !Array.isArray(card.elements) || !card.elements.length) {
        return no(230099, 'Failed to create card content.');
      }
      if (Buffer.byteLength(content) > 30 * 1024)
        return no(230025, 'The length of the message content reaches its limit.');
      if (method === 'PATCH') {
        if ((card.config as { update_multi?: boolean } | undefined)?.update_multi !== true) {
          return no(230099, 'Failed to create card content.');
        }
        if (at - messages.get(message!)! > 14 * 86_400_000) {
          return no(230031, 'Message can only be modified within 14 days after sending.');
        }
        return { ...json({ code: 0, msg: 'success', data: {} }), rings: [], taken: true };
      }
      if (form.msg_type !== 'interactive') return no(230001, 'Your request contains an invalid request parameter.');
      if (!verb) {
        if (url.searchParams.get('receive_id_type') !== 'chat_id') return no(230001, 'receive_id_type is invalid.');
        if (form.receive_id !== chat) return no(230002, 'Bot/User can NOT be out of the chat.');
      }
      const uuid = String(form.uuid ?? '');
      const made = uuids.get(uuid) ?? `om_${String(messages.size).padStart(6, '0')}`;
      if (uuid) uuids.set(uuid, made);
      messages.set(made, at);
      const rings = [...content.matchAll(/<at id=\\?"?([^">\\]+)/g)].map((m) => m[1]!);
      return { ...json({ code: 0, msg: 'success', data: { message_id: made } }), rings, taken: true };
    },
  };
}
