import { json, parse, RateWindow, type Receiver } from './receiver.ts';

interface Card {
  type?: string;
  version?: string;
  body?: { type?: string; text?: string; facts?: unknown[] }[];
  actions?: { type?: string; title?: string; url?: string }[];
  msteams?: { entities?: { type?: string; text?: string; mentioned?: { id?: string; name?: string } }[] };
}

const no = (status: number, code: string, message: string) => json({ error: { code, message } }, status);

/** What would make the flow die after it said 202; undefined when the card would be shown. */
export function teamsFault(message: Record<string, unknown> | undefined): string | undefined {
  const attachments = message?.attachments as { contentType?: string; content?: Card }[] | undefined;
  if (message?.type !== 'message' || !Array.isArray(attachments) || !attachments.length) return 'foreach of Null';
  for (const { contentType, content } of attachments) {
    if (contentType !== 'application/vnd.microsoft.card.adaptive') return 'contentType';
    if (content?.type !== 'AdaptiveCard' || !content.body?.length) return 'card';
    if (!/^1\.[0-4]$/.test(content.version ?? '')) return 'version';
    if (content.body.some((b) => b.type === 'TextBlock' && typeof b.text !== 'string')) return 'TextBlock';
    if ((content.actions ?? []).some((a) => a.type !== 'Action.OpenUrl' || !a.title || !a.url)) return 'action';
    for (const entity of content.msteams?.entities ?? []) {
      if (!entity.mentioned?.id || !content.body.some((b) => b.text?.includes(entity.text ?? '\0'))) return 'entity';
    }
  }
  return undefined;
}

/** A Teams workflow: 202 whatever the card is like; `taken` says whether it would have been shown. */
export function teams({ sig = 'teamsflowsignature0123456789' } = {}): Receiver {
  const rate = new RateWindow(4, 1000);
  return {
    channel: 'teams',
    owns: (url) => url.pathname.endsWith('/triggers/manual/paths/invoke'),
    inputs: (base) => ({ 'teams-webhook': `${base}/workflows/0a1b2c/triggers/manual/paths/invoke?sp=run&sig=${sig}` }),
    answer({ url, body, at }) {
      if (url.searchParams.get('sig') !== sig) {
        return no(
          401,
          'DirectApiAuthorizationRequired',
          'The request must be authenticated only by Shared Access scheme.',
        );
      }
      if (Buffer.byteLength(body) > 28 * 1024) return no(413, 'RequestEntityTooLarge', 'The message is too large.');
      if (!rate.admit(at))
        return { ...no(429, 'TooManyRequests', 'Rate limit is exceeded.'), headers: { 'retry-after': '1' } };
      const message = parse(body);
      if (!message) return no(400, 'InvalidRequestContent', 'The request content is not valid JSON.');
      const card = (message.attachments as { content?: Card }[] | undefined)?.[0]?.content;
      const taken = teamsFault(message) === undefined;
      const rings = taken ? (card?.msteams?.entities ?? []).map((e) => e.mentioned!.id!) : [];
      return { status: 202, body: '', rings, taken };
    },
  };
}
