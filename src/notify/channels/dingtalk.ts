import { createHmac } from 'node:crypto';
import type { Answer, Channel, Delivery } from '../channel.ts';
import { jsonObject, notNumeric, ok, quote, refused, throttled, unreadable } from '../classify.ts';
import { type Document, mentionsFor, shrink } from '../document.ts';
import { bytes } from '../text.ts';
import { escapeDingtalk, markdownLines } from './markdown.ts';

/** "message too long, exceed 20000 bytes": the whole JSON body. */
const BODY_BYTES = 20_000;

/** base64 of HMAC-SHA256 with the secret as key over `<milliseconds>\n<secret>`; goes into the query, encoded once. */
export const sign = (secret: string, ms: number): string =>
  createHmac('sha256', secret).update(`${ms}\n${secret}`).digest('base64');

function body(document: Document, format: string, keyword: string): string {
  const mentions = mentionsFor(document, 'dingtalk', ['all', 'mobile', 'user']);
  const ids = (kind: string) => mentions.filter((m) => m.kind === kind).map((m) => m.id);
  const at = {
    atMobiles: ids('mobile'),
    atUserIds: ids('user'),
    isAtAll: mentions.some((m) => m.kind === 'all'),
  };
  // In Markdown a name rings only when it stands in the text as well.
  const called = [...at.atMobiles, ...at.atUserIds].map((id) => `@${id}`).join(' ');
  const needsKeyword = keyword !== '' && !document.subject.includes(keyword);
  const title = needsKeyword ? `${document.subject} ${keyword}` : document.subject;
  const text = [...markdownLines({ ...document, subject: title }, escapeDingtalk), called].filter(Boolean).join('\n\n');
  // A card without a button is refused.
  if (format === 'action-card' && document.links.length > 0) {
    const btns = document.links.map(({ label, url }) => ({ title: label, actionURL: url }));
    // Action cards ring nobody: the robot's `at` holds for text and markdown only.
    return JSON.stringify({ msgtype: 'actionCard', actionCard: { title, text, btnOrientation: '1', btns } });
  }
  return JSON.stringify({ msgtype: 'markdown', markdown: { title, text }, at });
}

const CONFIG: Record<string, string> = {
  300001: 'the token does not exist: copy the webhook from the robot anew',
  300005: 'the token does not exist: copy the webhook from the robot anew',
  400101: 'the token does not exist: copy the webhook from the robot anew',
  400102: 'the robot is stopped: switch it on in the group',
  400013: 'the group is dissolved: make a robot in another group',
  400106: 'there is no such robot: make a new one',
  40035: 'a parameter is missing: report this with the log',
  400105: 'the message type was not taken: report this with the log',
  400402: 'the title is missing: report this with the log',
  460101: 'the message is too long: report this with the log',
  43002: 'the robot takes POST only: look for a proxy that rewrites requests',
};

/**
 * 310000 has four meanings, told apart by the words only, in English (`sign not match`) or Chinese
 * (`description:机器人发送签名不匹配;solution:…`). The solution speaks of other things as well, so it is not read.
 */
function security(words: string): string {
  const said = words.replace(/solution\s*[:：].*$/is, '').replace(/^\s*description\s*[:：]/i, '');
  if (/keyword|关键词|关键字/i.test(said))
    return 'the robot wants a keyword: set dingtalk-keyword to one of its keywords';
  if (/过期|expired|timestamp|时间戳/i.test(said)) {
    return "the signature's time is off by more than an hour: set the runner's clock";
  }
  if (/sign|签名/i.test(said)) {
    return 'the signature does not match: set dingtalk-secret to the SEC… of this robot';
  }
  if (/\bip\b|whitelist|白名单/i.test(said)) return "the runner's IP is not on the robot's list: use signing instead";
  return 'a security setting of the robot refused it: compare its keywords, signature and IP list with the inputs';
}

function classify(answer: Answer): Delivery {
  const body = jsonObject(answer);
  const code = body?.errcode;
  if (!body) return unreadable(answer);
  const said = typeof body.errmsg === 'string' ? body.errmsg : '';
  const words = said ? ` (${quote(said)})` : '';
  if (typeof code !== 'number') return notNumeric(answer, body, code);
  if (code === 0) return answer.status === 200 ? ok(0) : unreadable(answer);
  if (code === 130101 || code === 410100) {
    return throttled(code, `Too fast${words}: the robot is shut for 10 minutes, so nothing was sent again.`);
  }
  if (code === -1) return refused(code, `DingTalk is busy${words}: run the step again.`, { retry: { tries: 3 } });
  if (code === 310000) return refused(code, `DingTalk refused${words}: ${security(said)}.`);
  return refused(code, `DingTalk refused${words}: ${CONFIG[code] ?? "look the code up in DingTalk's list"}.`);
}

export const dingtalk: Channel = {
  name: 'dingtalk',
  kind: 'dingtalk',
  settings: {
    webhook: { input: 'dingtalk-webhook', secret: true, required: true, url: true },
    secret: { input: 'dingtalk-secret', secret: true },
    keyword: { input: 'dingtalk-keyword' },
    format: { input: 'dingtalk-format' },
  },
  check({ format }) {
    if (format && format !== 'markdown' && format !== 'action-card') return 'format is markdown or action-card.';
    return undefined;
  },
  render(document, { settings }, { now }) {
    const url = new URL(settings.webhook!);
    if (settings.secret) {
      url.searchParams.set('timestamp', String(now));
      url.searchParams.set('sign', sign(settings.secret, now));
    }
    const write = (d: Document) => body(d, settings.format ?? 'markdown', settings.keyword ?? '');
    return [{ url: url.href, body: write(shrink(document, (d) => bytes(write(d)) <= BODY_BYTES)) }];
  },
  classify,
};
