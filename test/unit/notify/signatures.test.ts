import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dingtalk, sign as dingtalkSign } from '../../../src/notify/channels/dingtalk.ts';
import { feishuBot, sign as feishuSign } from '../../../src/notify/channels/feishu-bot.ts';
import { contextAt, documentOf } from '../../support/notify.ts';

const vectors = JSON.parse(readFileSync('test/support/vectors/notify-signatures.json', 'utf8'));
const target = (channel: typeof dingtalk, settings: Record<string, string>) => ({
  name: channel.name,
  channel,
  settings,
});

describe('DingTalk', () => {
  test.each(['dingtalk', 'dingtalk2'])('%s: milliseconds, secret as key, base64', (name) => {
    const { secret, timestamp_ms, sign_b64, sign_urlenc } = vectors[name];
    expect(dingtalkSign(secret, timestamp_ms)).toBe(sign_b64);
    const webhook = 'https://oapi.dingtalk.com/robot/send?access_token=abc';
    const [request] = dingtalk.render(documentOf(), target(dingtalk, { webhook, secret }), contextAt(timestamp_ms));
    // Encoded once, and in the query.
    expect(request!.url).toBe(`${webhook}&timestamp=${timestamp_ms}&sign=${sign_urlenc}`);
  });

  test('seconds for milliseconds is another signature', () => {
    const { secret, timestamp_ms } = vectors.dingtalk2;
    expect(encodeURIComponent(dingtalkSign(secret, timestamp_ms / 1000))).toBe(vectors.traps.dingtalk_seconds);
    expect(vectors.traps.dingtalk_seconds).not.toBe(vectors.dingtalk2.sign_urlenc);
  });

  test('no secret, no signature', () => {
    const webhook = 'https://oapi.dingtalk.com/robot/send?access_token=abc';
    expect(dingtalk.render(documentOf(), target(dingtalk, { webhook }), contextAt(0))[0]!.url).toBe(webhook);
  });
});

describe('Feishu', () => {
  test.each(['feishu', 'feishu2'])('%s: seconds, secret in the key, nothing as the message', (name) => {
    const { secret, timestamp_s, sign } = vectors[name];
    expect(feishuSign(secret, timestamp_s)).toBe(sign);
    const webhook = 'https://open.feishu.cn/open-apis/bot/v2/hook/t';
    const [request] = feishuBot.render(
      documentOf(),
      target(feishuBot, { webhook, secret }),
      contextAt(timestamp_s * 1000 + 999),
    );
    expect(JSON.parse(request!.body!)).toMatchObject({ timestamp: String(timestamp_s), sign });
    expect(request!.url).toBe(webhook);
  });

  test("DingTalk's order and milliseconds are other signatures", () => {
    const { secret, timestamp_s } = vectors.feishu;
    expect(dingtalkSign(secret, timestamp_s)).toBe(vectors.traps.feishu_as_dingtalk_order);
    expect(feishuSign(secret, timestamp_s * 1000)).toBe(vectors.traps.feishu_ms);
    expect(feishuSign(secret, timestamp_s)).not.toBe(vectors.traps.feishu_as_dingtalk_order);
  });
});
