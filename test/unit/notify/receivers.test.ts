// The receivers are the measure of everything else, so each of their checks is seen to refuse.
import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { dingtalk } from '../../support/receivers/dingtalk.ts';
import { feishu } from '../../support/receivers/feishu.ts';
import type { Receiver } from '../../support/receivers/receiver.ts';
import { slack } from '../../support/receivers/slack.ts';
import { wecom } from '../../support/receivers/wecom.ts';

const NOW = Date.parse('2026-11-22T02:00:00Z');
const secret = 'SEC0123';
const hmac = (key: string, text: string) => createHmac('sha256', key).update(text).digest('base64');
const headers = { 'content-type': 'application/json' };

function post(receiver: Receiver, path: string, body: unknown, { at = NOW, method = 'POST' } = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const reply = receiver.answer({ method, url: new URL(path, 'http://x'), headers, body: text, at });
  try {
    const parsed = JSON.parse(reply.body);
    return parsed.errcode ?? parsed.code;
  } catch {
    return reply.body;
  }
}

describe('DingTalk', () => {
  const markdown = { msgtype: 'markdown', markdown: { title: 't', text: 'x' } };
  const path = (ms: number | string, sign: string) =>
    `/robot/send?access_token=dingtalktoken0123456789&timestamp=${ms}&sign=${sign}`;
  const signed = (ms: number) => path(ms, encodeURIComponent(hmac(secret, `${ms}\n${secret}`)));
  const one = () => dingtalk({ secret });
  test('a right signature passes, up to an hour off', () => {
    expect(post(one(), signed(NOW), markdown)).toBe(0);
    expect(post(one(), signed(NOW - 3_600_000), markdown)).toBe(0);
    expect(post(one(), signed(NOW - 3_600_001), markdown)).toBe(310000);
  });
  test.each([
    ['seconds for milliseconds', path(NOW / 1000, encodeURIComponent(hmac(secret, `${NOW / 1000}\n${secret}`)))],
    ['encoded twice', path(NOW, encodeURIComponent(encodeURIComponent(hmac(secret, `${NOW}\n${secret}`))))],
    ['key and text swapped', path(NOW, encodeURIComponent(hmac(`${NOW}\n${secret}`, '')))],
    ['hex', path(NOW, Buffer.from(hmac(secret, `${NOW}\n${secret}`), 'base64').toString('hex'))],
    ['none', '/robot/send?access_token=dingtalktoken0123456789'],
  ])('%s is refused', (_, url) => {
    expect(post(one(), url, markdown)).toBe(310000);
  });
  test('an unknown token, a GET, no title, too long, no keyword', () => {
    const open = dingtalk();
    const url = '/robot/send?access_token=dingtalktoken0123456789';
    expect(post(open, '/robot/send?access_token=other', markdown)).toBe(300005);
    expect(post(open, url, markdown, { method: 'GET' })).toBe(43002);
    expect(post(open, url, { msgtype: 'markdown', markdown: { text: 'x' } })).toBe(400402);
    expect(post(open, url, { msgtype: 'markdown', markdown: { title: 't', text: '汉'.repeat(6700) } })).toBe(460101);
    expect(post(dingtalk({ keyword: '部署' }), url, markdown)).toBe(310000);
  });
  test('the 21st in a minute shuts it for ten', () => {
    const open = dingtalk();
    const url = '/robot/send?access_token=dingtalktoken0123456789';
    for (let n = 0; n < 20; n++) expect(post(open, url, markdown)).toBe(0);
    expect(post(open, url, markdown)).toBe(130101);
    expect(post(open, url, markdown, { at: NOW + 599_000 })).toBe(130101);
    expect(post(open, url, markdown, { at: NOW + 600_001 })).toBe(0);
  });
});

