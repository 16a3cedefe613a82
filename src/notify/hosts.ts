import type { ChannelName } from './channel-names.ts';

/** Hosts that belong to one vendor for certain. A private installation has another, and is nobody's. */
const HOSTS: Record<string, ChannelName> = {
  'oapi.dingtalk.com': 'dingtalk',
  'qyapi.weixin.qq.com': 'wecom',
  'open.feishu.cn': 'feishu',
  'open.larksuite.com': 'feishu',
  'hooks.slack.com': 'slack',
  'slack.com': 'slack',
  'webhook.office.com': 'teams',
  'api.powerplatform.com': 'teams',
  'logic.azure.com': 'teams',
  'discord.com': 'discord',
  'discordapp.com': 'discord',
  'api.telegram.org': 'telegram',
  'events.pagerduty.com': 'pagerduty',
  'sctapi.ftqq.com': 'serverchan',
  'push.ft07.com': 'serverchan',
  'api.day.app': 'bark',
  'ntfy.sh': 'ntfy',
  'chat.googleapis.com': 'googlechat',
};

/** The channel whose vendor owns the address, where that is certain. */
export function ownerOf(address: URL): ChannelName | undefined {
  // Discord takes Slack's messages at such an address, and answers as Slack does.
  if (/\/slack\/?$/.test(address.pathname)) return undefined;
  const parts = address.hostname.split('.');
  const owned = parts.map((_, i) => parts.slice(i).join('.')).find((host) => Object.hasOwn(HOSTS, host));
  return owned === undefined ? undefined : HOSTS[owned];
}
