import type { Answer, Channel, Delivery } from '../channel.ts';
import { jsonObject, notNumeric, quote, refused, throttled, unreadable } from '../classify.ts';
import { type Document, shrink } from '../document.ts';
import { bytes, fitChars } from '../text.ts';
import { below } from './address.ts';
import { escapeDingtalk, markdownLines } from './markdown.ts';

/** "title: at most 32 characters", "short: at most 64", "desp: at most 32 KB" (https://sct.ftqq.com/sendkey). */
const TITLE = 32;
const SHORT = 64;
const DESP_BYTES = 32 * 1024;

/**
 * Where a key sends to: `SCT…` to Turbo, `sctp<uid>t…` to the user's own host of ServerChan³.
 * @see https://doc2.ft07.com/serverchan3/server/api
 */
function address(key: string, base: string | undefined): { url: string; headers: Record<string, string> } {
  const uid = /^sctp(\d+)t/.exec(key)?.[1];
  const host = base ?? (uid ? `https://${uid}.push.ft07.com` : 'https://sctapi.ftqq.com');
  return below(host, `${uid ? '/send' : ''}/${key}.send`);
}

const write = (document: Document): string => markdownLines(document, escapeDingtalk).slice(1).join('\n\n');

function advice(words: string): string {
  if (/用户不存在|权限不足|错误的Key|bad key|AUTH/i.test(words)) {
    return 'serverchan-key is not valid: copy the SendKey anew';
  }
  if (/不要重复|重复发送/.test(words)) return 'it had the same message a moment ago: nothing is lost';
  return 'read its words, and look at the channels chosen on its page';
}

/** `code` is the number 0 when it is in the queue; whether the phone got it is asked for elsewhere. */
function classify(answer: Answer): Delivery {
  const body = jsonObject(answer);
  if (!body) return unreadable(answer);
  const { code } = body;
  const said = [body.message, body.info].find((one) => typeof one === 'string' && one !== '') as string | undefined;
  const words = said ? ` (${quote(said)})` : '';
  if (typeof code !== 'number') return notNumeric(answer, body, code);
  if (code === 0) {
    if (answer.status !== 200) return unreadable(answer);
    const reason = "Queued: whether the phone got it stands in ServerChan's list of messages.";
    return { outcome: 'accepted', code: '0', reason };
  }
  if (/次数限制|超过.*(次数|限制)|频率|too many/i.test(said ?? '')) {
    return throttled(code, `ServerChan's messages for now are used up${words}: tell by another target, or upgrade.`);
  }
  const retry = answer.status >= 500 ? { retry: {} } : {};
  return refused(code, `ServerChan refused${words}: ${advice(said ?? '')}.`, retry);
}

export const serverchan: Channel = {
  name: 'serverchan',
  kind: 'serverchan',
  settings: {
    key: { input: 'serverchan-key', secret: true, required: true },
    'api-url': { input: 'serverchan-api-url', url: true },
  },
  check({ key }) {
    // It becomes part of a path; anything else in it would change the address.
    return /^[A-Za-z0-9]{8,128}$/.test(key!) ? undefined : 'key is no SendKey (SCT… or sctp…t…).';
  },
  render(document, { settings }) {
    const { url, headers } = address(settings.key!, settings['api-url']);
    const small = shrink(document, (d) => bytes(write(d)) <= DESP_BYTES);
    const body = {
      title: fitChars(document.subject, TITLE),
      desp: write(small),
      short: fitChars(document.story[0] ?? document.place, SHORT),
    };
    return [{ url, headers, body: JSON.stringify(body) }];
  },
  classify,
};