describe('Feishu', () => {
  const card = { msg_type: 'interactive', card: { header: {}, elements: [{ tag: 'div' }] } };
  const path = '/open-apis/bot/v2/hook/feishu-hook-0123456789';
  const sec = String(NOW / 1000);
  const one = () => feishu({ secret });
  test('a right signature passes', () => {
    expect(post(one(), path, { ...card, timestamp: sec, sign: hmac(`${sec}\n${secret}`, '') })).toBe(0);
  });
  test.each([
    ['milliseconds for seconds', { timestamp: String(NOW), sign: hmac(`${NOW}\n${secret}`, '') }],
    ["DingTalk's order", { timestamp: sec, sign: hmac(secret, `${sec}\n${secret}`) }],
    ['a number for text', { timestamp: NOW / 1000, sign: hmac(`${sec}\n${secret}`, '') }],
    ['url-encoded', { timestamp: sec, sign: encodeURIComponent(hmac(`${sec}\n${secret}`, '')) }],
    ['none', {}],
  ])('%s is refused', (_, signature) => {
    expect(post(one(), path, { ...card, ...signature })).toBe(19021);
  });
  test('an unknown token, no card, too long, no keyword', () => {
    expect(post(feishu(), '/open-apis/bot/v2/hook/other', card)).toBe(19001);
    expect(post(feishu(), path, { msg_type: 'interactive' })).toBe(9499);
    expect(post(feishu(), path, { ...card, x: '汉'.repeat(7000) })).toBe(9499);
    expect(post(feishu({ keyword: '部署' }), path, card)).toBe(19024);
  });
  test('the sixth in a second is limited, the next second is not', () => {
    const open = feishu();
    for (let n = 0; n < 5; n++) expect(post(open, path, card)).toBe(0);
    expect(post(open, path, card)).toBe(11232);
    expect(post(open, path, card, { at: NOW + 1001 })).toBe(0);
  });
});

describe('WeCom', () => {
  const path = '/cgi-bin/webhook/send?key=wecomkey-0123-4567-89ab';
  const text = (content: string) => ({ msgtype: 'text', text: { content } });
  test('lengths are bytes', () => {
    expect(post(wecom(), path, text('汉'.repeat(682)))).toBe(0);
    expect(post(wecom(), path, text('汉'.repeat(683)))).toBe(40058);
    expect(post(wecom(), path, { msgtype: 'markdown', markdown: { content: 'x'.repeat(4097) } })).toBe(40058);
  });
  test('a bad key, an empty text, an unknown type, a card without an action', () => {
    expect(post(wecom(), '/cgi-bin/webhook/send?key=no', text('x'))).toBe(93000);
    expect(post(wecom(), path, text(''))).toBe(44004);
    expect(post(wecom(), path, { msgtype: 'gif' })).toBe(40008);
    expect(
      post(wecom(), path, {
        msgtype: 'template_card',
        template_card: { card_type: 'text_notice', main_title: { title: 'x' } },
      }),
    ).toBe(40058);
  });
  test('the 21st in a minute is limited, the next minute is not', () => {
    const one = wecom();
    for (let n = 0; n < 20; n++) expect(post(one, path, text('x'))).toBe(0);
    expect(post(one, path, text('x'))).toBe(45009);
    expect(post(one, path, text('x'), { at: NOW + 60_001 })).toBe(0);
  });
});

describe('Slack', () => {
  const path = '/services/T0001/B0001/slackhooktoken0123456789';
  test.each([
    [{ text: 'x' }, 'ok'],
    ['{', 'invalid_payload'],
    [{}, 'no_text'],
    [{ blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(3001) } }] }, 'invalid_blocks'],
    [{ blocks: [{ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(151) } }] }, 'invalid_blocks'],
    [{ blocks: Array(51).fill({ type: 'section', text: { type: 'mrkdwn', text: 'x' } }) }, 'invalid_blocks'],
  ])('%j: %s', (body, said) => {
    expect(post(slack(), path, body)).toBe(said);
  });
  test('an unknown hook', () => {
    expect(post(slack(), '/services/T/B/other', { text: 'x' })).toBe('no_service');
  });
});
