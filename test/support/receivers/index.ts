import { dingtalk } from './dingtalk.ts';
import { feishu } from './feishu.ts';
import type { Receiver } from './receiver.ts';
import { slack } from './slack.ts';
import { wecom } from './wecom.ts';

/** Signed or keyed as strictly as the vendor allows, under fixed made-up secrets. */
export const strictReceivers: Record<string, () => Receiver> = {
  dingtalk: () => dingtalk({ secret: 'SECdemo0123456789abcdef0123456789abcdef' }),
  wecom: () => wecom(),
  feishu: () => feishu({ secret: 'feishudemosecret0123456789' }),
  slack: () => slack(),
};
