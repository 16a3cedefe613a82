import { alertmanager } from './alertmanager.ts';
import { aliyun } from './aliyun.ts';
import { bark } from './bark.ts';
import { dingtalk } from './dingtalk.ts';
import { discord } from './discord.ts';
import { feishu } from './feishu.ts';
import { feishuApp } from './feishu-app.ts';
import { googlechat } from './googlechat.ts';
import { grafana } from './grafana.ts';
import { ntfy } from './ntfy.ts';
import { pagerduty } from './pagerduty.ts';
import type { Receiver } from './receiver.ts';
import { serverchan } from './serverchan.ts';
import { slack } from './slack.ts';
import { slackApi } from './slack-api.ts';
import { teams } from './teams.ts';
import { telegram } from './telegram.ts';
import { twilio } from './twilio.ts';
import { webhook } from './webhook.ts';
import { wecom } from './wecom.ts';

/** Signed or keyed as strictly as the vendor allows, under fixed made-up secrets. */
export const strictReceivers: Record<string, () => Receiver> = {
  dingtalk: () => dingtalk({ secret: 'SECdemo0123456789abcdef0123456789abcdef' }),
  wecom: () => wecom(),
  feishu: () => feishu({ secret: 'feishudemosecret0123456789' }),
  slack: () => slack(),
};

/** The rest, and the apps that stand in for a robot of the same channel. */
export const otherReceivers: Record<string, () => Receiver> = {
  teams: () => teams(),
  discord: () => discord(),
  telegram: () => telegram(),
  webhook: () => webhook(),
  pagerduty: () => pagerduty(),
  alertmanager: () => alertmanager(),
  grafana: () => grafana(),
  aliyun: () => aliyun(),
  twilio: () => twilio(),
  serverchan: () => serverchan(),
  bark: () => bark(),
  ntfy: () => ntfy(),
  googlechat: () => googlechat(),
};

export const appReceivers: Record<string, () => Receiver> = {
  'slack-api': () => slackApi(),
  'feishu-app': () => feishuApp(),
};
