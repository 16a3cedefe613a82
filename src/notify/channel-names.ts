export const CHANNELS = [
  'dingtalk',
  'wecom',
  'feishu',
  'slack',
  'teams',
  'discord',
  'telegram',
  'email',
  'webhook',
  'pagerduty',
  'alertmanager',
  'grafana',
  'aliyun',
  'twilio',
] as const;
export type ChannelName = (typeof CHANNELS)[number];
