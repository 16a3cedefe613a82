import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Answer, Channel, Request } from '../../../src/notify/channel.ts';
import { signAcs3 } from '../../../src/notify/channels/acs3.ts';
import { below, prefixed } from '../../../src/notify/channels/address.ts';
import { channels } from '../../../src/notify/channels/index.ts';
import { sign } from '../../../src/notify/channels/webhook.ts';
import { EVENTS, SEVERITIES } from '../../../src/notify/events.ts';
import { LOCALES, type Message } from '../../../src/notify/message.ts';
import { harmless } from '../../../src/notify/text.ts';
import { contextAt, documentOf } from '../../support/notify.ts';
import { appReceivers, otherReceivers } from '../../support/receivers/index.ts';
import type { Receiver } from '../../support/receivers/receiver.ts';

const vectors = JSON.parse(readFileSync('test/support/vectors/notify-signatures.json', 'utf8'));
const NOW = Date.parse('2026-11-22T02:00:00Z');
const kind = (name: string): Channel => channels.find((channel) => channel.kind === name)!;

describe('ACS3-HMAC-SHA256', () => {
  test('reproduces the signature that Aliyun publishes', () => {
    const { headers } = signAcs3(
      {
        base: 'https://ecs.cn-shanghai.aliyuncs.com',
        action: 'RunInstances',
        version: '2014-05-26',
        params: { RegionId: 'cn-shanghai', ImageId: 'win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd' },
      },
      { id: 'YourAccessKeyId', secret: 'YourAccessKeySecret' },
      { now: Date.parse('2023-10-26T10:22:32Z'), nonce: '3156853299f313e23d1673dc12e1703d' },
    );
    expect(headers.authorization).toContain(`Signature=${vectors.aliyun_doc.doc_expected}`);
  });

  test('an SMS in Chinese: sorted, encoded as RFC 3986 wants it, and sent as it was signed', () => {
    const { query, headers: wanted, signature } = vectors.aliyun_sendsms;
    const { url, headers } = signAcs3(
      {
        base: 'https://dysmsapi.aliyuncs.com',
        action: 'SendSms',
        version: '2017-05-25',
        params: {
          TemplateParam: '{"service":"checkout","status":"回滚"}',
          TemplateCode: 'SMS_000000001',
          SignName: '示例签名',
          PhoneNumbers: '13800001111',
        },
      },
      { id: 'LTAI', secret: 'YourAccessKeySecret' },
      { now: Date.parse(wanted['x-acs-date']), nonce: wanted['x-acs-signature-nonce'] },
    );
    expect(url).toBe(`https://dysmsapi.aliyuncs.com/?${query}`);
    expect(headers.authorization).toContain(`Signature=${signature}`);
    expect(headers).not.toHaveProperty('host');
  });
});

test('Standard Webhooks: the vector of the specification', () => {
  const { secret, id, ts, body, signature } = vectors.standardwebhooks;
  expect(sign(secret, id, ts, body)).toBe(signature);
});

describe('addresses', () => {
  test('keep a path of their own, and turn a password into a header', () => {
    expect(below('https://u:p%40s@gw.example.com/mon/', '/api/v2/alerts')).toEqual({
      url: 'https://gw.example.com/mon/api/v2/alerts',
      headers: { authorization: `Basic ${Buffer.from('u:p@s').toString('base64')}` },
    });
    expect(below('https://gw.example.com', '/a?b=c').url).toBe('https://gw.example.com/a?b=c');
    expect(below('https://gw.example.com?key=k', '/a?b=c').url).toBe('https://gw.example.com/a?key=k&b=c');
  });
  test.each([
    ['https://slack.com', 'https://slack.com/api'],
    ['https://slack.com/api/', 'https://slack.com/api'],
    ['https://gw.example.com/slack', 'https://gw.example.com/slack/api'],
  ])('%s with its usual path is %s', (base, all) => {
    expect(prefixed(base, '/api')).toBe(all);
  });
});

test('Alertmanager behind a login: the inputs win over the address, and half a login is none', () => {
  const channel = kind('alertmanager');
  const header = (settings: Record<string, string>) =>
    channel.render(documentOf(), { name: 'a', channel, settings }, contextAt(NOW))[0]!.headers?.authorization;
  const basicOf = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
  const url = 'https://old:one@am.example.com';
  expect(header({ url })).toBe(basicOf('old:one'));
  expect(header({ url, username: 'ops', password: 'p@ss' })).toBe(basicOf('ops:p@ss'));
  expect(channel.forms?.({ url, username: 'ops', password: 'p@ss' })).toEqual([basicOf('ops:p@ss').slice(6)]);
  expect(channel.check?.({ url, username: 'ops' })).toMatch(/together/);
});

