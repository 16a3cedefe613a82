import { describe, expect, test } from 'vitest';
import { metaOf } from '../../../src/lib/inputs.ts';
import { channelInputs } from '../../../src/notify/channel-inputs.ts';
import { CHANNELS } from '../../../src/notify/channel-names.ts';
import { channels } from '../../../src/notify/channels/index.ts';
import { schema } from '../../../src/notify/inputs.ts';
import { collectTargets, secretsInUrl } from '../../../src/notify/targets.ts';

const settings = channels.flatMap((channel) => Object.values(channel.settings));

test('every input of a channel is used by one, and every setting is an input of the same secrecy', () => {
  const used = new Set(settings.map(({ input }) => input));
  expect(Object.keys(channelInputs).filter((name) => !used.has(name))).toEqual([]);
  for (const { input, secret } of settings) {
    const field = channelInputs[input as keyof typeof channelInputs];
    expect(field, input).toBeDefined();
    expect(Boolean(metaOf(field).secret), input).toBe(Boolean(secret));
  }
  expect([...new Set(channels.map(({ name }) => name))].sort()).toEqual([...CHANNELS].sort());
});

test('what makes a URL a secret is found, raw and decoded', () => {
  expect(secretsInUrl('https://h/robot/send?access_token=abcdef&x=1', true)).toContain('abcdef');
  expect(secretsInUrl('https://h/invoke?sp=x&sig=a%2Bb-c', true)).toContain('a+b-c');
  expect(secretsInUrl('https://h/invoke?sig=a%2fb+c', true)).toEqual(expect.arrayContaining(['a%2fb+c', 'a/b c']));
  const header = Buffer.from('u:p@ss').toString('base64');
  expect(secretsInUrl('https://u:p%40ss@h/', false)).toEqual(['p%40ss', 'p@ss', header]);
  expect(secretsInUrl('https://hooks.slack.com/services/T0123456/B0123456/verysecret9', true)).toEqual(
    expect.arrayContaining(['T0123456', 'B0123456', 'verysecret9']),
  );
  expect(secretsInUrl('https://grafana.example.com/base', false)).toEqual([]);
});

test('each way to a channel is masked wherever its secret stands', async () => {
  for (const channel of channels) {
    const masked: string[] = [];
    const secrets = Object.values(channel.settings).filter(({ secret }) => secret);
    const value = ({ input, url }: { input: string; url?: true }) =>
      url ? 'https://example.com/hook-0123456789?sig=s3cretsig' : `value-of-${input}`;
    const inputs = Object.fromEntries(
      Object.values(channel.settings)
        .filter(({ required, secret }) => required || secret)
        .map((setting) => [setting.input, value(setting)]),
    );
    // A channel may want a value of a certain shape; what was given is masked before it is looked at.
    await collectTargets(inputs, {}, { mask: (text) => masked.push(text), warn: () => undefined });
    for (const setting of secrets) expect(masked, channel.kind).toContain(value(setting));
  }
});

describe('a secret and its address', () => {
  const hooks = { mask: () => undefined, warn: () => undefined };
  const parse = (inputs: object) => collectTargets(schema.parse({ event: 'start', ...inputs }), {}, hooks);

  test('may end in the line break of the file they were stored from', async () => {
    const [target] = await parse({
      'dingtalk-webhook': 'https://gw.example.com/send\n',
      'dingtalk-secret': 'SECabc\r\n',
    });
    expect(target?.settings).toEqual({ webhook: 'https://gw.example.com/send', secret: 'SECabc' });
    expect(await parse({ 'dingtalk-webhook': ' \n' })).toEqual([]);
  });

  test('with a bare percent sign in a password are told how to write it, not a fault of ours', async () => {
    const mail = { 'email-from': 'a@b.example', 'email-to': 'c@d.example' };
    const [target] = await parse({ ...mail, 'smtp-url': 'smtp://u:50%off@mail.example.com' });
    expect(target?.fault).toMatch(/^smtp-url: .*%25/);
  });

  test.each([
    ['dingtalk-webhook', 'https://hooks.slack.com/services/T/B/X', 'slack'],
    ['slack-webhook', 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k', 'wecom'],
    ['teams-webhook', 'https://discord.com/api/webhooks/1/t', 'discord'],
    ['feishu-webhook', 'https://default.12.environment.api.powerplatform.com/x', 'teams'],
  ])('%s of another vendor is told before it gets the secret', async (input, url, owner) => {
    const [target] = await parse({ [input]: url });
    expect(target?.fault).toContain(`${input} is an address of ${owner}`);
  });

  test('a vendor’s own, a private host, Discord’s way for Slack and a webhook to anywhere are well', async () => {
    for (const inputs of [
      { 'feishu-webhook': 'https://open.larksuite.com/open-apis/bot/v2/hook/x' },
      { 'wecom-webhook': 'https://wecom.example.com/send?key=k' },
      { 'slack-webhook': 'https://discord.com/api/webhooks/1/t/slack' },
      { 'webhook-url': 'https://hooks.slack.com/services/T/B/X' },
    ]) {
      expect(await parse(inputs)).toHaveLength(1);
    }
  });

  test('a setting that every object has is not known', async () => {
    const targets = '- {name: a, channel: alertmanager, url: "https://am.example.com", constructor: x}';
    expect((await parse({ targets }))[0]?.fault).toMatch(/not known/);
  });
});

test('hosts and formats alone make no target, a secret alone is half of one', async () => {
  const hooks = { mask: () => undefined, warn: () => undefined };
  const parse = (inputs: object) => collectTargets(schema.parse({ event: 'start', ...inputs }), {}, hooks);
  expect(await parse({ 'dingtalk-format': 'markdown', 'slack-api-url': 'https://slack.example.com' })).toEqual([]);
  expect((await parse({ 'slack-token': 'xoxb-1' }))[0]?.fault).toMatch(/slack-channel/);
  expect((await parse({ 'feishu-app-secret': 'x' }))[0]?.fault).toMatch(/feishu-app-id|feishu-chat-id/);
});

test('two ways to one channel are one target that can’t be asked, and both secrets are masked', async () => {
  const masked: string[] = [];
  const inputs = {
    'slack-webhook': 'https://hooks.example.com/aaaa0123456789',
    'slack-token': 'xoxb-1',
    'slack-channel': 'C1',
  };
  const found = await collectTargets(inputs, {}, { mask: (text) => masked.push(text), warn: () => undefined });
  expect(found.map(({ name, fault }) => [name, fault])).toEqual([
    ['slack', expect.stringMatching(/both given; keep one/)],
  ]);
  expect(masked).toEqual(expect.arrayContaining([inputs['slack-webhook'], 'xoxb-1']));
});
