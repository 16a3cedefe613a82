import { type Incoming, json, parse, RateWindow, type Receiver } from './receiver.ts';

const no = (errcode: number, errmsg: string) => json({ errcode, errmsg });

interface Card {
  card_type?: string;
  main_title?: { title?: string };
  sub_title_text?: string;
  horizontal_content_list?: { keyname?: string; value?: string }[];
  jump_list?: { title?: string; url?: string }[];
  card_action?: { type?: number; url?: string };
}

interface Message {
  msgtype?: string;
  text?: { content?: string; mentioned_list?: string[]; mentioned_mobile_list?: string[] };
  markdown?: { content?: string };
  template_card?: Card;
}

function cardFault(card: Card): string | undefined {
  if (card.card_type !== 'text_notice') return 'invalid card_type';
  if (!card.card_action?.type || !card.card_action.url) return 'card_action is required';
  if (!card.main_title?.title || card.main_title.title.length > 26) return 'main_title.title exceeds 26';
  if ((card.sub_title_text ?? '').length > 112) return 'sub_title_text exceeds 112';
  if ((card.horizontal_content_list ?? []).length > 6) return 'horizontal_content_list exceeds 6';
  if ((card.jump_list ?? []).length > 3) return 'jump_list exceeds 3';
  return undefined;
}

/** A WeCom message-push bot: no signature, lengths in bytes, 20 a minute. */
export function wecom({ key = 'wecomkey-0123-4567-89ab' } = {}): Receiver {
  const rate = new RateWindow(20, 60_000);
  return {
    channel: 'wecom',
    owns: (url) => url.pathname === '/cgi-bin/webhook/send',
    inputs: (base) => ({ 'wecom-webhook': `${base}/cgi-bin/webhook/send?key=${key}` }),
    answer({ url, body, at }: Incoming) {
      if (url.searchParams.get('key') !== key) return no(93000, 'invalid webhook url');
      if (!rate.admit(at)) return no(45009, 'api freq out of limit');
      const message = parse(body) as Message | undefined;
      const ok = (rings: string[]) => ({ ...json({ errcode: 0, errmsg: 'ok' }), rings, taken: true });
      if (message?.msgtype === 'text') {
        const { content = '', mentioned_list: users = [], mentioned_mobile_list: mobiles = [] } = message.text ?? {};
        if (content === '') return no(44004, 'empty content');
        if (Buffer.byteLength(content) > 2048) return no(40058, 'content exceed max length 2048');
        return ok([...users, ...mobiles]);
      }
      if (message?.msgtype === 'markdown') {
        const content = message.markdown?.content ?? '';
        if (content === '') return no(44004, 'empty content');
        if (Buffer.byteLength(content) > 4096) return no(40058, 'markdown.content exceed max length 4096');
        return ok([...content.matchAll(/<@([^>\s]+)>/g)].map((found) => found[1]!));
      }
      if (message?.msgtype === 'template_card') {
        const fault = cardFault(message.template_card ?? {});
        return fault ? no(40058, fault) : ok([]);
      }
      return no(40008, 'invalid message type');
    },
  };
}