const made: Record<string, () => Receiver> = { ...otherReceivers, ...appReceivers };

/** What a channel sends, put before its receiver as it would come over the wire. */
function ask(name: string, message: Partial<Message>, locale: 'zh-CN' | 'en') {
  const channel = kind(name);
  const receiver = made[name]!();
  const inputs = receiver.inputs('http://x');
  const settings: Record<string, string> = {};
  for (const [short, { input }] of Object.entries(channel.settings)) if (inputs[input]) settings[short] = inputs[input];
  expect(channel.check?.(settings)).toBeUndefined();
  const target = { name: 't', channel, settings };
  const answer = (request: Request, headers: Record<string, string> = {}) => {
    const signed = channel.sign?.(request, target, { now: NOW, nonce: '0'.repeat(32) }) ?? request;
    const type: Record<string, string> =
      signed.body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' };
    const all = { host: 'x', ...type, ...headers, ...signed.headers };
    return receiver.answer({
      method: signed.method ?? 'POST',
      url: new URL(signed.url),
      headers: all,
      body: signed.body ?? '',
      at: NOW,
    });
  };
  const token = channel.authorize?.classify({ ...whole, body: answer(channel.authorize.request(target)).body });
  const headers = token && 'headers' in token ? token.headers : {};
  const [request] = channel.render(documentOf(message, locale), target, contextAt(NOW));
  return answer(request!, headers);
}
const whole: Answer = { kind: 'answer', status: 200, headers: {}, body: '', complete: true, ms: 1 };

const hostile = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.constantFrom(
    '<b>',
    '</b>',
    '@everyone',
    '<@123>',
    '<!channel>',
    '&',
    '"',
    '\\',
    '*_`~|',
    '](x)',
    '\n# x',
    '👨‍👩‍👧‍👦',
    '<at>a</at>',
  ),
);
const long = fc
  .tuple(fc.array(hostile, { maxLength: 8 }), fc.constantFrom(1, 3, 400))
  .map(([parts, times]) => harmless(parts.join(' ').repeat(times)));

describe.each(Object.keys(made))('%s', (name) => {
  test('whatever is said, its own contract holds and the text rings nobody', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...EVENTS),
        fc.constantFrom(...SEVERITIES),
        fc.constantFrom(...LOCALES),
        long,
        long,
        fc.array(fc.record({ name: long, value: long }), { maxLength: 40 }),
        fc.boolean(),
        (event, severity, locale, title, text, fields, drill) => {
          const reply = ask(
            name,
            { event, severity, drill, title: title.replace(/\s+/g, ' ').trim() || undefined, text, fields },
            locale,
          );
          expect(reply.taken, reply.body).toBe(true);
          const pages = ['pagerduty', 'alertmanager', 'aliyun', 'twilio', 'serverchan', 'bark', 'ntfy'].includes(name);
          if (!pages) expect(reply.rings).toEqual([]);
        },
      ),
      { numRuns: 30 },
    );
  });
});

test('a call speaks whatever is said as text, never as markup', () => {
  const inputs = {
    'account-sid': 'AC0123456789abcdef0123456789abcdef',
    'auth-token': 'twiliotoken0123456789abcdef01234',
  };
  const settings = { ...inputs, from: '+14155550100', 'voice-to': '+8613800001111', 'api-url': 'http://x' };
  fc.assert(
    fc.property(long, (title) => {
      const target = { name: 't', channel: kind('twilio'), settings };
      const [request] = target.channel.render(documentOf({ title: title.trim() || undefined }), target, contextAt(NOW));
      const { url, headers = {}, body = '' } = request!;
      const reply = made.twilio!().answer({ method: 'POST', url: new URL(url), headers, body, at: NOW });
      expect(reply.taken, reply.body).toBe(true);
    }),
    { numRuns: 40 },
  );
});

test.each([
  ['discord', { webhook: 'http://x/api/webhooks/1/t' }],
  ['teams', { webhook: 'http://x/workflows/1' }],
])('lists and headings of the text are no markup on %s, and leave no stray backslash', (name, settings) => {
  const target = { name: 't', channel: kind(name), settings };
  const [request] = target.channel.render(documentOf({ text: '1. a\n# b\n- c' }), target, contextAt(NOW));
  const body = JSON.stringify(JSON.parse(request!.body!));
  for (const line of ['1\\\\. a', '\\\\# b', '\\\\- c']) expect(body).toContain(line);
});

test('Discord may ring those asked for and nobody else', () => {
  const mentions = [{ kind: 'user' as const, id: '42' }];
  const settings = { webhook: 'http://x/api/webhooks/1/t' };
  const target = { name: 't', channel: kind('discord'), settings };
  const [request] = target.channel.render(documentOf({ mentions }), target, contextAt(NOW));
  expect(JSON.parse(request!.body!)).toMatchObject({
    content: '<@42>',
    allowed_mentions: { parse: [], users: ['42'] },
  });
});

