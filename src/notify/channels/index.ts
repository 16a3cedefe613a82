import type { Channel } from '../channel.ts';
import { dingtalk } from './dingtalk.ts';
import { feishuBot } from './feishu-bot.ts';
import { slackWebhook } from './slack-webhook.ts';
import { wecom } from './wecom.ts';

/** Every way to every channel, in the order receipts list them. A new channel is one file and one line here. */
export const channels: readonly Channel[] = [dingtalk, wecom, feishuBot, slackWebhook];
