import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Channel, Target } from '../../../src/notify/channel.ts';
import { dingtalk } from '../../../src/notify/channels/dingtalk.ts';
import { feishuBot } from '../../../src/notify/channels/feishu-bot.ts';
import { slackWebhook } from '../../../src/notify/channels/slack-webhook.ts';
import { wecom } from '../../../src/notify/channels/wecom.ts';
import { EVENTS } from '../../../src/notify/events.ts';
import { LOCALES, type Mention, type Message } from '../../../src/notify/message.ts';
import { harmless } from '../../../src/notify/text.ts';
import { contextAt, documentOf } from '../../support/notify.ts';
import * as receivers from '../../support/receivers/index.ts';
import type { Receiver } from '../../support/receivers/receiver.ts';

const NOW = Date.parse('2026-11-22T02:00:00Z');

interface Case {
  name: string;
  channel: Channel;
  receiver: () => Receiver;
  more?: Record<string, string>;
  /** Whom the receiver rings for these mentions. */
  rings(mentions: Mention[]): string[];
}

const ids = (mentions: Mention[], kinds: Mention['kind'][]) =>
  mentions.filter((m) => kinds.includes(m.kind)).map((m) => m.id || 'all');
const { strictReceivers: strict } = receivers;
const cases: Case[] = [
  { name: 'dingtalk', channel: dingtalk, receiver: strict.dingtalk!, rings: (m) => ids(m, ['all', 'mobile', 'user']) },
  {
    name: 'dingtalk card',
    channel: dingtalk,
    receiver: strict.dingtalk!,
    more: { format: 'action-card' },
    rings: () => [],
  },
  {
    name: 'wecom',
    channel: wecom,
    receiver: strict.wecom!,
    rings: (m) => ids(m, ['all', 'mobile', 'user']).map((id) => (id === 'all' ? '@all' : id)),
  },
  {
    name: 'wecom text',
    channel: wecom,
    receiver: strict.wecom!,
    more: { format: 'text' },
    rings: (m) => ids(m, ['all', 'mobile', 'user']).map((id) => (id === 'all' ? '@all' : id)),
  },
  {
    name: 'wecom card',
    channel: wecom,
    receiver: strict.wecom!,
    more: { format: 'template-card' },
    rings: (m) => ids(m, ['all', 'mobile', 'user']).map((id) => (id === 'all' ? '@all' : id)),
  },
  { name: 'feishu', channel: feishuBot, receiver: strict.feishu!, rings: (m) => ids(m, ['all', 'user']) },
  {
    name: 'slack',
    channel: slackWebhook,
    receiver: strict.slack!,
    rings: (m) => ids(m, ['all', 'user']).map((id) => (id === 'all' ? 'channel' : id)),
  },
];

function post(one: Case, over: Partial<Message>, locale: (typeof LOCALES)[number]) {
  const receiver = one.receiver();
  const inputs = Object.entries(receiver.inputs('http://127.0.0.1:1'));
  const settings = Object.fromEntries(inputs.map(([name, value]) => [name.replace(/^[a-z]+-/, ''), value]));
  const target: Target = { name: one.name, channel: one.channel, settings: { ...settings, ...one.more } };
  const requests = one.channel.render(documentOf(over, locale), target, contextAt(NOW));
  expect(requests).toHaveLength(1);
  const { url, body } = requests[0]!;
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  return { body: body!, reply: receiver.answer({ method: 'POST', url: new URL(url), headers, body: body!, at: NOW }) };
}

// Text that tries to ring, to break markup and to break characters.
const nasty = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.constantFrom(
        '@all',
        '@13800000000 ',
        '<!channel>',
        '<!here>',
        '<@U1>',
        '<@zhang>',
        '<at id=all></at>',
        '<at user_id="all">x</at>',
        '🇨🇳',
        '👩‍👩‍👧‍👦',
        '汉字'.repeat(30),
        ']()',
        '```',
        '&amp;',
        '\n\n# ',
        '{{x}}',
        '＠all',
      ),
    ),
    { maxLength: 60 },
  )
  .map((parts) => harmless(parts.join('')));
const mention = fc.constantFrom<Mention>(
  { kind: 'all', id: '' },
  { kind: 'user', id: 'U1zhang' },
  { kind: 'mobile', id: '13800000000' },
);
const messages = fc.record({
  event: fc.constantFrom(...EVENTS),
  title: fc.option(
    nasty.map((text) => text.replace(/\s+/g, ' ').trim() || 'x'),
    { nil: undefined },
  ),
  text: nasty,
  why: nasty,
  fields: fc.array(fc.record({ name: nasty, value: nasty }), { maxLength: 30 }),
  mentions: fc.uniqueArray(mention, { maxLength: 3, selector: (m) => m.kind }),
  drill: fc.boolean(),
});

describe.each(cases)('$name', (one) => {
  test('whatever the words, the receiver takes it whole and rings exactly those mentioned', () => {
    fc.assert(
      fc.property(messages, fc.constantFrom(...LOCALES), (over, locale) => {
        const { reply, body } = post(one, over, locale);
        expect(reply.taken, reply.body).toBe(true);
        expect([...reply.rings!].sort()).toEqual(one.rings(over.mentions).sort());
        // A cut through a surrogate pair would stand here as a lone half.
        expect(body).not.toMatch(/\\ud[89a-f]/i);
        expect(body.isWellFormed()).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('text a hundred times too long is cut, and the first line and the run stay', () => {
    const { reply, body } = post(one, { text: '上线失败 👩‍👩‍👧‍👦 '.repeat(5000) }, 'zh-CN');
    expect(reply.taken, reply.body).toBe(true);
    expect(body).toContain('production/shop · v13');
    expect(body).toContain('actions/runs/1');
    expect(body).toMatch(/…/);
  });

  test.each(['<', '&', '`', '*', '汉', '\n'])('text of nothing but %j is taken as well', (mark) => {
    const { reply } = post(one, { text: harmless(mark.repeat(2900)), why: mark.repeat(900) }, 'zh-CN');
    expect(reply.taken, reply.body).toBe(true);
  });

  test.each(EVENTS)('%s says the result first, then where and of which release, in both languages', (event) => {
    for (const locale of LOCALES) {
      const document = documentOf({ event }, locale);
      // A card of WeCom has a line for each, and no room for a sign beside a long result.
      const first = one.name === 'wecom card' ? document.title.slice(-20) : document.subject.slice(0, 25);
      expect(post(one, { event }, locale).body).toContain(JSON.stringify(first).slice(1, -1));
      const where = event === 'rollback' ? 'v12 → v13' : 'v13';
      expect(document.subject).toBe(`${document.title} · production/shop · ${where}`);
      expect(document.title).toContain(document.words.result(document.message));
    }
  });
});

test('a DingTalk card without a link would be refused for want of a button, so it goes as Markdown', () => {
  const settings = { webhook: 'https://h.example/?access_token=t', format: 'action-card' };
  const kindOf = (links: Message['links']) => {
    const [request] = dingtalk.render(
      documentOf({ links }),
      { name: 'd', channel: dingtalk, settings },
      contextAt(NOW),
    );
    return JSON.parse(request!.body!).msgtype;
  };
  expect([kindOf({}), kindOf({ run: 'https://h.example/1' })]).toEqual(['markdown', 'actionCard']);
});