/** Each vendor's rule, written a second time and without the code under test. */
const at = (a: Answer, ...path: string[]): unknown => {
  try {
    return path.reduce<unknown>((value, key) => (value as Record<string, unknown> | null)?.[key], JSON.parse(a.body));
  } catch {
    return undefined;
  }
};
const rules: Record<string, (a: Answer) => boolean> = {
  'slack-api': (a) => a.status === 200 && at(a, 'ok') === true,
  'feishu-app': (a) => a.status === 200 && at(a, 'code') === 0,
  teams: (a) => a.status === 202,
  discord: (a) => a.status === 200 && typeof at(a, 'id') === 'string' && at(a, 'id') !== '',
  telegram: (a) =>
    (a.status === 200 && at(a, 'ok') === true) ||
    (at(a, 'ok') === false &&
      (typeof at(a, 'error_code') === 'number' ? at(a, 'error_code') : a.status) === 400 &&
      /message is not modified/.test(String(at(a, 'description')))),
  email: () => false,
  webhook: (a) => a.status >= 200 && a.status < 300,
  pagerduty: (a) => a.status === 202 && at(a, 'status') === 'success',
  alertmanager: (a) => a.status === 200 && a.body.trim() === '',
  grafana: (a) => a.status === 200 && typeof at(a, 'id') === 'number',
  aliyun: (a) => a.status === 200 && at(a, 'Code') === 'OK',
  twilio: (a) => a.status === 201 && typeof at(a, 'sid') === 'string' && at(a, 'sid') !== '',
  serverchan: (a) => a.status === 200 && at(a, 'code') === 0,
  bark: (a) => a.status === 200 && at(a, 'code') === 200,
  ntfy: (a) =>
    a.status === 200 && typeof at(a, 'id') === 'string' && at(a, 'id') !== '' && at(a, 'event') === 'message',
  googlechat: (a) => a.status === 200 && /^spaces\/[^/]+\/messages\//.test(String(at(a, 'name'))),
};
const value = fc.oneof(
  fc.constantFrom<unknown>(true, false, 'true', 0, '0', 1, null, '', 'OK', 'ok', 'success', 'message', 'id1', [], {}),
  fc.constantFrom<unknown>(
    200,
    'spaces/A/messages/m',
    { message_id: 1 },
    'Bad Request: message is not modified',
    10015,
    400,
    'failed',
    'queued',
  ),
);
const keys = [
  'ok',
  'code',
  'Code',
  'id',
  'sid',
  'status',
  'message',
  'error',
  'result',
  'description',
  'error_code',
  'data',
  'event',
  'name',
];
const body = fc.oneof(
  { weight: 5, arbitrary: fc.dictionary(fc.constantFrom(...keys), value).map((v) => JSON.stringify(v)) },
  fc.dictionary(fc.constantFrom(...keys), value).map((v) => JSON.stringify(v).slice(0, -1)),
  fc.dictionary(fc.constantFrom(...keys), value).map((v) => JSON.stringify([v])),
  fc.constantFrom('', ' ', 'ok', 'null', '1', '"OK"', '<html></html>'),
  fc.string(),
);
const answers = fc.record({
  ...{
    kind: fc.constant('answer' as const),
    headers: fc.constant({}),
    complete: fc.constant(true),
    ms: fc.constant(1),
  },
  status: fc.constantFrom(200, 200, 200, 201, 202, 204, 400, 401, 403, 404, 410, 429, 500, 502, 503),
  body,
});

describe('random answers', () => {
  test.each(Object.keys(rules))('%s: told only when its rule holds', (name) => {
    fc.assert(
      fc.property(answers, (answer) => {
        const verdict = kind(name).classify(answer, { url: '', method: 'POST', body: '{}' });
        const told = verdict.outcome === 'delivered' || verdict.outcome === 'accepted';
        // Twilio may take a message and give it up in the same breath; otherwise the rule is all.
        const held = rules[name]!(answer);
        if (told) expect(held, JSON.stringify([answer, verdict])).toBe(true);
        else if (name !== 'twilio' && name !== 'feishu-app')
          expect(held, JSON.stringify([answer, verdict])).toBe(false);
        expect(verdict.code).not.toBe('');
      }),
      { numRuns: 1500 },
    );
  });

  test('every channel has a rule here or in classify.test.ts', () => {
    const known = [...Object.keys(rules), 'dingtalk', 'wecom', 'feishu-bot', 'slack-webhook'];
    expect(channels.map((channel) => channel.kind).sort()).toEqual(known.sort());
  });
});
