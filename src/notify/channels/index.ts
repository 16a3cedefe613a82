import type { Channel } from '../channel.ts';
import { alertmanager } from './alertmanager.ts';
import { aliyun } from './aliyun.ts';
import { bark } from './bark.ts';
import { dingtalk } from './dingtalk.ts';
import { discord } from './discord.ts';
import { email } from './email.ts';
import { feishuApp } from './feishu-app.ts';
import { feishuBot } from './feishu-bot.ts';
import { googlechat } from './googlechat.ts';
import { grafana } from './grafana.ts';
import { ntfy } from './ntfy.ts';
import { pagerduty } from './pagerduty.ts';
import { serverchan } from './serverchan.ts';
import { slackApi } from './slack-api.ts';
import { slackWebhook } from './slack-webhook.ts';
import { teams } from './teams.ts';
import { telegram } from './telegram.ts';
import { twilio } from './twilio.ts';
import { webhook } from './webhook.ts';
import { wecom } from './wecom.ts';

/** Every way to every channel, in the order receipts list them. A new channel is one file and one line here. */
export const channels: readonly Channel[] = [
  dingtalk,
  wecom,
  feishuBot,
  feishuApp,
  slackWebhook,
  slackApi,
  teams,
  discord,
  telegram,
  email,
  webhook,
  pagerduty,
  alertmanager,
  grafana,
  aliyun,
  twilio,
  serverchan,
  bark,
  ntfy,
  googlechat,
];
