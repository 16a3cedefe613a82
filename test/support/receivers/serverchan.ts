import { json, parse, RateWindow, type Receiver } from './receiver.ts';

const no = (code: number, message: string) => json({ code, message, info: message, args: [null] }, 400);

/**
 * ServerChan Turbo: key in the path, five messages a day for free, the same message not twice, a title of 32 characters.
 * ServerChan³ answers alike; its keys carry the user's number.
 */
export function serverchan({ key = 'SCT0123456789abcdefghijklmnop', daily = 1000 } = {}): Receiver {
  const rate = new RateWindow(daily, 24 * 3_600_000);
  let last = '';
  return {
    channel: 'serverchan',
    owns: (url) => /\/(?:send\/)?(?:SCT|sctp)[A-Za-z0-9]+\.send$/.test(url.pathname),
    inputs: (base) => ({ 'serverchan-api-url': base, 'serverchan-key': key }),
    answer({ url, body, at, headers }) {
      const given = /\/([A-Za-z0-9]+)\.send$/.exec(url.pathname)?.[1] ?? '';
      if (given !== key) return no(40001, '[AUTH]用户不存在或者权限不足');
      if (!headers['content-type']?.startsWith('application/json')) return no(40001, '[INPUT]参数错误');
      const { title = '', desp = '', short = '' } = (parse(body) ?? {}) as Record<string, string>;
      if (!title || title.length > 32) return no(40001, '[INPUT]title 不能为空，最长 32 个字符');
      if (Buffer.byteLength(desp) > 32 * 1024) return no(40001, '[INPUT]desp 最长 32KB');
      if (short.length > 64) return no(40001, '[INPUT]short 最长 64 个字符');
      if (!rate.admit(at)) return no(40001, `[INPUT]超过当天的发送次数限制[${daily}]，请稍后再试`);
      if (body === last) return no(40001, '[INPUT]不要重复发送同样的内容');
      last = body;
      const data = { pushid: '1', readkey: 'r', error: 'SUCCESS', errno: 0 };
      return { ...json({ code: 0, message: '', data }), rings: ['phone'], taken: true };
    },
  };
}
