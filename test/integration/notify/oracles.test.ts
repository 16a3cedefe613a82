// The receivers are judged by those who know the vendors: their own clients must get along with them.
import { LogLevel, WebClient } from '@slack/web-api';
import { Bot, GrammyError } from 'grammy';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, test } from 'vitest';
import { runAction } from '../../support/action.ts';
import { type ReceiverServer, startReceivers } from '../../support/receivers/server.ts';
import { slackApi } from '../../support/receivers/slack-api.ts';
import { telegram } from '../../support/receivers/telegram.ts';
import { webhook } from '../../support/receivers/webhook.ts';

let server: ReceiverServer;
afterEach(() => server.close());

describe('@slack/web-api', () => {
  const client = (token: string) =>
    new WebClient(token, {
      slackApiUrl: `${server.url}/api/`,
      retryConfig: { retries: 1, minTimeout: 10 },
      logLevel: LogLevel.ERROR,
    });

  test('posts, edits, answers in the thread, and is refused as by Slack', async () => {
    server = await startReceivers([slackApi()]);
    const slack = client('xoxb-slacktoken-0123456789');
    const channel = 'C0123456789';
    expect((await slack.auth.test()).ok).toBe(true);
    const blocks = [{ type: 'section' as const, text: { type: 'mrkdwn' as const, text: 'hi <@U1>' } }];
    const { ts } = await slack.chat.postMessage({ channel, text: 'hello', blocks });
    expect((await slack.chat.update({ channel, ts: ts!, text: 'edited' })).ts).toBe(ts);
    expect((await slack.chat.postMessage({ channel, text: 'reply', thread_ts: ts! })).ok).toBe(true);
    await expect(slack.chat.update({ channel, ts: '1.2', text: 'x' })).rejects.toThrow(/message_not_found/);
    await expect(slack.chat.postMessage({ channel: 'C9', text: 'x' })).rejects.toThrow(/channel_not_found/);
    await expect(client('xoxb-other-0123456789').auth.test()).rejects.toThrow(/invalid_auth/);
  });

  test('waits when it is told that it is too fast, as we do', async () => {
    server = await startReceivers([slackApi({ burst: 1 })]);
    const slack = client('xoxb-slacktoken-0123456789');
    await slack.chat.postMessage({ channel: 'C0123456789', text: 'one' });
    await slack.chat.postMessage({ channel: 'C0123456789', text: 'two' });
    expect(server.received.map(({ status }) => status)).toEqual([200, 429, 200]);
    const result = await runAction('notify', { event: 'failure', ...server.inputs });
    expect(JSON.parse(result.outputs.receipts!)[0]).toMatchObject({ outcome: 'delivered' });
  });
});

describe('grammy', () => {
  test('sends and edits, and is refused as by Telegram', async () => {
    server = await startReceivers([telegram()]);
    const chat = '-1001234567890';
    const { api } = new Bot('123456789:AAtelegramtoken0123456789abcdefghi', { client: { apiRoot: server.url } });
    expect((await api.getMe()).is_bot).toBe(true);
    expect((await api.getChat(chat)).id).toBe(Number(chat));
    const sent = await api.sendMessage(chat, '<b>bold</b> &lt;ok&gt;', { parse_mode: 'HTML' });
    await api.editMessageText(chat, sent.message_id, 'edited');
    const same = api.editMessageText(chat, sent.message_id, 'edited');
    await expect(same).rejects.toThrow(/message is not modified/);
    await expect(same).rejects.toBeInstanceOf(GrammyError);
    await expect(api.sendMessage(chat, '<b>open', { parse_mode: 'HTML' })).rejects.toThrow(/can't parse entities/);
    await expect(api.sendMessage('-9', 'x')).rejects.toThrow(/chat not found/);
    for (let n = 0; n < 18; n++) await api.sendMessage(chat, `${n}`).catch(() => undefined);
    const fast = await api.sendMessage(chat, 'x').catch((error: GrammyError) => error);
    expect((fast as GrammyError).parameters.retry_after).toBe(31);
  });
});

describe('standardwebhooks', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const other = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX';

  test('signs what the receiver takes', async () => {
    server = await startReceivers([webhook()]);
    const body = '{"type":"seatrial.failure"}';
    const now = new Date();
    const post = (signer: string, at = now) =>
      fetch(server.inputs['webhook-url']!, {
        method: 'POST',
        body,
        headers: {
          'webhook-id': 'msg_1',
          'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
          'webhook-signature': new Webhook(signer).sign('msg_1', at, body),
        },
      });
    expect((await post(secret)).status).toBe(204);
    expect((await post(other)).status).toBe(401);
    expect((await post(secret, new Date(now.getTime() - 400_000))).status).toBe(401);
  });

  test('takes what we sign, by the old secret and the new; the id stays over retries', async () => {
    server = await startReceivers([webhook()]);
    server.script('/hooks/', { do: 'answer', status: 503, body: '' }, { do: 'answer', status: 204, body: '' });
    const inputs = { event: 'alert', ...server.inputs, 'webhook-secret': `${other}\n${secret}` };
    const result = await runAction('notify', inputs);
    expect(JSON.parse(result.outputs.receipts!)[0]).toMatchObject({ outcome: 'delivered', attempts: 2 });
    const ids = new Set(server.received.map(({ headers }) => headers['webhook-id']));
    expect(ids.size).toBe(1);
    for (const { headers, message } of server.received) {
      for (const key of [secret, other]) {
        expect(new Webhook(key).verify(JSON.stringify(message), headers)).toMatchObject({ type: 'seatrial.alert' });
      }
    }
  });
});
