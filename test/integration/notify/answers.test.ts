import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runAction } from '../../support/action.ts';
import { type Row, rows } from '../../support/receivers/answers.ts';
import { dingtalk } from '../../support/receivers/dingtalk.ts';
import { feishu } from '../../support/receivers/feishu.ts';
import { type ReceiverServer, startReceivers } from '../../support/receivers/server.ts';
import { slack } from '../../support/receivers/slack.ts';
import { wecom } from '../../support/receivers/wecom.ts';

const paths: Record<Row['channel'], (id: string) => string> = {
  dingtalk: (id) => `/robot/send?access_token=${id}`,
  wecom: (id) => `/cgi-bin/webhook/send?key=${id}`,
  feishu: (id) => `/open-apis/bot/v2/hook/${id}`,
  slack: (id) => `/services/T1/B1/${id}`,
};

let server: ReceiverServer;
let receipts: Record<string, { outcome: string; code: string; reason: string; attempts: number; ms: number }>;
let printed = '';

const idOf = (index: number) => `case-${String(index).padStart(3, '0')}-token`;

// One process, one target a row: what a row's server does must not reach another row's receipt.
beforeAll(async () => {
  server = await startReceivers([dingtalk(), wecom(), feishu(), slack()]);
  const env: Record<string, string> = {};
  const targets = rows.map((row, index) => {
    server.script(idOf(index), ...row.faults);
    env[`HOOK_${index}`] = server.url + paths[row.channel](idOf(index));
    return `- {name: t${index}, channel: ${row.channel}, webhook: HOOK_${index}}`;
  });
  const result = await runAction(
    'notify',
    { event: 'failure', targets: targets.join('\n'), require: 'none', timeout: '4s', text: 'x' },
    { env: { ...env, ACTIONS_STEP_DEBUG: 'true', RUNNER_DEBUG: '1' } },
  );
  printed =
    result.stdout.replace(/^::add-mask::.*$/gm, '') + result.stderr + result.summary + JSON.stringify(result.outputs);
  const list = JSON.parse(result.outputs.receipts!) as (typeof receipts)[string][];
  receipts = Object.fromEntries(list.map((receipt, index) => [`t${index}`, receipt]));
  expect(result.exitCode).toBe(0);
});

afterAll(() => server.close());

describe('what a vendor answers and what the receipt says', () => {
  test('there are enough answers to mean something', () => {
    expect(rows.length).toBeGreaterThanOrEqual(60);
  });

  test.each(rows.map((row, index) => ({ ...row, index })))('$channel: $what is $outcome', (row) => {
    const receipt = receipts[`t${row.index}`]!;
    expect(receipt.outcome).toBe(row.outcome);
    expect(receipt.code).toMatch(new RegExp(`^(${row.code})$`));
    if (row.attempts) expect(receipt.attempts).toBe(row.attempts);
    if (row.says) expect(receipt.reason).toMatch(row.says);
    if (row.outcome === 'delivered') expect(receipt.reason).toBe('');
    else expect(receipt.reason.length).toBeGreaterThan(20);
  });

  test('each attempt said is a request that came', () => {
    for (const [index] of rows.entries()) {
      const came = server.received.filter(({ path }) => path.includes(idOf(index))).length;
      expect(came, rows[index]!.what).toBe(receipts[`t${index}`]!.attempts);
    }
  });

  test('no token is seen anywhere but in the runner’s own mask commands', () => {
    expect(printed).not.toMatch(/case-\d{3}-token/);
  });
});
