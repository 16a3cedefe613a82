import { createHmac } from 'node:crypto';
import { type Incoming, json, parse, RateWindow, type Receiver } from './receiver.ts';

export interface DingtalkOptions {
  token?: string;
  /** Empty: signing is off. */
  secret?: string;
  keyword?: string;
}

const HOUR = 3_600_000;
const no = (errcode: number, errmsg: string) => json({ errcode, errmsg });

/** A DingTalk custom robot: HTTP 200 always, 20 a minute or shut for ten. */
export function dingtalk({
  token = 'dingtalktoken0123456789',
  secret = '',
  keyword = '',
}: DingtalkOptions = {}): Receiver {
  const rate = new RateWindow(20, 60_000, 600_000);
  const signature = (ms: string) => createHmac('sha256', secret).update(`${ms}\n${secret}`).digest('base64');
  return {
    channel: 'dingtalk',
    owns: (url) => url.pathname === '/robot/send',
    inputs: (base) => ({
      'dingtalk-webhook': `${base}/robot/send?access_token=${token}`,
      ...(secret ? { 'dingtalk-secret': secret } : {}),
      ...(keyword ? { 'dingtalk-keyword': keyword } : {}),
    }),
    answer({ method, url, body, at, headers }: Incoming) {
      if (method !== 'POST') return no(43002, 'require POST method');
      if (url.searchParams.get('access_token') !== token) return no(300005, 'token is not exist');
      if (!rate.admit(at)) return no(130101, 'send too fast, exceed 20 times per minute');
      if (secret) {
        const ms = url.searchParams.get('timestamp') ?? '';
        if (!/^\d{13}$/.test(ms) || Math.abs(Number(ms) - at) > HOUR) return no(310000, 'invalid timestamp');
        if (url.searchParams.get('sign') !== signature(ms)) return no(310000, 'sign not match');
      }
      if (!headers['content-type']?.startsWith('application/json')) return no(40035, 'param is missing');
      if (Buffer.byteLength(body) > 20_000) return no(460101, 'message too long, exceed 20000 bytes');
      const message = parse(body) as
        | {
            msgtype?: string;
            markdown?: { title?: string; text?: string };
            actionCard?: { title?: string; text?: string; btns?: { title?: string; actionURL?: string }[] };
            at?: { atMobiles?: string[]; atUserIds?: string[]; isAtAll?: boolean };
          }
        | undefined;
      if (!message) return no(40035, 'param is missing');
      const content =
        message.msgtype === 'markdown'
          ? message.markdown
          : message.msgtype === 'actionCard'
            ? message.actionCard
            : undefined;
      if (!content) return no(400105, 'unsupported msgtype');
      if (!content.title) return no(400402, 'markdown title is missing');
      if (!content.text) return no(40035, 'param text is missing');
      if (keyword && !`${content.title}${content.text}`.includes(keyword)) return no(310000, 'keywords not in content');
      if (message.msgtype === 'actionCard' && message.actionCard!.btns?.some((b) => !b.title || !b.actionURL)) {
        return no(40035, 'param btns is missing');
      }
      const named = [...(message.at?.atMobiles ?? []), ...(message.at?.atUserIds ?? [])];
      const rings = message.msgtype === 'markdown' ? named.filter((id) => content.text!.includes(`@${id}`)) : [];
      if (message.msgtype === 'markdown' && message.at?.isAtAll) rings.unshift('all');
      return { ...json({ errcode: 0, errmsg: 'ok' }), rings, taken: true };
    },
  };
}
