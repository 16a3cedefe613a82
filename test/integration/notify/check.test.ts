import { afterEach, expect, test } from 'vitest';
import { type RunOptions, runAction } from '../../support/action.ts';
import { appReceivers, otherReceivers } from '../../support/receivers/index.ts';
import type { Receiver } from '../../support/receivers/receiver.ts';
import { type ReceiverServer, startReceivers } from '../../support/receivers/server.ts';
import { slackApi } from '../../support/receivers/slack-api.ts';
import { telegram } from '../../support/receivers/telegram.ts';

let server: ReceiverServer;
afterEach(() => server?.close());
const serve = async (...receivers: Receiver[]) => {
  server = await startReceivers(receivers);
};

async function run(inputs: Record<string, string>, options: RunOptions = {}) {
  const from = server.received.length;
  const result = await runAction('notify', { ...server.inputs, ...inputs }, options);
  const receipts = JSON.parse(result.outputs.receipts ?? '[]') as Record<string, unknown>[];
  return { ...result, receipts, came: server.received.slice(from) };
}

test('check asks silent probes and says where there are none', async () => {
  await serve(...Object.values({ ...otherReceivers, ...appReceivers }).map((make) => make()));
  const { receipts, came, exitCode } = await run({ event: 'alert', mode: 'check' });
  expect(exitCode).toBe(0);
  const codes = Object.fromEntries(receipts.map((r) => [r.channel, r.code]));
  const none = {
    teams: 'no-probe',
    webhook: 'no-probe',
    pagerduty: 'no-probe',
    aliyun: 'no-probe',
    twilio: 'no-probe',
    serverchan: 'no-probe',
    googlechat: 'no-probe',
  };
  expect(codes).toMatchObject(none);
  for (const channel of ['feishu', 'slack', 'discord', 'telegram', 'alertmanager', 'grafana', 'bark', 'ntfy']) {
    expect(codes[channel], channel).not.toBe('no-probe');
  }
  expect(receipts.every(({ outcome }) => outcome === 'skipped')).toBe(true);
  expect(came.filter(({ taken }) => taken)).toEqual([]);
  expect(came).toHaveLength(8);
});

test('check fails for one wrong token of two, and for an address known to be dead', async () => {
  await serve(slackApi(), telegram());
  const { receipts, exitCode } = await run({
    mode: 'check',
    'telegram-chat-id': '-9',
    'teams-webhook': 'https://acme.webhook.office.com/webhookb2/1',
  });
  expect(exitCode).toBe(1);
  expect(receipts.map((r) => [r.target, r.outcome, r.code])).toEqual([
    ['slack', 'skipped', '200'],
    ['teams', 'refused', 'retired'],
    ['telegram', 'refused', '400'],
  ]);
});

test('check with a wrong token fails', async () => {
  await serve(slackApi(), telegram());
  const { receipts, exitCode } = await run({
    event: 'alert',
    mode: 'check',
    'slack-token': 'xoxb-wrong-0123456789',
    'telegram-chat-id': '-9',
  });
  expect(exitCode).toBe(1);
  expect(receipts.map((r) => [r.outcome, r.code])).toEqual([
    ['refused', 'invalid_auth'],
    ['refused', '400'],
  ]);
});
