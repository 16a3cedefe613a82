import { json, parse, type Receiver } from './receiver.ts';

const LEVELS = ['critical', 'active', 'timeSensitive', 'passive'];
const no = (code: number, message: string) => json({ code, message, timestamp: 0 }, code);

/** A Bark server's API V2: known device keys, and Apple's 4096 bytes for the whole notification. */
export function bark({ key = 'barkkey0123456789abcde' } = {}): Receiver {
  return {
    channel: 'bark',
    owns: (url) => /\/(push|ping)$/.test(url.pathname),
    inputs: (base) => ({ 'bark-api-url': base, 'bark-key': key }),
    answer({ url, body, headers }) {
      if (url.pathname.endsWith('/ping')) return json({ code: 200, message: 'pong', timestamp: 0 });
      if (!headers['content-type']?.startsWith('application/json')) return no(400, 'request bind failed');
      const push = parse(body) as Record<string, string> | undefined;
      if (!push) return no(400, 'request bind failed');
      if (!push.device_key) return no(400, 'device key is empty');
      if (push.device_key !== key) {
        return no(400, `failed to get device token: failed to get [${push.device_key}] device token from database`);
      }
      if (!push.title && !push.body) return no(400, 'title and body are empty');
      if (push.level && !LEVELS.includes(push.level)) return no(400, 'level is not known');
      if (push.url && !URL.canParse(push.url)) return no(400, 'url is invalid');
      if (Buffer.byteLength(body) > 4096) return no(500, 'push failed: APNs push failed: PayloadTooLarge');
      const rings = push.level === 'passive' ? [] : ['phone'];
      return { ...json({ code: 200, message: 'success', timestamp: 1 }), rings, taken: true };
    },
  };
}
